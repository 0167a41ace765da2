/** The path that mbedTLS 3.5.0 builds from the certificates a server sends, with flags for each (x509_crt.c). */
import type { ChipCertificate } from "./certificate.ts"
import { chipNamesMatch } from "./name.ts"
import { type ChipKey, verifySignature } from "./public-key.ts"
import { ChipError, FATAL_ERROR, FLAG_BAD_HASH, FLAG_BAD_KEY, FLAG_NOT_TRUSTED } from "./status.ts"

export interface PathStep {
    certificate: ChipCertificate
    /** FLAG_… values or-ed together */
    flags: number
}

/** MBEDTLS_X509_MAX_INTERMEDIATE_CA */
const MAX_INTERMEDIATES = 8

/**
 * The path from the first certificate upwards, with verification flags for each.
 * The last one always has FLAG_NOT_TRUSTED: the bundle is not searched here.
 *
 * @param presented the certificates the chip could read, in the order sent; at least one
 * @param below number of path certificates below the first of these: 1 for an unknown leaf
 * @throws ChipError -0x3000 for a path with more than 8 intermediates
 */
export function buildPath(presented: ChipCertificate[], below = 0): PathStep[] {
    const path = linkPath(presented, below)
    if (below + path.length > 1 + MAX_INTERMEDIATES) throw new ChipError(FATAL_ERROR)
    return path.map((certificate, at) => ({ certificate, flags: judge(certificate, path[at + 1]) }))
}

/**
 * The path: the first certificate, then the first LATER one that may be its
 * parent, and so on. Signatures are not checked.
 */
export function linkPath(presented: ChipCertificate[], below = 0): ChipCertificate[] {
    const path: ChipCertificate[] = []
    let selfIssued = 0
    let later = presented
    let child = presented[0]
    while (child) {
        later = later.slice(later.indexOf(child) + 1)
        const parent = findParent(later, child, below + path.length - selfIssued)
        if (below + path.length > 0 && isSelfIssued(child)) selfIssued++
        path.push(child)
        child = parent
    }
    return path
}

/** The first later certificate that may be the issuer. Its signature is not checked. */
function findParent(
    later: ChipCertificate[],
    child: ChipCertificate,
    intermediatesBelow: number,
): ChipCertificate | undefined {
    return later.find(candidate => mayIssue(candidate, child, intermediatesBelow))
}

function mayIssue(candidate: ChipCertificate, child: ChipCertificate, intermediatesBelow: number): boolean {
    return chipNamesMatch(child.issuer, candidate.subject) && isIssuingCa(candidate, intermediatesBelow)
}

/** True when the chip accepts the certificate as a CA with this many intermediates below it. */
export function isIssuingCa(candidate: ChipCertificate, intermediatesBelow: number): boolean {
    return (
        candidate.isCa &&
        allowsUse(candidate.keyUsage, KEY_CERT_SIGN) &&
        intermediatesBelow <= (candidate.pathLength ?? Infinity)
    )
}

function isSelfIssued(certificate: ChipCertificate): boolean {
    return chipNamesMatch(certificate.issuer, certificate.subject)
}

function judge(certificate: ChipCertificate, parent: ChipCertificate | undefined): number {
    const flags = GOOD_HASHES.has(certificate.algorithm.hash) ? 0 : FLAG_BAD_HASH
    if (!parent) return flags | FLAG_NOT_TRUSTED
    const signed = verifySignature(parent.key, certificate)
    return flags | (signed ? 0 : FLAG_NOT_TRUSTED) | (isStrongKey(parent.key) ? 0 : FLAG_BAD_KEY)
}

/** mbedtls_x509_crt_profile_default */
const GOOD_HASHES = new Set(["sha256", "sha384", "sha512"])
const GOOD_CURVES = new Set([
    "prime256v1",
    "secp384r1",
    "secp521r1",
    "brainpoolP256r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
])
const MIN_RSA_BITS = 2048

/** The certificate profile's check of keys in the message; keys from the bundle are not checked. */
export function isStrongKey(key: ChipKey): boolean {
    return key.curve ? GOOD_CURVES.has(key.curve) : key.bits >= MIN_RSA_BITS
}

/** Bits of the keyUsage extension (RFC 5280, 4.2.1.3), first byte first. */
export const DIGITAL_SIGNATURE = 0x80
export const KEY_ENCIPHERMENT = 0x20
export const KEY_AGREEMENT = 0x08
const KEY_CERT_SIGN = 0x04
const ENCIPHER_ONLY = 0x01
const DECIPHER_ONLY = 0x8000

/** An absent extension allows every use; encipherOnly and decipherOnly forbid every use checked here. */
export function allowsUse(keyUsage: number | undefined, use: number): boolean {
    if (keyUsage === undefined) return true
    return (keyUsage & use) !== 0 && (keyUsage & (ENCIPHER_ONLY | DECIPHER_ONLY)) === 0
}

/** The verification of a presented chain against a loaded bundle: mbedTLS 3.5.0 with ESP-IDF v5.0.5's callback. */
import { anchorKey, type ChipAnchor, findAnchor } from "./anchor-table.ts"
import type { ChipCertificate } from "./certificate.ts"
import { isNamed } from "./host-name.ts"
import {
    allowsUse,
    buildPath,
    DIGITAL_SIGNATURE,
    isStrongKey,
    KEY_AGREEMENT,
    KEY_ENCIPHERMENT,
    type PathStep,
} from "./path.ts"
import { verifySignature } from "./public-key.ts"
import {
    ALL_FLAGS,
    ChipError,
    FATAL_ERROR,
    FLAG_BAD_HASH,
    FLAG_BAD_KEY,
    FLAG_BAD_KEY_TYPE,
    FLAG_EXT_KEY_USAGE,
    FLAG_KEY_USAGE,
    FLAG_NAME_MISMATCH,
    FLAG_NOT_TRUSTED,
    TLS_BAD_CERTIFICATE,
    TLS_CA_CHAIN_REQUIRED,
    VERIFY_FAILED,
} from "./status.ts"

/** How the negotiated cipher suite uses the leaf's key. */
export type KeyExchange = "ECDHE" | "RSA" | "ECDH"

export interface Verification {
    /** mbedTLS error code, positive; 0 = accepted */
    status: number
    flags: number
    /** empty when it was too long, or when the chip could read no certificate */
    path: PathStep[]
    /** the last lookup in the bundle */
    lookup?: Lookup
}

export interface Lookup {
    /** the certificate whose issuer was looked up */
    certificate: ChipCertificate
    anchor?: ChipAnchor
    keyReadable?: boolean
    signed?: boolean
}

export interface Request {
    /** undefined when the bundle was not loaded: then neither trust store nor callback is set */
    anchors: ChipAnchor[] | undefined
    serverName: string
    keyExchange: KeyExchange
}

/** @param presented the certificates the chip could read, in the order sent */
export function verifyChain(presented: ChipCertificate[], request: Request): Verification {
    const [leaf] = presented
    const outcome = leaf ? verifyPath(presented, leaf, request) : verifyNothing(request)
    const usage = leaf ? usageFlags(leaf, request.keyExchange) : 0
    const status = outcome.status || (usage ? TLS_BAD_CERTIFICATE : 0)
    const flags = (outcome.flags | usage) >>> 0
    return { ...outcome, flags, status: request.anchors ? status : TLS_CA_CHAIN_REQUIRED }
}

/**
 * Verifies the CAs above an unknown leaf, the first of them being its issuer. The
 * leaf counts towards the path's length and is assumed to be valid.
 *
 * @param cas as for `verifyChain`; the first may issue
 */
export function verifyCas(cas: ChipCertificate[], { anchors }: Request): Verification {
    const [issuer] = cas
    const path = buildPathOrNone(cas, 1)
    if (!path) return { status: FATAL_ERROR, flags: ALL_FLAGS, path: [] }
    const ofLeaf = !issuer || isStrongKey(issuer.key) ? 0 : FLAG_BAD_KEY // a weak key is flagged on the certificate below it
    const outcome = anchors ? verifyWithBundle(path, anchors, ofLeaf) : verificationOf(path, mergeFlags(path) | ofLeaf)
    return { ...outcome, status: anchors ? outcome.status : TLS_CA_CHAIN_REQUIRED }
}

/** The chip ignored every certificate: mbedTLS continues with an empty one. */
function verifyNothing({ anchors }: Request): Verification {
    // The empty certificate equals the empty dummy in the trust store, so FLAG_NOT_TRUSTED is not set.
    const untrusted = anchors ? 0 : FLAG_NOT_TRUSTED
    const flags = FLAG_NAME_MISMATCH | FLAG_BAD_HASH | FLAG_BAD_KEY_TYPE | FLAG_BAD_KEY | untrusted
    return { status: VERIFY_FAILED, flags, path: [] }
}

function verifyPath(presented: ChipCertificate[], leaf: ChipCertificate, request: Request): Verification {
    const path = buildPathOrNone(presented)
    const [first] = path ?? []
    if (!path || !first) return { status: FATAL_ERROR, flags: ALL_FLAGS, path: [] }
    if (!isNamed(leaf, request.serverName)) first.flags |= FLAG_NAME_MISMATCH
    if (!isStrongKey(leaf.key)) first.flags |= FLAG_BAD_KEY
    return request.anchors ? verifyWithBundle(path, request.anchors) : verificationOf(path, mergeFlags(path))
}

function buildPathOrNone(presented: ChipCertificate[], below = 0): PathStep[] | undefined {
    try {
        return buildPath(presented, below)
    } catch (error) {
        if (error instanceof ChipError) return undefined
        throw error
    }
}

function mergeFlags(path: PathStep[]): number {
    return path.reduce((flags, step) => flags | step.flags, 0)
}

function verificationOf(path: PathStep[], flags: number, lookup?: Lookup): Verification {
    return { status: flags === 0 ? 0 : VERIFY_FAILED, flags, path, ...(lookup && { lookup }) }
}

/**
 * esp_crt_verify_callback, from the top of the path to the leaf.
 *
 * @param ofLeaf flags of a leaf that is not in the path
 */
function verifyWithBundle(path: PathStep[], anchors: ChipAnchor[], ofLeaf = 0): Verification {
    let lookup: Lookup | undefined
    let flags = ofLeaf
    for (const { certificate, flags: own } of path.toReversed()) {
        if (!isOnlyUntrusted(own)) {
            flags |= own
            continue
        }
        lookup = lookUpIssuer(certificate, anchors)
        if (!lookup.signed) return { status: FATAL_ERROR, flags: ALL_FLAGS, path, lookup }
    }
    return verificationOf(path, flags, lookup)
}

/** The callback forgives a weak hash; any other flag besides FLAG_NOT_TRUSTED stays set and fails the verification. */
function isOnlyUntrusted(flags: number): boolean {
    return (flags & ~FLAG_BAD_HASH) === FLAG_NOT_TRUSTED
}

function lookUpIssuer(certificate: ChipCertificate, anchors: ChipAnchor[]): Lookup {
    const anchor = findAnchor(anchors, certificate.der.subarray(certificate.issuerAt))
    if (!anchor) return { certificate }
    const key = anchorKey(anchor)
    const signed = key !== undefined && verifySignature(key, certificate)
    return { certificate, anchor, keyReadable: key !== undefined, signed }
}

const USES: Record<KeyExchange, number> = { ECDHE: DIGITAL_SIGNATURE, RSA: KEY_ENCIPHERMENT, ECDH: KEY_AGREEMENT }
/** contents of the OIDs in hex */
const SERVER_AUTH = "2b06010505070301"
const ANY_EXTENDED_KEY_USAGE = "551d2500"

/** mbedtls_ssl_check_cert_usage, of the leaf alone. */
function usageFlags(leaf: ChipCertificate, keyExchange: KeyExchange): number {
    const purposes = leaf.extendedKeyUsage
    const forServers = !purposes || purposes.includes(SERVER_AUTH) || purposes.includes(ANY_EXTENDED_KEY_USAGE)
    const usable = allowsUse(leaf.keyUsage, USES[keyExchange])
    return (usable ? 0 : FLAG_KEY_USAGE) | (forServers ? 0 : FLAG_EXT_KEY_USAGE)
}

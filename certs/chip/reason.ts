/** The chip's verdict as one sentence for people. */
import { nameText } from "../x509/name.ts"
import { anchorKey, type ChipAnchor } from "./anchor-table.ts"
import type { ChipCertificate } from "./certificate.ts"
import { namesOf } from "./host-name.ts"
import { isStrongKey, type PathStep } from "./path.ts"
import { verifySignature } from "./public-key.ts"
import { FLAG_BAD_HASH, FLAG_EXT_KEY_USAGE, FLAG_NAME_MISMATCH, TLS_BAD_CERTIFICATE, VERIFY_FAILED } from "./status.ts"
import type { Lookup, Request, Verification } from "./verification.ts"

/**
 * One sentence that starts with "accepted: " or "refused: ".
 *
 * @param request as given to verifyChain, with a bundle that was loaded
 */
export function explain(result: Verification, request: Request): string {
    const { status, lookup, path } = result
    const [leaf] = path
    if (!leaf) return `refused: ${explainNoPath(result)}`
    if (status === VERIFY_FAILED) return `refused: ${explainFlags(result, leaf, request)}`
    if (status === TLS_BAD_CERTIFICATE) return `refused: ${explainUsage(result, leaf, request)}`
    if (!lookup) throw new Error(`no lookup in the bundle, and yet status ${status}`)
    if (status === 0) return `accepted: ${explainAccepted(lookup, path)}`
    return `refused: ${explainLookup(lookup, path, request.anchors ?? [])}`
}

function quote(der: Buffer): string {
    return `"${nameText(der)}"`
}

function role(certificate: ChipCertificate, path: PathStep[]): string {
    return certificate === path.at(-1)?.certificate ? "the topmost certificate" : "the certificate"
}

function explainAccepted({ certificate }: Lookup, path: PathStep[]): string {
    const signed = `${role(certificate, path)} ${quote(certificate.subjectDer)} that the server sends`
    return `${signed} is signed by ${quote(certificate.issuerDer)}, which the bundle holds`
}

function explainNoPath({ status }: Verification): string {
    if (status === VERIFY_FAILED) return "every certificate is signed with an algorithm the chip does not know"
    return "the path from the first certificate has more than 8 intermediates, the most that the chip follows"
}

function explainLookup(lookup: Lookup, path: PathStep[], anchors: ChipAnchor[]): string {
    const { certificate, anchor } = lookup
    const whose = `${role(certificate, path)} ${quote(certificate.subjectDer)} that the server sends`
    if (anchor) return explainWrongKey(lookup, anchor, whose, anchors)
    const issuer = quote(certificate.issuerDer)
    return `the chip looks up the issuer ${issuer} of ${whose}; ${explainMissing(certificate, anchors)}`
}

function explainMissing({ issuerDer }: ChipCertificate, anchors: ChipAnchor[]): string {
    if (anchors.some(({ name }) => name.equals(issuerDer))) {
        return "the bundle has it, but is not sorted, so the chip's search misses it"
    }
    if (anchors.some(({ name }) => name.length > 0 && nameText(name) === nameText(issuerDer))) {
        return "the bundle has it only in another encoding, and the chip compares byte for byte"
    }
    return "the bundle has no such name"
}

function explainWrongKey(lookup: Lookup, anchor: ChipAnchor, whose: string, anchors: ChipAnchor[]): string {
    const { issuerDer } = lookup.certificate
    const entry = anchor.name.equals(issuerDer)
        ? `the bundle has ${quote(issuerDer)}`
        : "the chip's search stops at a bundle entry whose name is truncated or empty"
    if (!lookup.keyReadable) return `${entry}, but the chip cannot read its key`
    const other = anchors.some(candidate => candidate !== anchor && wouldSign(candidate, lookup.certificate))
    const hint = other ? "; another entry has the right key, but the chip tries only one" : ""
    return `${entry}, but its key did not sign ${whose}${hint}`
}

function wouldSign(anchor: ChipAnchor, certificate: ChipCertificate): boolean {
    const key = anchor.name.equals(certificate.issuerDer) ? anchorKey(anchor) : undefined
    return key !== undefined && verifySignature(key, certificate)
}

function explainFlags({ flags, path }: Verification, { certificate: leaf }: PathStep, { serverName }: Request): string {
    if (flags & FLAG_NAME_MISMATCH) {
        return `the certificate ${quote(leaf.subjectDer)} is valid for ${listNames(namesOf(leaf))}, not for ${serverName}`
    }
    const weak = path.find(({ certificate }) => !isStrongKey(certificate.key))
    if (weak)
        return `the key of ${quote(weak.certificate.subjectDer)} is too short, or on a curve that the chip refuses`
    const certificate = path.find(step => step.flags & FLAG_BAD_HASH)?.certificate ?? leaf
    const hash = certificate.algorithm.hash.toUpperCase()
    return `${quote(certificate.subjectDer)} is signed with ${hash}, which the chip accepts only at the top of the path`
}

const MAX_NAMES = 5

function listNames(names: string[]): string {
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ""
    return (names.slice(0, MAX_NAMES).join(", ") || "no host") + more
}

function explainUsage({ flags }: Verification, { certificate }: PathStep, { keyExchange }: Request): string {
    const leaf = quote(certificate.subjectDer)
    if (flags & FLAG_EXT_KEY_USAGE) return `the certificate ${leaf} is not meant for servers (extended key usage)`
    return `the key usage of the certificate ${leaf} does not allow the key exchange ${keyExchange}`
}

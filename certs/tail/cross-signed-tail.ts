/**
 * Tails: a trusted root that a server sends as signed by an older root. Other clients stop at the trusted root; the
 * chip goes on to the topmost certificate and looks up the older root, which trust stores may have dropped. No I/O.
 */
import { isSameCa, isSelfIssued } from "../anchor.ts"
import type { BundleEntry } from "../bundle/entry.ts"
import { AirpinError } from "../error.ts"
import { issuerInTable, type Operator, operatorRootOf } from "../operators.ts"
import { rootOf, type TrustStore } from "../trust-store.ts"
import type { Certificate } from "../x509/certificate.ts"
import { issuerAddresses } from "../x509/issuer-addresses.ts"

/** The end of a path, from a trusted root upwards. */
export interface Tail {
    /** the lowest CA of the path that has the name and key of a trusted root */
    root: Certificate
    /** the topmost certificate of the path, whose issuer the chip looks up; often `root` itself */
    top: Certificate
    /** from `root` to `top` */
    certificates: Certificate[]
    /** why the root is trusted: "given with --ca", "in Node's list of roots" … */
    why: string
}

export interface TailOptions extends TrustStore {
    now: Date
}

/**
 * The tail of a path; undefined when none of its CAs is a trusted root, or when it ends in a self-signed one.
 *
 * @param cas the issuing intermediate, then each next parent as presented, with valid signatures
 */
export function tailOf(cas: Certificate[], options: TailOptions): Tail | undefined {
    const top = cas.at(-1)
    if (!top || isSelfIssued(top)) return undefined
    for (const [at, root] of cas.entries()) {
        const why = whyTrusted(root, options)
        if (why) return { root, top, certificates: cas.slice(at), why }
    }
    return undefined
}

/** where roots come from; those of the lock keep the source that they had when they were pinned */
const SOURCES: Partial<Record<string, string>> = {
    "ca-file": "given with --ca",
    "anchors-folder": "given with --anchors",
    node: "in Node's list of roots",
}

function whyTrusted(ca: Certificate, options: TailOptions): string | undefined {
    const known = rootOf(ca, options)
    if (known) return SOURCES[known.source] ?? "in the present pins"
    const root = operatorRootOf(ca, options.operators)
    const isTrusted = root && !root.dropped && options.now < new Date(root.notAfter)
    return isTrusted ? "in the table of operators" : undefined
}

/** The reason for pinning the issuer of a tail. */
export function tailReason({ root, top, why }: Tail): string {
    return `the path is trusted by "${root.subject}", ${why}, but the server's last certificate, ${signedByText(top)}, leads the chip on to this one`
}

/**
 * Requires that nothing of the tail has ended.
 *
 * @param issuer what the chip looks up, if it is known
 * @throws AirpinError CHAIN_EXPIRED, with the advice to leave the tail out
 */
export function requireTail(tail: Tail, issuer: Certificate | undefined, now: Date): void {
    const ended = tail.certificates.find(({ notAfter }) => now > notAfter)
    if (ended) throw endedTail(tail, `the server sends ${signedByText(ended)}, which expired on ${dayOf(ended)}`)
    if (!issuer || now <= issuer.notAfter) return
    const what = `the server's last certificate, ${signedByText(tail.top)}, leads the chip on to "${issuer.subject}"`
    throw endedTail(tail, `${what}, which expired on ${dayOf(issuer)}`)
}

function endedTail(tail: Tail, what: string): AirpinError {
    const { root, why } = tail
    return new AirpinError(
        "CHAIN_EXPIRED",
        `${what}; the path is trusted without it, by "${root.subject}", ${why}`,
        `${leaveOut(tail)}, and pin again`,
    )
}

/** TAIL_ISSUER_UNKNOWN: the path is trusted, but the issuer that the chip looks up is not known. */
export function unknownTailIssuer(tail: Tail, table?: readonly Operator[]): AirpinError {
    const { root, top, why } = tail
    const [address] = addressesOf(top, table)
    const fetch = `add --fetch, which downloads it from ${address} and verifies the signature with its key; or `
    return new AirpinError(
        "TAIL_ISSUER_UNKNOWN",
        `the path is trusted by "${root.subject}", ${why}, but the server's last certificate, ${signedByText(top)} until ${dayOf(top)}, leads the chip on to "${top.issuer}"${endText(top, table)}, and no trust store has that one`,
        `${address ? fetch : ""}give its certificate with --ca FILE; or ${leaveOut(tail)}`,
    )
}

/** Where the certificate's issuer can be downloaded: the operator's address, if it is in the table, then its own. */
export function addressesOf(certificate: Certificate, table?: readonly Operator[]): string[] {
    const root = issuerInTable(certificate, table)
    return [...(root ? [root.url] : []), ...issuerAddresses(certificate)]
}

/**
 * Why devices refuse a chain whose path is trusted by one of their anchors; undefined when none of them trusts it.
 *
 * @param path from the leaf to the top, as the chip links it
 */
export function tailBehindRefusal(path: Certificate[], anchors: BundleEntry[]): string | undefined {
    const top = path.at(-1)
    const root = path.slice(1).find(ca => anchors.some(anchor => isSameCa(anchor, ca)))
    if (!top || !root || isSelfIssued(top)) return undefined
    const [address] = addressesOf(top)
    const where = address ? ` (its certificate: ${address})` : ""
    return `the path is trusted by the anchor "${root.subject}", but the server's last certificate, ${signedByText(top)}, leads the chip on to "${top.issuer}"${where}`
}

function signedByText({ subject, issuer }: Certificate): string {
    return `"${subject}" as signed by "${issuer}"`
}

function leaveOut({ certificates }: Tail): string {
    return `have the server's owner leave ${certificates.map(signedByText).join(" and ")} out of the chain`
}

function endText(top: Certificate, table?: readonly Operator[]): string {
    const root = issuerInTable(top, table)
    if (!root) return ""
    return `, which ${root.dropped ? `trust stores dropped about ${root.dropped} and which ` : ""}ends on ${root.notAfter}`
}

function dayOf({ notAfter }: Certificate): string {
    return notAfter.toISOString().slice(0, 10)
}

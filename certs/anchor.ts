/** Anchors: the names and keys that go into a device's bundle. */
import { createPublicKey } from "node:crypto"
import type { BundleEntry } from "./bundle/entry.ts"
import type { Certificate } from "./x509/certificate.ts"

export const ANCHOR_SOURCES = [
    "ca-file",
    "anchors-folder",
    "presented",
    "node",
    "download",
    "issuer-address",
    "backup-file",
] as const

/**
 * Where an anchor's certificate was found. A download is accepted by the table of operators; one from the issuer's
 * address in a certificate, by the signature on that certificate alone.
 */
export type AnchorSource = (typeof ANCHOR_SOURCES)[number]

/** strongest first: the one that an anchor with several reasons gets */
export const ANCHOR_ROLES = ["issuer", "presented", "intermediate", "backup", "sibling"] as const

/**
 * Why a CA is an anchor:
 * - issuer: it issued the topmost certificate that the server sends
 * - presented: the server sends it, above the issuing intermediate
 * - intermediate: it is the issuing intermediate
 * - sibling: another root of the same operator
 * - backup: a root outside the chain
 */
export type AnchorRole = (typeof ANCHOR_ROLES)[number]

/** A certificate that may become an anchor. */
export interface Candidate {
    certificate: Certificate
    source: AnchorSource
}

/** A name and key for the bundle. */
export interface Anchor extends Candidate {
    /** a certificate with that name and key; it may be a cross-signed one */
    certificate: Certificate
    role: AnchorRole
    /** why it is pinned; one line for people */
    reason: string
}

/** True when both are the same CA: the same name bytes with the same key. */
export function isSameCa(one: BundleEntry, other: BundleEntry): boolean {
    return one.subjectDer.equals(other.subjectDer) && one.spkiDer.equals(other.spkiDer)
}

/** True when issuer and subject are the same name, as in a root's own certificate. */
export function isSelfIssued({ subjectDer, issuerDer }: Certificate): boolean {
    return subjectDer.equals(issuerDer)
}

/** common names of curves that OpenSSL names differently */
const CURVE_NAMES: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }

/** Type and size of the key: "RSA 4096", "ECDSA P-384"; "unknown" for a key that OpenSSL cannot read. */
export function keyText({ spkiDer }: Pick<Certificate, "spkiDer">): string {
    try {
        const key = createPublicKey({ key: spkiDer, format: "der", type: "spki" })
        const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {}
        if (key.asymmetricKeyType === "rsa") return `RSA ${modulusLength}`
        if (key.asymmetricKeyType === "ec") return `ECDSA ${CURVE_NAMES[namedCurve] ?? namedCurve}`
        return key.asymmetricKeyType ?? "unknown"
    } catch {
        return "unknown"
    }
}

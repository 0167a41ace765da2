/** What an anchor is, and what may be told of one. */
import { createPublicKey } from "node:crypto"
import type { BundleEntry } from "./bundle/entry.ts"
import type { Certificate } from "./x509/certificate.ts"

/** Where an anchor's certificate was found. */
export type AnchorSource = "ca-file" | "anchors-folder" | "presented" | "node" | "download" | "backup-file"

/**
 * What an anchor is for: it issued the topmost certificate presented; it is
 * presented above the issuing intermediate; it is that intermediate; another
 * root of the same operator; a root that has nothing to do with the chain.
 */
export type AnchorRole = "issuer" | "presented" | "intermediate" | "sibling" | "backup"

/** A certificate that may become an anchor. */
export interface Candidate {
    certificate: Certificate
    source: AnchorSource
}

/** A name and key for the bundle. */
export interface Anchor extends Candidate {
    /** a certificate with that name and key; not always the self-signed one */
    certificate: Certificate
    role: AnchorRole
    /** why it is here; one line */
    reason: string
}

/** True when both stand for one CA: the same name with the same key. */
export function isSameCa(one: BundleEntry, other: BundleEntry): boolean {
    return one.subjectDer.equals(other.subjectDer) && one.spkiDer.equals(other.spkiDer)
}

/** True when the certificate names itself as its issuer: a root's own. */
export function isSelfIssued({ subjectDer, issuerDer }: Certificate): boolean {
    return subjectDer.equals(issuerDer)
}

/** names people know for the curves that OpenSSL calls otherwise */
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

/**
 * CA operators and the roots they issue from today. Reviewed by hand: this table
 * decides which roots a fleet trusts besides the one it was pinned to.
 *
 * The key hashes are computed from the certificates that the operators publish;
 * those in Node's list were also compared with it.
 */
import type { Certificate } from "./x509/certificate.ts"

/** A root as its operator publishes it. */
export interface OperatorRoot {
    /** as `Certificate.subject` shows it */
    subject: string
    /**
     * SHA-256 of the SubjectPublicKeyInfo, lower-case hex: decides, with the subject, whether a
     * certificate is this root's
     */
    spkiSha256: string
    /** the self-signed certificate, PEM */
    url: string
    /** YYYY-MM-DD until which trust stores are expected to trust it; absent while the operator publishes no date */
    trustEnds?: string
}

/** A CA operator and its roots in use. */
export interface Operator {
    name: string
    roots: OperatorRoot[]
}

/** letsencrypt.org/certificates, as of 2026-08-21; YE and YR have no date there because no trust store had them yet */
const letsEncrypt: Operator = {
    name: "Let's Encrypt",
    roots: [
        {
            subject: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
            spkiSha256: "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3",
            url: "https://letsencrypt.org/certs/isrgrootx1.pem",
            trustEnds: "2030-06-04",
        },
        {
            subject: "CN=ISRG Root X2, O=Internet Security Research Group, C=US",
            spkiSha256: "762195c225586ee6c0237456e2107dc54f1efc21f61a792ebd515913cce68332",
            url: "https://letsencrypt.org/certs/isrg-root-x2.pem",
            trustEnds: "2035-09-04",
        },
        {
            subject: "CN=Root YE, O=ISRG, C=US",
            spkiSha256: "b0292ae545978e0fbb98abbd94c861605e5b18bb32ed523f50d5b7b5c71d47bc",
            url: "https://letsencrypt.org/certs/gen-y/root-ye.pem",
        },
        {
            subject: "CN=Root YR, O=ISRG, C=US",
            spkiSha256: "7e4e8838a8add6295de7ae3b047d3aba3488ab95db0a0aa56d897a00d8618bcf",
            url: "https://letsencrypt.org/certs/gen-y/root-yr.pem",
        },
    ],
}

/** The reviewed table; the functions below take it unless they are given another. */
export const operators: readonly Operator[] = [letsEncrypt]

/** What decides whether a certificate is a root's: its key, and the name that the chip looks up. */
type NameAndKey = Pick<Certificate, "subject" | "spkiSha256">

/** True when the certificate, self-signed or cross-signed, has this root's name and key. */
export function isOfRoot(certificate: NameAndKey, root: OperatorRoot): boolean {
    return certificate.spkiSha256 === root.spkiSha256 && certificate.subject === root.subject
}

/** The entry of the table with the name and key of the certificate. */
export function operatorRootOf(certificate: NameAndKey, table = operators): OperatorRoot | undefined {
    return table.flatMap(({ roots }) => roots).find(root => isOfRoot(certificate, root))
}

/** The operator of the certificate's CA; undefined when it is not in the table. */
export function operatorOf(certificate: NameAndKey, table = operators): Operator | undefined {
    return table.find(({ roots }) => roots.some(root => isOfRoot(certificate, root)))
}

/** The operator's other roots, for a certificate of one of them; none for a CA that is not in the table. */
export function siblingsOf(certificate: NameAndKey, table = operators): OperatorRoot[] {
    const roots = operatorOf(certificate, table)?.roots ?? []
    return roots.filter(root => !isOfRoot(certificate, root))
}

/** The end-of-trust date that the operator publishes, YYYY-MM-DD; undefined when it publishes none. */
export function trustEndOf(certificate: NameAndKey, table = operators): string | undefined {
    return operatorRootOf(certificate, table)?.trustEnds
}

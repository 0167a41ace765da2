/**
 * Resolves the one certificate the chip will ask for: the issuer of the
 * topmost certificate a server presents, by its exact bytes. What a server
 * presents never makes itself trusted.
 */
import { type Anchor, type Candidate, isSelfIssued } from "./anchor.ts"
import { AirpinError } from "./error.ts"
import { allCandidates, candidatesContaining, preferred, type TrustStore } from "./trust-store.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { isSameNameText } from "./x509/name.ts"
import { mayIssue, signatureInvalid } from "./x509/verify.ts"

/** A path as the chip walks it. */
export interface Path {
    /** absent where only the CAs are known */
    leaf?: Certificate
    /** the issuing intermediate and what is presented above it */
    cas: Certificate[]
}

export interface IssuerOptions extends TrustStore {
    now: Date
    /** take an issuing intermediate as anchor too */
    allowIntermediate?: boolean
}

/**
 * The trusted certificate whose key signed the top of the path, under the exact name the chip will look for.
 *
 * @throws AirpinError CHAIN_EMPTY, CHAIN_UNTRUSTED, SIGNATURE_INVALID, NOT_A_CA, LEAF_AS_ANCHOR,
 * INTERMEDIATE_AS_ANCHOR, ANCHOR_NAME_ENCODING
 */
export function resolveIssuer(path: Path, options: IssuerOptions): Anchor {
    const top = topOf(path)
    const named = candidatesContaining(top.issuerDer, options).filter(({ certificate }) =>
        certificate.subjectDer.equals(top.issuerDer),
    )
    if (named.length === 0) throw notFound(path, options)
    const chosen = preferred(
        named.filter(({ certificate }) => isSignedBy(top, certificate)),
        options.now,
    )
    if (!chosen) throw signatureInvalid(top)
    requireAnchorCa(chosen.certificate, path, options)
    return issuerAnchor(chosen, path)
}

function topOf({ leaf, cas }: Path): Certificate {
    const top = cas.at(-1) ?? leaf
    if (!top) throw new AirpinError("CHAIN_EMPTY", "the chain holds no certificate")
    return top
}

function issuerAnchor({ certificate, source }: Candidate, path: Path): Anchor {
    const reason = `issuer of the topmost certificate the server sends ("${topOf(path).subject}")`
    return { certificate, source, role: isIssuingIntermediate(certificate, path) ? "intermediate" : "issuer", reason }
}

/** A server that sends nothing but its leaf leaves the issuing intermediate to be resolved. */
function isIssuingIntermediate(candidate: Certificate, { cas }: Path): boolean {
    return cas.length === 0 && !isSelfIssued(candidate)
}

/** A root may be an anchor; the server's own certificate may not, and what signs such certificates only when asked for. */
function requireAnchorCa(candidate: Certificate, path: Path, { allowIntermediate }: IssuerOptions): void {
    if (path.leaf && candidate.spkiDer.equals(path.leaf.spkiDer)) throw leafAsAnchor(path.leaf)
    if (isIssuingIntermediate(candidate, path) && !allowIntermediate) throw intermediateAsAnchor(candidate)
    if (!mayIssue(candidate, path.cas)) {
        throw new AirpinError(
            "NOT_A_CA",
            `"${candidate.subject}" may not issue certificates, or not a path of this length`,
            "give the certificate of the CA itself",
        )
    }
}

function notFound(path: Path, options: IssuerOptions): AirpinError {
    const top = topOf(path)
    const twin = allCandidates(options).find(({ certificate }) => isSameNameInOtherBytes(certificate, top))
    if (twin) return nameEncoding(top, twin.certificate)
    if (path.cas.length === 0 && isSelfIssued(top)) return selfSigned(top)
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the chain ends in "${top.subject}", issued by "${top.issuer}"; no --ca file and no root of Node has that name`,
        `if you trust "${top.issuer}", give its certificate with --ca FILE`,
    )
}

function selfSigned(leaf: Certificate): AirpinError {
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the server's certificate "${leaf.subject}" is signed by itself`,
        "let a CA issue the server's certificate, and give that CA's root with --ca FILE",
    )
}

/** The root that signed the certificate, its name being another one only to the chip. */
function isSameNameInOtherBytes(root: Certificate, child: Certificate): boolean {
    return isSameNameText(root.subject, child.issuer) && isSignedBy(child, root)
}

/** What OpenSSL takes for the same name is not the same to the chip, which compares bytes. */
function nameEncoding(top: Certificate, twin: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_NAME_ENCODING",
        `"${top.subject}" spells its issuer's name in other bytes than "${twin.subject}" does itself; the chip compares bytes`,
        "let the server send that root too, or have its intermediate reissued",
    )
}

function leafAsAnchor(leaf: Certificate): AirpinError {
    return new AirpinError(
        "LEAF_AS_ANCHOR",
        `"${leaf.subject}" is the server's own certificate; pinned, it would shut every device out at the next renewal`,
        "let a CA issue the server's certificate, and give that CA's root with --ca FILE",
    )
}

function intermediateAsAnchor(candidate: Certificate): AirpinError {
    return new AirpinError(
        "INTERMEDIATE_AS_ANCHOR",
        `the server sends its own certificate only, and "${candidate.subject}" above it is an intermediate, which may change with any renewal`,
        "let the server send its whole chain (fullchain.pem), and give the root with --ca FILE; or --allow-intermediate",
    )
}

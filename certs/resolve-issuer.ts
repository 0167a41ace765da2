/**
 * Resolves the certificate that the chip looks up: the issuer of the topmost
 * certificate a server presents, by the exact bytes of its name. A certificate is
 * never trusted because a server presents it.
 */
import { type Anchor, type Candidate, isSelfIssued } from "./anchor.ts"
import { AirpinError } from "./error.ts"
import { issuerInTable } from "./operators.ts"
import { type Tail, tailReason, unknownTailIssuer } from "./tail/cross-signed-tail.ts"
import { allCandidates, candidatesContaining, preferred, type TrustStore } from "./trust-store.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { issuerAddresses } from "./x509/issuer-addresses.ts"
import { isSameNameText } from "./x509/name.ts"
import { mayIssue } from "./x509/verify.ts"

/** A path as the chip builds it. */
export interface Path {
    /** absent when only the CAs are known */
    leaf?: Certificate
    /** the issuing intermediate and the CAs presented above it */
    cas: Certificate[]
    /** the end of `cas` from a trusted root upwards, if they have one */
    tail?: Tail | undefined
}

export interface IssuerOptions extends TrustStore {
    now: Date
    /** accept an issuing intermediate as an anchor */
    allowIntermediate?: boolean
}

/**
 * The trusted certificate whose key signed the top of the path, under the exact name that the chip looks up.
 *
 * @throws AirpinError CHAIN_EMPTY, CHAIN_UNTRUSTED, TAIL_ISSUER_UNKNOWN, SIGNATURE_INVALID, NOT_A_CA, LEAF_AS_ANCHOR,
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
    if (!chosen) throw otherCaOfThatName(top)
    requireAnchorCa(chosen.certificate, path, options)
    return issuerAnchor(chosen, path)
}

function otherCaOfThatName({ subject, issuer }: Certificate): AirpinError {
    return new AirpinError(
        "SIGNATURE_INVALID",
        `"${subject}" was issued by another CA named "${issuer}" than the one that is trusted: that one's key did not sign it`,
        `compare the keys; if you trust the other "${issuer}" too, give its certificate with --ca FILE`,
    )
}

function topOf({ leaf, cas }: Path): Certificate {
    const top = cas.at(-1) ?? leaf
    if (!top) throw new AirpinError("CHAIN_EMPTY", "the chain contains no certificate")
    return top
}

function issuerAnchor({ certificate, source }: Candidate, path: Path): Anchor {
    const reason = path.tail
        ? tailReason(path.tail)
        : `issuer of the topmost certificate the server sends ("${topOf(path).subject}")`
    return { certificate, source, role: isIssuingIntermediate(certificate, path) ? "intermediate" : "issuer", reason }
}

/** When the server sends only its leaf, the issuer looked up is the issuing intermediate. */
function isIssuingIntermediate(candidate: Certificate, { cas }: Path): boolean {
    return cas.length === 0 && !isSelfIssued(candidate)
}

/**
 * A root may be an anchor; the server's own certificate may not; an issuing intermediate only with
 * `allowIntermediate`.
 */
function requireAnchorCa(candidate: Certificate, path: Path, { allowIntermediate }: IssuerOptions): void {
    if (path.leaf && candidate.spkiDer.equals(path.leaf.spkiDer)) throw leafAsAnchor(path.leaf)
    if (isIssuingIntermediate(candidate, path) && !allowIntermediate) throw intermediateAsAnchor(candidate)
    if (!mayIssue(candidate, path.cas)) {
        throw new AirpinError(
            "NOT_A_CA",
            `"${candidate.subject}" is not allowed to issue certificates, or not for a path of this length`,
            "give the certificate of the CA itself",
        )
    }
}

function notFound(path: Path, options: IssuerOptions): AirpinError {
    const top = topOf(path)
    const match = allCandidates(options).find(({ certificate }) => isSameNameInOtherBytes(certificate, top))
    if (match) return nameEncoding(top, match.certificate)
    if (path.cas.length === 0 && isSelfIssued(top)) return selfSigned(top)
    if (path.tail) return unknownTailIssuer(path.tail, options.operators)
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the chain ends in "${top.subject}", issued by "${top.issuer}"; neither a --ca file nor Node's list of roots has that name`,
        adviceFor(top, options),
    )
}

function adviceFor(top: Certificate, { operators }: IssuerOptions): string {
    const root = issuerInTable(top, operators)
    if (root && !root.dropped) return `add --fetch, which downloads it from ${root.url} and compares its key`
    const [address] = issuerAddresses(top)
    const where = address ? ` (its own address for it: ${address})` : ""
    return `if you trust "${top.issuer}", give its certificate with --ca FILE${where}`
}

function selfSigned(leaf: Certificate): AirpinError {
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the server's certificate "${leaf.subject}" is self-signed`,
        "let a CA issue the server's certificate, and give that CA's root with --ca FILE",
    )
}

/** True for the root that signed the certificate under a name that differs in its bytes only. */
function isSameNameInOtherBytes(root: Certificate, child: Certificate): boolean {
    return isSameNameText(root.subject, child.issuer) && isSignedBy(child, root)
}

function nameEncoding(top: Certificate, match: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_NAME_ENCODING",
        `"${top.subject}" encodes its issuer's name differently than "${match.subject}" itself; the chip compares bytes`,
    )
}

function leafAsAnchor(leaf: Certificate): AirpinError {
    return new AirpinError(
        "LEAF_AS_ANCHOR",
        `"${leaf.subject}" is the server's own certificate; if it were pinned, devices would refuse the server after the next renewal`,
    )
}

function intermediateAsAnchor(candidate: Certificate): AirpinError {
    return new AirpinError(
        "INTERMEDIATE_AS_ANCHOR",
        `the server sends only its own certificate, and its issuer "${candidate.subject}" is an intermediate, which may change with any renewal`,
    )
}

/** The certificates that anchors may be taken from, in order of preference. */
import { rootCertificates } from "node:tls"
import { type Candidate, isSameCa, isSelfIssued } from "./anchor.ts"
import type { Operator } from "./operators.ts"
import { type Certificate, parsePem } from "./x509/certificate.ts"
import { isValidAt } from "./x509/verify.ts"

/** What the user trusts, besides Node's list of public roots. */
export interface TrustStore {
    /** the certificates of the `--ca` files */
    roots: Certificate[]
    /** the certificates of the `--anchors` folder */
    anchorsFolder?: Certificate[]
    /** the anchors of the present lock: devices trust them already, and their source is recorded */
    locked?: Candidate[]
    /** issuers of tails that were downloaded on request */
    fetched?: Candidate[]
    /** the public roots; default: those built into Node */
    nodeRoots?: Certificate[]
    /** CA operators whose other roots are added; default: the reviewed table */
    operators?: readonly Operator[]
}

/**
 * All certificates that may become anchors. Parsing all of Node's 150 roots
 * takes a second, so only those whose bytes contain `part` are parsed.
 */
export function candidatesContaining(part: Buffer, options: TrustStore): Candidate[] {
    const { roots, anchorsFolder = [], locked = [], fetched = [], nodeRoots = nodeRootsContaining(part) } = options
    return [
        ...from("ca-file", roots),
        ...from("anchors-folder", anchorsFolder),
        ...from("node", nodeRoots),
        ...locked,
        ...fetched,
    ]
}

/** All certificates that may become anchors, including all of Node's roots; takes a second. */
export function allCandidates(options: TrustStore): Candidate[] {
    return candidatesContaining(Buffer.alloc(0), options)
}

/** Of several certificates of one CA, the one to pin: valid before expired, self-signed before cross-signed. */
export function preferred(candidates: Candidate[], now: Date): Candidate | undefined {
    const rank = ({ certificate }: Candidate) =>
        (isValidAt(certificate, now) ? 0 : 2) + (isSelfIssued(certificate) ? 0 : 1)
    return [...candidates].sort((one, other) => rank(one) - rank(other))[0]
}

/** The valid self-signed certificate of a CA. */
export function rootOf(ca: Certificate, options: TrustStore & { now: Date }): Candidate | undefined {
    const candidates = candidatesContaining(ca.spkiDer, options)
    const roots = candidates.filter(
        ({ certificate }) =>
            isSelfIssued(certificate) && isSameCa(certificate, ca) && isValidAt(certificate, options.now),
    )
    return preferred(roots, options.now)
}

function from(source: Candidate["source"], certificates: Certificate[]): Candidate[] {
    return certificates.map(certificate => ({ certificate, source }))
}

function nodeRootsContaining(part: Buffer): Certificate[] {
    return rootCertificates.filter(pem => derOf(pem).includes(part)).flatMap(parsePem)
}

function derOf(pem: string): Buffer {
    return Buffer.from(pem.replace(/-----.*?-----/g, ""), "base64")
}

/**
 * Chooses what a device must have in its bundle to accept a server, and
 * verifies the server's chain before it says so. No I/O.
 *
 * The chip asks for one thing only: the issuer of the topmost certificate the
 * server presents, by its exact bytes. What a server presents never makes
 * itself trusted: that issuer must stand in a `--ca` file or in Node's list.
 */
import { rootCertificates } from "node:tls"
import { encodeBundle } from "./bundle.ts"
import { isSignedBy, linkChain, parsePem, type Certificate } from "./chain.ts"
import { deviceAccepts } from "./device.ts"
import { AirpinError } from "./error.ts"
import { isValidAt, mayIssue, requireDates, requireHost, requireSignatures, signatureInvalid } from "./verify.ts"

/** A name and key for the bundle. */
export interface Anchor {
    /** a certificate with that name and key; not always the self-signed one */
    certificate: Certificate
    /** why it is here; one line */
    reason: string
    source: AnchorSource
}

/** Where an anchor's certificate was found. */
export type AnchorSource = "ca-file" | "presented" | "node"

export interface AnchorOptions {
    /** the name devices will use for the server */
    serverName: string
    /** the certificates of the `--ca` files */
    roots: Certificate[]
    now: Date
    /** the public roots; default: those built into Node */
    nodeRoots?: Certificate[]
}

/**
 * The anchors for a server: the issuer of the topmost certificate it presents,
 * and every CA it presents above the issuing intermediate (a cross-signed root
 * carries the name and key that a shorter chain will end in tomorrow). With
 * them the chip accepts the chain; this is tried before they are returned.
 *
 * @param presented in the order sent
 * @throws AirpinError CHAIN_EMPTY, CHAIN_UNTRUSTED, CHAIN_EXPIRED, CHAIN_NOT_YET_VALID, HOST_MISMATCH,
 * SIGNATURE_INVALID, NOT_A_CA, LEAF_AS_ANCHOR, INTERMEDIATE_AS_ANCHOR, ANCHOR_NAME_ENCODING, ANCHOR_CONFLICT,
 * DEVICE_REFUSES, SERVER_NAME_INVALID
 */
export function chooseAnchors(presented: Certificate[], options: AnchorOptions): Anchor[] {
    const path = pathFromLeaf(presented)
    requireSignatures(path)
    const issuer = resolveIssuer(path, options)
    requireDates([...path, issuer.certificate], options.now)
    requireHost(path[0]!, options.serverName)
    const anchors = withoutDoubles([issuer, ...casAboveIssuing(path)])
    requireDevice(presented, anchors, options.serverName)
    return anchors
}

function pathFromLeaf(presented: Certificate[]): Certificate[] {
    if (presented.length === 0) throw new AirpinError("CHAIN_EMPTY", "the chain holds no certificate")
    const path = linkChain(presented)
    if (path[0] !== presented[0]) {
        throw new AirpinError(
            "DEVICE_REFUSES",
            `the chip cannot read the server's certificate "${presented[0]!.subject}"`,
            "give the server an ECDSA (P-256, P-384) or RSA certificate, signed with SHA-256, -384 or -512"
        )
    }
    return path
}

/** The trusted certificate whose key signed the top of the path, under the exact name the chip will look for. */
function resolveIssuer(path: Certificate[], options: AnchorOptions): Anchor {
    const top = path.at(-1)!
    const named = trusted(top, options).filter(({ certificate }) => certificate.subjectDer.equals(top.issuerDer))
    if (named.length === 0) throw notFound(path, options)
    const signers = named.filter(({ certificate }) => isSignedBy(top, certificate))
    if (signers.length === 0) throw signatureInvalid(top)
    const chosen = signers.find(({ certificate }) => isValidAt(certificate, options.now)) ?? signers[0]!
    requireAnchorCa(chosen.certificate, path)
    return { ...chosen, reason: `issuer of the topmost certificate the server sends ("${top.subject}")` }
}

/** What may be the issuer of `child`, in the order of preference. */
function trusted(child: Certificate, { roots, nodeRoots }: AnchorOptions): Omit<Anchor, "reason">[] {
    return [
        ...roots.map(certificate => ({ certificate, source: "ca-file" as const })),
        ...(nodeRoots ?? nodeRootsNamed(child)).map(certificate => ({ certificate, source: "node" as const })),
    ]
}

/** Parsing all of Node's 150 roots takes a second, so only those that hold the issuer's name are read. */
function nodeRootsNamed(child: Certificate): Certificate[] {
    return rootCertificates.filter(pem => derOf(pem).includes(child.issuerDer)).flatMap(parsePem)
}

function derOf(pem: string): Buffer {
    return Buffer.from(pem.replace(/-----.*?-----/g, ""), "base64")
}

/** A root may be an anchor; the server's own certificate and the one that signs such certificates may not. */
function requireAnchorCa(candidate: Certificate, path: Certificate[]): void {
    const [leaf] = path as [Certificate]
    if (candidate.spkiDer.equals(leaf.spkiDer)) throw leafAsAnchor(leaf)
    const isRoot = candidate.subjectDer.equals(candidate.issuerDer)
    if (path.length === 1 && !isRoot) throw intermediateAsAnchor(candidate)
    if (!mayIssue(candidate, path)) {
        throw new AirpinError(
            "NOT_A_CA",
            `"${candidate.subject}" may not issue certificates, or not a path of this length`,
            "give the certificate of the CA itself"
        )
    }
}

function casAboveIssuing(path: Certificate[]): Anchor[] {
    const reason = "CA of the presented path above the issuing intermediate"
    return path.slice(2).map(certificate => ({ certificate, reason, source: "presented" }))
}

/** One anchor for each name and key; two keys under one name are refused. */
function withoutDoubles(anchors: Anchor[]): Anchor[] {
    const kept: Anchor[] = []
    for (const anchor of anchors) {
        const { subjectDer, spkiDer } = anchor.certificate
        const same = kept.find(({ certificate }) => certificate.subjectDer.equals(subjectDer))
        if (same && !same.certificate.spkiDer.equals(spkiDer)) throw conflict(anchor.certificate)
        if (!same) kept.push(anchor)
    }
    return kept
}

function requireDevice(presented: Certificate[], anchors: Anchor[], serverName: string): void {
    const bundle = encodeBundle(anchors.map(({ certificate }) => certificate))
    const verdict = deviceAccepts(presented.map(({ der }) => der), bundle, serverName)
    if (verdict.accepted) return
    throw new AirpinError(
        "DEVICE_REFUSES",
        `the chain is good, but not for the chip: ${verdict.reason}`,
        "change what the server sends; no anchor can make up for it"
    )
}

function notFound(path: Certificate[], { roots, nodeRoots }: AnchorOptions): AirpinError {
    const top = path.at(-1)!
    const twin = [...roots, ...(nodeRoots ?? rootCertificates.flatMap(parsePem))].find(root => isTwin(root, top))
    if (twin) return nameEncoding(top, twin)
    if (path.length === 1 && top.issuerDer.equals(top.subjectDer)) return selfSigned(top)
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the chain ends in "${top.subject}", issued by "${top.issuer}"; no --ca file and no root of Node has that name`,
        `if you trust "${top.issuer}", give its certificate with --ca FILE`
    )
}

function selfSigned(leaf: Certificate): AirpinError {
    return new AirpinError(
        "CHAIN_UNTRUSTED",
        `the server's certificate "${leaf.subject}" is signed by itself`,
        "let a CA issue the server's certificate, and give that CA's root with --ca FILE"
    )
}

/** The root that signed the certificate, its name being another one only to the chip. */
function isTwin(root: Certificate, child: Certificate): boolean {
    return normal(root.subject) === normal(child.issuer) && isSignedBy(child, root)
}

/** Names that differ only in string type, case or spaces are one to OpenSSL (RFC 5280, 7.1). */
function normal(name: string): string {
    return name.toLowerCase().replaceAll(/ +/g, " ")
}

/** What OpenSSL takes for the same name is not the same to the chip, which compares bytes. */
function nameEncoding(top: Certificate, twin: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_NAME_ENCODING",
        `"${top.subject}" spells its issuer's name in other bytes than "${twin.subject}" does itself; the chip compares bytes`,
        "let the server send that root too, or have its intermediate reissued"
    )
}

function leafAsAnchor(leaf: Certificate): AirpinError {
    return new AirpinError(
        "LEAF_AS_ANCHOR",
        `"${leaf.subject}" is the server's own certificate; pinned, it would shut every device out at the next renewal`,
        "let a CA issue the server's certificate, and give that CA's root with --ca FILE"
    )
}

function intermediateAsAnchor(candidate: Certificate): AirpinError {
    return new AirpinError(
        "INTERMEDIATE_AS_ANCHOR",
        `the server sends its own certificate only, and "${candidate.subject}" above it is an intermediate, which may change with any renewal`,
        "let the server send its whole chain (fullchain.pem), and give the root with --ca FILE"
    )
}

function conflict(certificate: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_CONFLICT",
        `two keys stand under the name "${certificate.subject}"; the chip would try only one of them`,
        "ask the CA for a chain in which each name has one key"
    )
}

/**
 * Chooses what a device must have in its bundle to accept a server, and
 * verifies the server's chain before it says so. No I/O.
 *
 * The chip asks for one thing only: the issuer of the topmost certificate the
 * server presents. That one resolved, what else a server or its operator may
 * present tomorrow is added.
 */
import { type Anchor, type AnchorRole, isSameCa, isSelfIssued } from "./anchor.ts"
import { encodeBundle } from "./bundle/bundle.ts"
import { linkChain } from "./chain.ts"
import { deviceAccepts } from "./device.ts"
import { AirpinError } from "./error.ts"
import { type IssuerOptions, resolveIssuer } from "./resolve-issuer.ts"
import { addSiblingRoots } from "./sibling-roots.ts"
import { candidatesContaining, preferred } from "./trust-store.ts"
import type { Certificate } from "./x509/certificate.ts"
import { isValidAt, requireDates, requireHost, requireSignatures } from "./x509/verify.ts"

export type { Anchor, AnchorRole, AnchorSource, Candidate } from "./anchor.ts"

/** What is trusted, when, and what is asked for. */
export interface PathOptions extends IssuerOptions {
    /** false: leave out the operator's other roots */
    siblings?: boolean
}

export interface AnchorOptions extends PathOptions {
    /** the name devices will use for the server */
    serverName: string
}

/**
 * The anchors for a server: those of `chooseAnchorsForPath` for the CAs it
 * presents. With them the chip accepts the chain; this is tried before they are returned.
 *
 * @param presented in the order sent
 * @throws AirpinError CHAIN_EMPTY, CHAIN_UNTRUSTED, CHAIN_EXPIRED, CHAIN_NOT_YET_VALID, HOST_MISMATCH,
 * SIGNATURE_INVALID, NOT_A_CA, LEAF_AS_ANCHOR, INTERMEDIATE_AS_ANCHOR, ANCHOR_NAME_ENCODING, ANCHOR_CONFLICT,
 * DEVICE_REFUSES, SERVER_NAME_INVALID
 */
export function chooseAnchors(presented: Certificate[], options: AnchorOptions): Anchor[] {
    const path = pathFromLeaf(presented)
    const [leaf, ...cas] = path as [Certificate, ...Certificate[]]
    requireSignatures(path)
    const issuer = resolveIssuer({ leaf, cas }, options)
    requireDates([...path, issuer.certificate], options.now)
    requireHost(leaf, options.serverName)
    const anchors = anchorsOfPath(issuer, cas, options)
    requireDevice(presented, anchors, options.serverName)
    return anchors
}

/**
 * The anchors for the CAs of a path whose leaf is not at hand: the issuer of
 * the topmost one; every CA above the issuing intermediate (a cross-signed root
 * carries the name and key that a shorter chain will end in tomorrow); the
 * operator's other roots, as far as they can be found; the issuing
 * intermediate only with `allowIntermediate`.
 *
 * @param cas the issuing intermediate, then each next parent as presented
 * @throws AirpinError as `chooseAnchors`, but for what concerns the leaf
 */
export function chooseAnchorsForPath(cas: Certificate[], options: PathOptions): Anchor[] {
    requireSignatures(cas)
    const issuer = resolveIssuer({ cas }, options)
    requireDates([...cas, issuer.certificate], options.now)
    return anchorsOfPath(issuer, cas, options)
}

/** the stronger reason to be an anchor stands first */
const ROLES: AnchorRole[] = ["issuer", "presented", "intermediate", "backup", "sibling"]

/**
 * One anchor for each name and key, in the role that counts most.
 *
 * @throws AirpinError ANCHOR_CONFLICT for two keys under one name
 */
export function mergeAnchors(anchors: Anchor[]): Anchor[] {
    const kept: Anchor[] = []
    for (const anchor of anchors) {
        const at = kept.findIndex(({ certificate }) => certificate.subjectDer.equals(anchor.certificate.subjectDer))
        if (at === -1) kept.push(anchor)
        else kept[at] = stronger(kept[at]!, anchor)
    }
    return kept
}

function stronger(one: Anchor, other: Anchor): Anchor {
    if (!isSameCa(one.certificate, other.certificate)) throw conflict(other.certificate)
    return ROLES.indexOf(other.role) < ROLES.indexOf(one.role) ? other : one
}

function pathFromLeaf(presented: Certificate[]): Certificate[] {
    if (presented.length === 0) throw new AirpinError("CHAIN_EMPTY", "the chain holds no certificate")
    const path = linkChain(presented)
    if (path[0] === presented[0]) return path
    throw new AirpinError(
        "DEVICE_REFUSES",
        `the chip cannot read the server's certificate "${presented[0]!.subject}"`,
        "give the server an ECDSA (P-256, P-384) or RSA certificate, signed with SHA-256, -384 or -512",
    )
}

function anchorsOfPath(issuer: Anchor, cas: Certificate[], options: PathOptions): Anchor[] {
    const presented = cas.slice(1).map(certificate => presentedAnchor(certificate, options))
    const intermediate = options.allowIntermediate ? cas.slice(0, 1).map(intermediateAnchor) : []
    const anchors = mergeAnchors([issuer, ...presented, ...intermediate])
    return options.siblings === false ? anchors : mergeAnchors(addSiblingRoots(anchors, options, options.now))
}

/** A CA of the path; shown by its own root certificate where that is at hand, as it lasts longer than a cross-sign. */
function presentedAnchor(certificate: Certificate, options: PathOptions): Anchor {
    const isRootOfIt = (root: Certificate) =>
        isSelfIssued(root) && isSameCa(root, certificate) && isValidAt(root, options.now)
    const roots = candidatesContaining(certificate.spkiDer, options).filter(candidate =>
        isRootOfIt(candidate.certificate),
    )
    const shown = preferred(roots, options.now) ?? { certificate, source: "presented" as const }
    return { ...shown, role: "presented", reason: "CA of the presented path above the issuing intermediate" }
}

function intermediateAnchor(certificate: Certificate): Anchor {
    const reason = "issuing intermediate, asked for: of no use after the next rotation"
    return { certificate, source: "presented", role: "intermediate", reason }
}

function requireDevice(presented: Certificate[], anchors: Anchor[], serverName: string): void {
    const bundle = encodeBundle(anchors.map(({ certificate }) => certificate))
    const verdict = deviceAccepts(
        presented.map(({ der }) => der),
        bundle,
        serverName,
    )
    if (verdict.accepted) return
    throw new AirpinError(
        "DEVICE_REFUSES",
        `the chain is good, but not for the chip: ${verdict.reason}`,
        "change what the server sends; no anchor can make up for it",
    )
}

function conflict(certificate: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_CONFLICT",
        `two keys stand under the name "${certificate.subject}"; the chip would try only one of them`,
        "ask the CA for a chain in which each name has one key",
    )
}

/**
 * Chooses the anchors that a device needs in its bundle to accept a server,
 * and verifies the server's chain first. No I/O.
 *
 * The chip looks up one name only: the issuer of the topmost certificate that
 * the server presents. Further anchors cover the chains that the server or its
 * operator may present later.
 */
import { ANCHOR_ROLES, type Anchor, isSameCa } from "./anchor.ts"
import { encodeBundle } from "./bundle/bundle.ts"
import { linkChain } from "./chain.ts"
import { faultBehind } from "./chain-faults.ts"
import { deviceAccepts, type KeyExchange } from "./device.ts"
import { AirpinError } from "./error.ts"
import { type IssuerOptions, type Path, resolveIssuer } from "./resolve-issuer.ts"
import { addSiblingRoots } from "./sibling-roots.ts"
import { requireTail, tailOf } from "./tail/cross-signed-tail.ts"
import { rootOf } from "./trust-store.ts"
import type { Certificate } from "./x509/certificate.ts"
import { requireDates, requireHost, requireSignatures } from "./x509/verify.ts"

export type { Anchor, AnchorRole, AnchorSource, Candidate } from "./anchor.ts"

/** What is trusted, at what time, and which anchors to add. */
export interface PathOptions extends IssuerOptions {
    /** false: leave out the operator's other roots */
    siblings?: boolean
}

export interface AnchorOptions extends PathOptions {
    /** the name devices use for the server */
    serverName: string
    /** of the handshake in which the server sent the chain; default ECDHE */
    keyExchange?: KeyExchange
}

/**
 * The anchors for a server: those of `chooseAnchorsForPath` for the CAs it
 * presents. `deviceAccepts` is run on the chain with these anchors before they are returned.
 *
 * @param presented in the order sent
 * @throws AirpinError CHAIN_EMPTY, CHAIN_UNTRUSTED, CHAIN_EXPIRED, CHAIN_NOT_YET_VALID, HOST_MISMATCH,
 * SIGNATURE_INVALID, NOT_A_CA, LEAF_AS_ANCHOR, INTERMEDIATE_AS_ANCHOR, ANCHOR_NAME_ENCODING, ANCHOR_CONFLICT,
 * CHAIN_ORDER_WRONG, TAIL_ISSUER_UNKNOWN, DEVICE_REFUSES, SERVER_NAME_INVALID
 */
export function chooseAnchors(presented: Certificate[], options: AnchorOptions): Anchor[] {
    try {
        return anchorsOfChain(presented, options)
    } catch (error) {
        throw faultBehind(error, presented)
    }
}

function anchorsOfChain(presented: Certificate[], options: AnchorOptions): Anchor[] {
    const { leaf, cas } = pathFromLeaf(presented)
    const issuer = issuerOfPath({ leaf, cas }, options)
    requireHost(leaf, options.serverName)
    const anchors = anchorsOfPath(issuer, cas, options)
    requireDevice(presented, anchors, options)
    return anchors
}

/**
 * The anchors for the CAs of a path without its leaf: the issuer of the topmost
 * one; every CA above the issuing intermediate (a cross-signed root has the name
 * and key that a later, shorter chain ends in); the operator's other roots, as far
 * as the trust store has them; the issuing intermediate only with `allowIntermediate`.
 *
 * @param cas the issuing intermediate, then each next parent as presented
 * @throws AirpinError as `chooseAnchors`, except for the errors about the leaf
 */
export function chooseAnchorsForPath(cas: Certificate[], options: PathOptions): Anchor[] {
    return anchorsOfPath(issuerOfPath({ cas }, options), cas, options)
}

/** The issuer of the path's top, with signatures and dates checked; the tail first, because it can be left out. */
function issuerOfPath(path: Path, options: PathOptions): Anchor {
    const certificates = path.leaf ? [path.leaf, ...path.cas] : path.cas
    requireSignatures(certificates)
    const tail = tailOf(path.cas, options)
    if (tail) requireTail(tail, undefined, options.now)
    const issuer = resolveIssuer({ ...path, tail }, options)
    if (tail) requireTail(tail, issuer.certificate, options.now)
    requireDates([...certificates, issuer.certificate], options.now)
    return issuer
}

/**
 * One anchor for each name and key, in its strongest role.
 *
 * @throws AirpinError ANCHOR_CONFLICT for two keys under one name
 */
export function mergeAnchors(anchors: Anchor[]): Anchor[] {
    const kept: Anchor[] = []
    for (const anchor of anchors) {
        const at = kept.findIndex(({ certificate }) => certificate.subjectDer.equals(anchor.certificate.subjectDer))
        const present = kept[at]
        if (present) kept[at] = stronger(present, anchor)
        else kept.push(anchor)
    }
    return kept
}

function stronger(one: Anchor, other: Anchor): Anchor {
    if (!isSameCa(one.certificate, other.certificate)) throw conflict(other.certificate)
    return ANCHOR_ROLES.indexOf(other.role) < ANCHOR_ROLES.indexOf(one.role) ? other : one
}

function pathFromLeaf(presented: Certificate[]): { leaf: Certificate; cas: Certificate[] } {
    const [leaf] = presented
    if (!leaf) throw new AirpinError("CHAIN_EMPTY", "the chain contains no certificate")
    const [first, ...cas] = linkChain(presented)
    if (first === leaf) return { leaf, cas }
    throw new AirpinError(
        "DEVICE_REFUSES",
        `the chip cannot read the server's certificate "${leaf.subject}"`,
        "give the server an ECDSA (P-256, P-384) or RSA certificate, signed with SHA-256, -384 or -512",
    )
}

function anchorsOfPath(issuer: Anchor, cas: Certificate[], options: PathOptions): Anchor[] {
    const presented = cas.slice(1).map(certificate => presentedAnchor(certificate, options))
    const intermediate = options.allowIntermediate ? cas.slice(0, 1).map(intermediateAnchor) : []
    const anchors = mergeAnchors([issuer, ...presented, ...intermediate])
    return options.siblings === false ? anchors : mergeAnchors(addSiblingRoots(anchors, options, options.now))
}

/**
 * A CA of the path, by its own root certificate where the trust store has it: that one lasts longer
 * than a cross-sign.
 */
function presentedAnchor(certificate: Certificate, options: PathOptions): Anchor {
    const shown = rootOf(certificate, options) ?? { certificate, source: "presented" as const }
    return { ...shown, role: "presented", reason: "CA of the presented path above the issuing intermediate" }
}

function intermediateAnchor(certificate: Certificate): Anchor {
    const reason = "issuing intermediate, pinned on request: useless after the next rotation"
    return { certificate, source: "presented", role: "intermediate", reason }
}

function requireDevice(presented: Certificate[], anchors: Anchor[], { serverName, keyExchange }: AnchorOptions): void {
    const bundle = encodeBundle(anchors.map(({ certificate }) => certificate))
    const verdict = deviceAccepts(
        presented.map(({ der }) => der),
        bundle,
        serverName,
        keyExchange,
    )
    if (verdict.accepted) return
    throw new AirpinError(
        "DEVICE_REFUSES",
        `the chain is valid, but the chip refuses it: ${verdict.reason}`,
        "change what the server sends; no choice of anchors helps",
    )
}

function conflict(certificate: Certificate): AirpinError {
    return new AirpinError(
        "ANCHOR_CONFLICT",
        `two CAs with different keys have the name "${certificate.subject}"; the chip would try only one of them`,
    )
}

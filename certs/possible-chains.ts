/**
 * The chains that a server may send in the future, as far as the known
 * certificates allow, and the usual configuration mistakes. No I/O.
 */
import { createPublicKey } from "node:crypto"
import { mayIssueLeaf } from "./device.ts"
import { AirpinError } from "./error.ts"
import { operatorRootOf } from "./operators.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { isValidAt, mayIssue } from "./x509/verify.ts"

/**
 * What kind of chain it is; devices have to accept all but the mistakes:
 * - served: the chain the server sends now
 * - shorter: that chain without its tail
 * - alternate: another path from its first certificate
 * - next: a chain from another intermediate of the operator, with the same key type
 * - other-key: the same with the other key type
 * - given: a chain from a file
 * - backup: a chain that ends below the backup
 * - mistake: a misconfigured server
 */
export type ChainKind = (typeof CHAIN_KINDS)[number]
export const CHAIN_KINDS = [
    "served",
    "shorter",
    "alternate",
    "next",
    "other-key",
    "given",
    "backup",
    "mistake",
] as const

/** A chain that a server may send. */
export interface PossibleChain {
    kind: ChainKind
    /** name of the mistake or the file; absent for other kinds */
    label?: string
    /** in the order sent; without the leaf, which is unknown, when the first may issue one */
    certificates: Certificate[]
    /** the server speaks TLS 1.3 only */
    withoutTls12?: true
}

export interface KnownCertificates {
    /** in the order sent, with or without the leaf */
    served: Certificate[]
    /** roots, cross-signed roots and intermediates that exist */
    known: Certificate[]
    now: Date
}

/** longest path the chip follows: leaf and 8 intermediates (MBEDTLS_X509_MAX_INTERMEDIATE_CA) */
const MAX_PATH = 9
/** Let's Encrypt's certificates of two generations allow 30; more than this come from more than one operator */
const MAX_CHAINS = 1000

/**
 * The chains that the operator may serve, the present one first.
 *
 * A chain may stop below a known root (self-signed, or in the table of operators)
 * and wherever the present one can be cut. Expired certificates are left out. Two
 * intermediates belong to one operator when their subjects have the same
 * organisation (O), or the same issuer when a subject has none.
 *
 * @throws AirpinError CHAIN_EMPTY, REHEARSAL_TOO_LARGE
 */
export function possibleChains({ served, known, now }: KnownCertificates): PossibleChain[] {
    const [first] = served
    if (!first) throw new AirpinError("CHAIN_EMPTY", "the chain contains no certificate")
    const pool = poolOf([...served, ...known].filter(certificate => isValidAt(certificate, now)))
    return withoutDuplicates([
        { kind: "served", certificates: served },
        ...cuts(served),
        ...pathsFrom(first, pool).map((certificates): PossibleChain => ({ kind: "alternate", certificates })),
        ...nextChains(served[issuingAt(served)], pool),
    ])
}

/**
 * The mistakes an administrator may make with the served chain. "leaf only" and
 * "reversed" are left out when the chain has no leaf.
 */
export function mistakes({ served, known }: KnownCertificates): PossibleChain[] {
    const [leaf, ...cas] = served
    const top = served.at(-1)
    const root = top && known.find(candidate => isIssuedBy(candidate, candidate) && isIssuedBy(top, candidate))
    const wrong = (label: string, certificates: Certificate[]): PossibleChain => ({
        kind: "mistake",
        label,
        certificates,
    })
    const ofLeaf =
        !leaf || issuingAt(served) === 0
            ? []
            : [wrong("leaf only", [leaf]), wrong("reversed", [leaf, ...cas.toReversed()])]
    const isOther = ({ certificates }: PossibleChain) => identityOf(certificates) !== identityOf(served)
    return [
        ...ofLeaf.filter(isOther),
        ...(root ? [wrong("root sent", [...served, root])] : []),
        { ...wrong("TLS 1.3 only", served), withoutTls12: true },
    ]
}

/** Index of the issuing intermediate: 1, or 0 when the chain has no leaf. */
function issuingAt([first]: Certificate[]): 0 | 1 {
    return mayIssueLeaf(first?.der) ? 0 : 1
}

/** The chain without its tail, one certificate less each time, down to the issuing intermediate. */
function cuts(served: Certificate[]): PossibleChain[] {
    const lengths = served.map((_, length) => length).slice(issuingAt(served) + 1)
    return lengths.toReversed().map(length => ({ kind: "shorter", certificates: served.slice(0, length) }))
}

function nextChains(issuing: Certificate | undefined, pool: CaPool): PossibleChain[] {
    if (!issuing) return []
    const roots = new Set(pool.cas.filter(ca => isRoot(ca, pool)).map(nameAndKey))
    const others = pool.cas.filter(
        candidate =>
            nameAndKey(candidate) !== nameAndKey(issuing) &&
            !roots.has(nameAndKey(candidate)) &&
            mayIssueLeaf(candidate.der) &&
            isSameOperator(candidate, issuing),
    )
    const chains = others.flatMap(other =>
        pathsFrom(other, pool).map((certificates): PossibleChain => ({ kind: kindOf(other, issuing), certificates })),
    )
    return chains.sort((one, other) => Number(one.kind === "other-key") - Number(other.kind === "other-key"))
}

function kindOf(other: Certificate, issuing: Certificate): ChainKind {
    return keyType(other) === keyType(issuing) ? "next" : "other-key"
}

function keyType({ spkiDer }: Certificate): string | undefined {
    return createPublicKey({ key: spkiDer, format: "der", type: "spki" }).asymmetricKeyType
}

function isSameOperator(one: Certificate, other: Certificate): boolean {
    const [mine, theirs] = [organisation(one), organisation(other)]
    return mine && theirs ? mine === theirs : one.issuerDer.equals(other.issuerDer)
}

/** O of the subject, as `readName` writes it. */
function organisation({ subject }: Certificate): string | undefined {
    return /(?:^|, |\+)O=((?:\\.|[^,+\\])*)/.exec(subject)?.[1]
}

/** The known CAs. Who issued whom is worked out once, because checking a signature takes a while. */
interface CaPool {
    /** including roots */
    cas: Certificate[]
    issuersOf(certificate: Certificate): Certificate[]
}

function poolOf(certificates: Certificate[]): CaPool {
    const cas = certificates.filter(({ isCa }) => isCa)
    const found = new Map<Certificate, Certificate[]>()
    const issuersOf = (certificate: Certificate) => {
        const issuers = found.get(certificate) ?? cas.filter(ca => isIssuedBy(certificate, ca))
        found.set(certificate, issuers)
        return issuers
    }
    return { cas, issuersOf }
}

/** Every path upwards from a certificate that ends below a root, longest first, without self-signed certificates. */
function pathsFrom(first: Certificate, pool: CaPool): Certificate[][] {
    const paths: Certificate[][] = []
    const climb = (path: Certificate[], top: Certificate): void => {
        const issuers = pool.issuersOf(top)
        if (path.length < MAX_PATH)
            parentsAmong(issuers, path, pool).forEach(parent => climb([...path, parent], parent))
        if (path.length > issuingAt(path) && issuers.some(issuer => isRoot(issuer, pool))) paths.push(path)
        if (paths.length > MAX_CHAINS) throw tooLarge()
    }
    climb([first], first)
    return paths
}

/**
 * The CAs that may come next in the path; not those already in it, because two that signed each other
 * would never end.
 */
function parentsAmong(issuers: Certificate[], path: Certificate[], pool: CaPool): Certificate[] {
    return issuers.filter(
        issuer =>
            !isSelfSigned(issuer, pool) &&
            !path.some(below => nameAndKey(below) === nameAndKey(issuer)) &&
            mayIssue(issuer, path),
    )
}

/** Compares readable names: servers also send chains in which only the encoding of a name differs. */
function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
    return certificate.issuer === issuer.subject && isSignedBy(certificate, issuer)
}

function isSelfSigned(certificate: Certificate, { issuersOf }: CaPool): boolean {
    return issuersOf(certificate).includes(certificate)
}

/** True for a root's own certificate and for a cross-signed one. */
function isRoot(certificate: Certificate, pool: CaPool): boolean {
    return isSelfSigned(certificate, pool) || operatorRootOf(certificate) !== undefined
}

function nameAndKey({ subjectDer, spkiSha256 }: Certificate): string {
    return `${subjectDer.toString("hex")} ${spkiSha256}`
}

function identityOf(certificates: Certificate[]): string {
    return certificates.map(({ der }) => der.toString("latin1")).join()
}

function withoutDuplicates(chains: PossibleChain[]): PossibleChain[] {
    const byIdentity = new Map<string, PossibleChain>()
    for (const chain of chains) {
        const identity = identityOf(chain.certificates)
        if (!byIdentity.has(identity)) byIdentity.set(identity, chain)
    }
    return [...byIdentity.values()]
}

function tooLarge(): AirpinError {
    return new AirpinError("REHEARSAL_TOO_LARGE", `the known certificates allow more than ${MAX_CHAINS} chains`)
}

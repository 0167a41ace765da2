/**
 * Which chains a server may send tomorrow, as far as the certificates that are
 * known allow; and what its administrator may get wrong. No I/O.
 */
import { createPublicKey } from "node:crypto"
import { mayIssueLeaf } from "./device.ts"
import { AirpinError } from "./error.ts"
import { operatorRootOf } from "./operators.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { isValidAt, mayIssue } from "./x509/verify.ts"

/**
 * What a chain stands for: the one served; that one without its tail; another
 * path from its first certificate; another intermediate of the operator, with
 * the same type of key or with the other; one that somebody gave; the backup;
 * a mistake. All but the last have to be accepted.
 */
export type ChainKind = "served" | "shorter" | "alternate" | "next" | "other-key" | "given" | "backup" | "mistake"

/** A chain a server may send. */
export interface PossibleChain {
    kind: ChainKind
    /** a mistake's or a file's name; absent where the certificates say it all */
    label?: string
    /** in the order sent; when the first may issue a leaf, the leaf is not known and not there */
    certificates: Certificate[]
    /** the server speaks TLS 1.3 only */
    withoutTls12?: true
}

export interface KnownCertificates {
    /** in the order sent; the leaf may be missing */
    served: Certificate[]
    /** roots, cross-signed roots and intermediates that exist */
    known: Certificate[]
    now: Date
}

/** The chip follows no longer path: leaf and 8 intermediates (MBEDTLS_X509_MAX_INTERMEDIATE_CA) */
const MAX_PATH = 9
/** Let's Encrypt's certificates of two generations allow 30; a folder that allows more than this is not one operator's */
const MAX_CHAINS = 1000

/**
 * What the operator may serve, the chain served first.
 *
 * A chain may stop below a known root (self-signed, or in the operators' table),
 * and wherever the served one can be cut. Nobody serves expired certificates. An intermediate is
 * the same operator's when it names the same organisation (O of the subject),
 * or has the same issuer where a name has none.
 *
 * @throws AirpinError CHAIN_EMPTY, REHEARSAL_TOO_LARGE
 */
export function possibleChains({ served, known, now }: KnownCertificates): PossibleChain[] {
    const [first] = served
    if (!first) throw new AirpinError("CHAIN_EMPTY", "the chain holds no certificate")
    const pool = poolOf([...served, ...known].filter(certificate => isValidAt(certificate, now)))
    return withoutDuplicates([
        { kind: "served", certificates: served },
        ...cuts(served),
        ...pathsFrom(first, pool).map((certificates): PossibleChain => ({ kind: "alternate", certificates })),
        ...nextChains(served[issuingAt(served)], pool),
    ])
}

/**
 * What an administrator may get wrong with the served chain. Without a leaf in
 * it there is no "leaf only" and no "reversed".
 */
export function mistakes({ served, known }: KnownCertificates): PossibleChain[] {
    const [leaf, ...cas] = served
    const root = known.find(candidate => isIssuedBy(candidate, candidate) && isIssuedBy(served.at(-1)!, candidate))
    const wrong = (label: string, certificates: Certificate[]): PossibleChain => ({
        kind: "mistake",
        label,
        certificates,
    })
    const ofLeaf =
        issuingAt(served) === 0 ? [] : [wrong("leaf only", [leaf!]), wrong("reversed", [leaf!, ...cas.toReversed()])]
    const isOther = ({ certificates }: PossibleChain) => identityOf(certificates) !== identityOf(served)
    return [
        ...ofLeaf.filter(isOther),
        ...(root ? [wrong("root sent", [...served, root])] : []),
        { ...wrong("TLS 1.3 only", served), withoutTls12: true },
    ]
}

/** Where the issuing intermediate stands: behind the leaf, or first when the leaf is missing. */
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

/** The CAs that are known, with who issued whom worked out once: a signature takes a while to check. */
interface CaPool {
    /** roots among them */
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

/** Every path from a certificate up that ends below a root, longest first; self-signed certificates are never in it. */
function pathsFrom(first: Certificate, pool: CaPool): Certificate[][] {
    const paths: Certificate[][] = []
    const climb = (path: Certificate[]): void => {
        const issuers = pool.issuersOf(path.at(-1)!)
        if (path.length < MAX_PATH) parentsAmong(issuers, path, pool).forEach(parent => climb([...path, parent]))
        if (path.length > issuingAt(path) && issuers.some(issuer => isRoot(issuer, pool))) paths.push(path)
        if (paths.length > MAX_CHAINS) throw tooLarge()
    }
    climb([first])
    return paths
}

/** Who may stand next in the path. Not its own CAs again: two that signed each other would never end. */
function parentsAmong(issuers: Certificate[], path: Certificate[], pool: CaPool): Certificate[] {
    return issuers.filter(
        issuer =>
            !isSelfSigned(issuer, pool) &&
            !path.some(below => nameAndKey(below) === nameAndKey(issuer)) &&
            mayIssue(issuer, path),
    )
}

/** By its readable name: servers also send what only differs in the encoding of a name. */
function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
    return certificate.issuer === issuer.subject && isSignedBy(certificate, issuer)
}

function isSelfSigned(certificate: Certificate, { issuersOf }: CaPool): boolean {
    return issuersOf(certificate).includes(certificate)
}

/** A root's own certificate, or one signed across. */
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
    return new AirpinError(
        "REHEARSAL_TOO_LARGE",
        `the known certificates allow more than ${MAX_CHAINS} chains`,
        "give a folder with the certificates of one operator",
    )
}

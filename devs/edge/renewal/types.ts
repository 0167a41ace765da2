/** What a round of `airpin renew` works with: where certificates come from, what serves them, and for whom. */
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import type { ChipHandshake } from "../../../certs/pull/chip-handshake.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"

/** One chain for a leaf. */
export interface IssuedChain {
    /** leaf first */
    pem: string
    /** "default", "alternate 1" …, followed by the name of the topmost issuer in parentheses */
    label: string
}

/** A new key with the chains that were issued for it. */
export interface Issued {
    /** PKCS #8, or as certbot writes it */
    keyPem: string
    keyType: KeyType
    /** the CA's default first; all with the same leaf; at least one */
    chains: IssuedChain[]
}

export interface Order {
    /** DNS names; the first becomes the common name where the CA sets one */
    names: string[]
    keyType: KeyType
    /** the leaf from the same source that this order replaces (RFC 9773, 5); a source without ARI ignores it */
    replaces?: Certificate
    /** name of a profile of the CA; default: the CA's choice */
    profile?: string
    /** gives the order up */
    signal?: AbortSignal
}

/** When the CA wants a certificate to be renewed (RFC 9773, 4.2). Not yet clamped to reason. */
export interface RenewalInfo {
    startMs: number
    endMs: number
    explanationUrl?: string
    /** from the header Retry-After; absent if the CA sent none, or none that can be read */
    retryAfterMs?: number
}

/** Where certificates come from. */
export interface Source {
    /** host of the directory (with its port if it is not 443), or "certbot"; different for each source */
    name: string
    /** what the round orders from it; default: the CA's choice */
    profile?: string
    /** true if no CA is asked, so that no limit of orders and no back-off counts */
    isLocal?: boolean
    /** Throws what would keep it from proving the names now; absent if nothing could. Asks nobody. */
    ready?(): Promise<void>
    /** undefined if the CA has no ARI. @throws AirpinError ACME_… */
    renewalInfo(leaf: Certificate): Promise<RenewalInfo | undefined>
    /** Obtains a certificate with a new key; asks the CA once. @throws SourceError, AirpinError */
    issue(order: Order): Promise<Issued>
}

/** An error of a source that knows when it may be asked again. */
export class SourceError extends AirpinError {
    /** from the CA's Retry-After; undefined if it sent none */
    readonly retryAfterMs: number | undefined

    constructor(code: ErrorCode, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
        super(code, message, options)
        this.retryAfterMs = options.retryAfterMs
    }
}

/** The files of a version; absolute paths through `live`, so that they stay the same from version to version. */
export interface ServedFiles {
    /** <edge folder>/live */
    folder: string
    /** fullchain.pem: leaf first */
    chain: string
    /** privkey.pem */
    key: string
    /** combined.pem: chain, then key */
    combined: string
    names: string[]
    /** SHA-256 of the leaf, lower-case hex */
    leafSha256: string
}

/** What serves the certificate: nginx, HAProxy, `serve` or a hook. */
export interface Target {
    name: string
    /**
     * Makes it serve the files, without dropping connections. Called again with the previous version's files if the
     * handshake afterwards is wrong, and after a round that was killed; so calling it twice must do no harm.
     *
     * @throws AirpinError TARGET_…
     */
    activate(files: ServedFiles): Promise<void>
}

/** A device that is not revoked, and what it trusts. */
export interface DevicePins {
    id: string
    name: string
    /** as flashed; absent if no manifest is known */
    bundle?: Uint8Array
}

/** What a round tells about itself while it runs. */
export interface RoundEvent {
    level: "info" | "warning"
    text: string
}

/** Points of a round at which a test may stop it. */
export const roundSteps = [
    "locked",
    "settled",
    "looked",
    "attempt-recorded",
    "issued",
    "staged",
    "judged",
    "version-written",
    "previous-linked",
    "live-linked",
    "activated",
    "shaken",
    "put-back-linked",
    "verified",
    "reported",
    "cleaned",
] as const
export type RoundStep = (typeof roundSteps)[number]

/** The outside world of a round. */
export interface Parts {
    /** in the order of preference; at least one */
    sources: Source[]
    target: Target
    devices(): Promise<DevicePins[]>
    /** the handshake that a device would have with the server now. @throws AirpinError as `pullAsChip` */
    handshake(): Promise<ChipHandshake>
    /** stores the status where the service reads it; `status.json` in the edge folder is written all the same */
    report(status: EdgeStatus): Promise<void>
    now(): Date
    /** default: waits that long in real time */
    wait?(ms: number): Promise<void>
    /** from 0 to below 1; default Math.random */
    random?(): number
    log(event: RoundEvent): void
    /** called after each step */
    onStep?(step: RoundStep): void | Promise<void>
    /** ends the round before its next step that would change something */
    signal?: AbortSignal
}

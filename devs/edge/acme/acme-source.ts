/** Certificates of an ACME CA (RFC 8555), with renewal information (RFC 9773) and profiles where the CA has them. */
import { AirpinError } from "../../../certs/error.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { type Issued, type Order, type RenewalInfo, type Source, SourceError } from "../renewal/types.ts"
import type { ExternalAccount } from "./account.ts"
import { CaError } from "./ca-error.ts"
import type { ChallengeSolver } from "./challenge.ts"
import { type CaConnection, readRoots, withConnection } from "./connection.ts"
import { readDirectory } from "./directory.ts"
import type { Exchange } from "./exchange.ts"
import { issueThrough } from "./issue.ts"
import { renewalInfoAt } from "./renewal-info.ts"

/** for a whole order: two polls of 120 s, and a hook's wait */
const DEFAULT_ISSUE_TIMEOUT_MS = 600_000

export interface AcmeOptions extends CaConnection {
    /** URL of the directory */
    directory: string
    /** the edge folder: the account's key is kept in it */
    folder: string
    /** the CA may write to it; default: none. The CA's terms of service are agreed to. */
    email?: string
    /** read when the account is registered */
    externalAccount?: () => Promise<ExternalAccount>
    solver: ChallengeSolver
    /** what rounds order from it; default: the CA's choice */
    profile?: string
    /** for a whole order */
    issueTimeoutMs?: number
    /** for each of the two times that the CA is asked whether it has decided */
    pollLimitMs?: number
    /** called with what is not as wished, but no reason to fail: one sentence */
    warn?: (text: string) => void
    /** called with what is good to know: one sentence */
    inform?: (text: string) => void
}

/** An ACME CA. What it starts for an order (a listener, files, DNS records) is gone when `issue` returns or throws. */
export class AcmeSource implements Source {
    readonly name: string
    readonly profile?: string
    readonly #options: AcmeOptions

    /** @throws AirpinError ACME_UNREACHABLE for an address that is not an https URL */
    constructor(options: AcmeOptions) {
        this.name = hostOf(options.directory)
        if (options.profile !== undefined) this.profile = options.profile
        this.#options = options
    }

    /**
     * When the CA wants this certificate to be renewed; undefined if it has no ARI.
     *
     * @throws SourceError ACME_UNREACHABLE, ACME_SERVER_ERROR, ACME_RATE_LIMITED
     */
    async renewalInfo(leaf: Certificate): Promise<RenewalInfo | undefined> {
        return renewalInfoAt(this.#options, leaf)
    }

    async ready(): Promise<void> {
        const { caFile, solver } = this.#options
        if (caFile !== undefined) await readRoots(caFile)
        await solver.ready?.()
    }

    /**
     * Obtains a certificate with a new key.
     *
     * @throws SourceError, AirpinError ACME_…
     */
    async issue(order: Order): Promise<Issued> {
        const limitMs = this.#options.issueTimeoutMs ?? DEFAULT_ISSUE_TIMEOUT_MS
        const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ...(order.signal ? [order.signal] : [])])
        return withConnection(this.#options, { signal }, exchange => this.#issueThrough(exchange, signal, order)).catch(
            cause => {
                if (!signal.aborted || cause instanceof CaError) throw cause
                const text = `${this.name}: the order took longer than ${limitMs / 1000} s`
                throw new SourceError("ACME_SERVER_ERROR", text, { cause })
            },
        )
    }

    async #issueThrough(exchange: Exchange, signal: AbortSignal, order: Order): Promise<Issued> {
        const { profiles, renewalInfo } = await readDirectory(exchange, this.#options.directory)
        requireProfile(this.name, order.profile, profiles)
        // RFC 9773, 5: only a CA with renewal information knows what `replaces` means
        const { replaces: _, ...plain } = order
        const understood = renewalInfo === undefined ? plain : order
        return issueThrough({ ...this.#options, host: this.name, exchange, signal }, understood)
    }
}

/** Host of a directory, with its port if it is not 443. @throws AirpinError ACME_UNREACHABLE */
export function hostOf(directory: string): string {
    const url = URL.canParse(directory) ? new URL(directory) : undefined
    if (url?.protocol === "https:") return url.host
    throw new AirpinError("ACME_UNREACHABLE", `${JSON.stringify(directory)} is not an https URL`)
}

function requireProfile(host: string, wanted: string | undefined, offered: string[]): void {
    if (wanted === undefined || offered.includes(wanted)) return
    const what = offered.length === 0 ? "no profiles" : `the profiles ${offered.join(", ")}`
    throw new AirpinError("ACME_PROFILE_UNKNOWN", `${host} offers ${what}, and not ${JSON.stringify(wanted)}`)
}

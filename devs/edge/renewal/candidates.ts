/** Obtains certificates in the order of preference, until every device accepts one. */

import { type EdgeHeldBack, MAX_NAMED } from "../../../certs/edge-status.ts"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { backOffAfter, isWaiting, ordersAllowedAtMs, recentAttempts } from "./back-off.ts"
import { checkCandidate } from "./candidate-check.ts"
import { shareLeft } from "./due.ts"
import { judgeDevices } from "./judge.ts"
import { type RoundContext, RoundStopped } from "./round-context.ts"
import { type Staged, stage } from "./staging.ts"
import { type IssuedChain, type Source, SourceError } from "./types.ts"
import type { Origin } from "./versions.ts"

/** A chain that every device accepts. */
export interface Candidate extends Origin {
    chainPem: string
    keyPem: string
}

const DAY_MS = 24 * 3600 * 1000
/**
 * What devices refuse is judged again for this long, and ordered anew afterwards: the CA may issue another chain then. Two
 * key types make fewer than the 5 orders a week that Let's Encrypt allows for the same names.
 */
export const STAGED_FOR_MS = 3 * DAY_MS
/** below this share of the lifetime, a source that fails is not waited for if there is another */
const URGENT_SHARE = 1 / 6

/** What the search has led to. */
export interface Search {
    candidate?: Candidate
    heldBack: EdgeHeldBack[]
}

/**
 * The first chain that every device accepts: of each source and key type the preferred chain, the default, then the
 * alternates. Errors of sources are recorded in the state.
 *
 * @param staged what earlier rounds obtained and did not deploy
 * @param mayOrder false: only what is staged is judged
 */
export async function findCandidate(round: RoundContext, staged: Staged[], mayOrder: boolean): Promise<Search> {
    const heldBack: EdgeHeldBack[] = []
    for (const source of round.parts.sources) {
        let failed = false
        for (const keyType of round.options.keyTypes) {
            const known = staged.find(one => isUsable(one, round, source, keyType))
            const issued = known ?? (mayOrder && !failed ? await order(round, source, keyType) : undefined)
            const heldBefore = heldBack.length
            const candidate = issued && (await firstAccepted(round, issued, heldBack))
            if (candidate) return { candidate, heldBack }
            if (heldBack.length > heldBefore) continue
            if (issued) backOff(round, source.name) // no chain of it is fit to serve
            failed = mayOrder
        }
        if (failed && !isUrgent(round)) break
    }
    return { heldBack }
}

function isUsable(staged: Staged, { nowMs, live, options }: RoundContext, source: Source, keyType: KeyType): boolean {
    if (staged.source !== source.name || staged.keyType !== keyType) return false
    if (Math.abs(nowMs - staged.orderedAtMs) > STAGED_FOR_MS) return false
    return staged.chains.some(({ pem }) => {
        try {
            const [leaf] = checkCandidate(pem, staged.keyPem, { names: options.names, now: new Date(nowMs) })
            return sha256Of(leaf.der) !== live?.leafSha256
        } catch {
            return false
        }
    })
}

const isUrgent = ({ live, nowMs }: RoundContext) => !live || shareLeft(live.chain[0], nowMs) < URGENT_SHARE

/** A new certificate in staging; undefined if the source may not be asked now, or fails. */
async function order(round: RoundContext, source: Source, keyType: KeyType): Promise<Staged | undefined> {
    const { state, nowMs, options, live } = round
    if (!source.isLocal && !mayAsk(round, source)) return undefined
    if (!(await isReady(round, source))) return undefined
    round.stopIfAsked()
    if (!source.isLocal) {
        state.attempts = [...recentAttempts(state.attempts, nowMs), { atMs: nowMs, source: source.name }]
        await round.save()
        await round.step("attempt-recorded")
    }
    round.info(`${source.name}: ordering a certificate with a ${keyType} key …`)
    try {
        const replaces = live?.source === source.name ? { replaces: live.chain[0] } : {}
        const profile = source.profile === undefined ? {} : { profile: source.profile }
        const signal = round.parts.signal ? { signal: round.parts.signal } : {}
        const wanted = { names: options.names, keyType, ...replaces, ...profile, ...signal }
        const issued = await stoppable(round, source.issue(wanted))
        await round.step("issued")
        const staged = await stage(options.folder, { ...issued, source: source.name, orderedAtMs: nowMs })
        await round.step("staged")
        return staged
    } catch (error) {
        if (error instanceof RoundStopped) throw error
        if (!source.isLocal) backOff(round, source.name, error instanceof SourceError ? error.retryAfterMs : undefined)
        round.record(error)
        await round.save()
        return undefined
    }
}

/** An order that cannot come to a certificate does not count as one. */
async function isReady(round: RoundContext, source: Source): Promise<boolean> {
    try {
        await source.ready?.()
        return true
    } catch (error) {
        round.record(error)
        return false
    }
}

function backOff({ state, nowMs }: RoundContext, source: string, retryAfterMs?: number): void {
    state.backOff.set(source, backOffAfter(state.backOff.get(source), nowMs, retryAfterMs))
}

/** The order's result, unless the round is asked to end before it. */
function stoppable<Value>({ parts: { signal } }: RoundContext, work: Promise<Value>): Promise<Value> {
    if (!signal) return work
    const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new RoundStopped("the round was asked to end")), { once: true })
    })
    return Promise.race([work, stopped])
}

function mayAsk(round: RoundContext, source: Source): boolean {
    const { state, nowMs, options } = round
    const waiting = state.backOff.get(source.name)
    if (isWaiting(waiting, nowMs) && !options.force && !options.retry) {
        round.info(`${source.name}: not asked before ${iso(waiting.untilMs)}, after ${waiting.failures} failures`)
        return false
    }
    const allowedAtMs = ordersAllowedAtMs(state.attempts, nowMs)
    if (allowedAtMs <= nowMs) return true
    round.record(
        new AirpinError(
            "EDGE_ORDERS_USED_UP",
            `${recentAttempts(state.attempts, nowMs).length} certificates were ordered in 24 hours; the next order is possible at ${iso(allowedAtMs)}`,
        ),
    )
    return false
}

const iso = (ms: number) => new Date(ms).toISOString()

/** The first of the chains that is fit and that every device accepts; adds the others to `heldBack`. */
async function firstAccepted(
    round: RoundContext,
    { chains, keyPem, keyType, source }: Staged,
    heldBack: EdgeHeldBack[],
): Promise<Candidate | undefined> {
    for (const { pem, label } of inOrder(chains, round.options.preferredChain)) {
        const origin = { source, label, keyType }
        try {
            const refusing = refusingDevices(round, fitChain(round, pem, keyPem))
            await round.step("judged")
            if (refusing.length === 0) return { ...origin, chainPem: pem, keyPem }
            heldBack.push({ ...origin, devices: refusing.slice(0, MAX_NAMED), count: refusing.length })
        } catch (error) {
            round.record(error)
        }
    }
    return undefined
}

/** @throws AirpinError if it may not serve, or serves already */
function fitChain({ options, live, parts }: RoundContext, pem: string, keyPem: string): Certificate[] {
    const chain = checkCandidate(pem, keyPem, { names: options.names, now: parts.now() })
    if (sha256Of(chain[0].der) !== live?.leafSha256) return chain
    throw new AirpinError("EDGE_NOT_RENEWED", `"${chain[0].subject}" serves already, until ${live.chain[0].notAfter}`)
}

function refusingDevices({ devices, options, baseline }: RoundContext, chain: Certificate[]): EdgeHeldBack["devices"] {
    const { names } = options
    return judgeDevices(chain, devices, { names, ...(baseline && { baseline }) })
        .filter(({ stand }) => stand === "refuses" || (stand === "unknown" && baseline !== undefined))
        .map(({ id, name, reason }) => ({ id, name, reason }))
}

/** Those whose topmost issuer has the preferred common name first; otherwise as the CA sends them. */
export function inOrder(chains: IssuedChain[], preferred: string | undefined): IssuedChain[] {
    if (preferred === undefined) return chains
    const isPreferred = ({ pem }: IssuedChain) => topIssuer(pem)?.split(", ").includes(`CN=${preferred}`) === true
    return [...chains.filter(isPreferred), ...chains.filter(chain => !isPreferred(chain))]
}

/** Name of the issuer of the last certificate; undefined for a text without any. */
function topIssuer(pem: string): string | undefined {
    try {
        return parsePem(pem).at(-1)?.issuer
    } catch (error) {
        if (asAirpinError(error).code === "INTERNAL") throw error
        return undefined
    }
}

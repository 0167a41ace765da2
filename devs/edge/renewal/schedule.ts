/** Runs rounds by themselves: when the last one said that there is something to do, and never two at once. */
import { setTimeout as sleep } from "node:timers/promises"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { asAirpinError } from "../../../certs/error.ts"
import { dueNow } from "./due.ts"
import { readStatus } from "./report.ts"
import { parseState } from "./state.ts"
import { readLiveVersion } from "./versions.ts"

const MINUTE_MS = 60_000
/** after a round, whatever it says: neither a port that is taken nor a CA is tried again sooner */
export const MIN_WAIT_MS = 10 * MINUTE_MS
/** the least that RFC 9773 leaves between two looks at a CA's windows is half a day, too */
export const MAX_WAIT_MS = 12 * 60 * MINUTE_MS
/** at most; so that servers started together do not ask together */
const MAX_JITTER_MS = 10 * MINUTE_MS
/** after EDGE_BUSY: an `airpin renew` beside it takes seconds, and minutes with a DNS hook */
export const BUSY_WAIT_MS = 15_000
/** for a round that is asked to end: a deployment has begun, and is finished, or taken back */
const MAX_STOP_MS = 8_000

/** What a round is told. */
export interface RoundRequest {
    /** somebody asked for it: it does not wait after failures */
    retry: boolean
    signal: AbortSignal
}

export interface ScheduleParts {
    /** @throws AirpinError EDGE_BUSY, EDGE_CLOCK_WRONG */
    run(request: RoundRequest): Promise<EdgeStatus>
    /** @param nextMs when the next one runs; undefined if none does, and this one was asked to end */
    onRound(status: EdgeStatus, nextMs: number | undefined): void
    /** a round that could not begin; the next one is tried all the same */
    onError(error: unknown): void
    now(): Date
    /** from 0 to below 1; default Math.random */
    random?(): number
    /** default: real time; rejects when the signal is aborted */
    wait?(ms: number, signal: AbortSignal): Promise<unknown>
}

/** From now until the next round. @param atMs when the last one says that there is something to do */
export function nextWaitMs(atMs: number, nowMs: number, random: () => number): number {
    const jitterMs = random() * MAX_JITTER_MS
    return Math.min(Math.max(atMs - nowMs, MIN_WAIT_MS) + jitterMs, MAX_WAIT_MS - jitterMs)
}

/**
 * From the start of a process until its first round: 0 if no certificate is there, if it is due, or if a killed round
 * left something; otherwise a process that is started again and again asks nobody.
 */
export async function firstWaitMs(
    { folder, names }: { folder: string; names: string[] },
    nowMs: number,
    random: () => number = Math.random,
): Promise<number> {
    try {
        const [state, live, status] = [
            await parseState(folder),
            await readLiveVersion(folder),
            await readStatus(folder),
        ]
        if (!live || state.verified !== live.name) return 0
        if (dueNow(live.chain[0], names, state.plan, nowMs).due) return 0
        return nextWaitMs(status ? Date.parse(status.nextLook.at) : nowMs, nowMs, random)
    } catch {
        return 0 // damaged: a round says so, and repairs what it can
    }
}

export class RoundSchedule {
    readonly #parts: ScheduleParts
    readonly #ending = new AbortController()
    #waking = new AbortController()
    #isAsked = false
    #loop: Promise<void> | undefined

    constructor(parts: ScheduleParts) {
        this.#parts = parts
    }

    /** @param firstMs until the first round */
    start(firstMs: number): void {
        this.#loop = this.#run(firstMs)
    }

    /** Has a round run at once, or after the one that runs. */
    soon(): void {
        this.#isAsked = true
        this.#waking.abort()
    }

    /** Asks a round that runs to end, and waits for it 8 s at most; the next process finishes what it leaves. */
    async stop(): Promise<void> {
        this.#ending.abort()
        const waiting = new AbortController()
        const limit = sleep(MAX_STOP_MS, undefined, { signal: waiting.signal }).catch(() => undefined)
        await Promise.race([this.#loop, limit])
        waiting.abort()
    }

    async #run(firstMs: number): Promise<void> {
        let waitMs = firstMs
        for (;;) {
            if (!this.#isAsked) await this.#wait(waitMs)
            if (this.#ending.signal.aborted) return
            waitMs = await this.#round()
        }
    }

    async #wait(ms: number): Promise<void> {
        const { wait = (waitMs, signal) => sleep(waitMs, undefined, { signal }) } = this.#parts
        this.#waking = new AbortController()
        await wait(ms, AbortSignal.any([this.#waking.signal, this.#ending.signal])).catch(() => undefined)
    }

    /** @returns how long to wait before the next one */
    async #round(): Promise<number> {
        const { run, onRound, onError, now, random = Math.random } = this.#parts
        const retry = this.#isAsked
        this.#isAsked = false
        try {
            const status = await run({ retry, signal: this.#ending.signal })
            const nowMs = now().getTime()
            const waitMs = nextWaitMs(Date.parse(status.nextLook.at), nowMs, random)
            onRound(status, this.#ending.signal.aborted ? undefined : nowMs + waitMs)
            return waitMs
        } catch (error) {
            onError(error)
            if (asAirpinError(error).code !== "EDGE_BUSY") return nextWaitMs(0, now().getTime(), random)
            await this.#wait(BUSY_WAIT_MS)
            this.#isAsked ||= retry
            return 0
        }
    }
}

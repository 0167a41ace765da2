/** Asks a CA again and again until something is decided. */
import { setTimeout as sleep } from "node:timers/promises"
import { SourceError } from "../renewal/types.ts"
import type { Exchange } from "./exchange.ts"

/** CAs decide within seconds; Let's Encrypt's own client waits 90 s */
const DEFAULT_LIMIT_MS = 120_000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000
/** a longer Retry-After than that is cut: the end of the polling is near */
const MAX_WISHED_PAUSE_MS = 30_000

export interface Polling {
    exchange: Exchange
    /** what is waited for, for the error */
    what: string
    limitMs?: number
    signal?: AbortSignal
}

/**
 * Calls `look` until it gives something other than undefined, at growing intervals, or those of the CA's Retry-After.
 *
 * @throws SourceError ACME_SERVER_ERROR after the limit
 */
export async function poll<Result>(polling: Polling, look: () => Promise<Result | undefined>): Promise<Result> {
    const { exchange, what, limitMs = DEFAULT_LIMIT_MS, signal } = polling
    const endMs = performance.now() + limitMs
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
        const result = await look()
        if (result !== undefined) return result
        const wishedMs = Math.min(exchange.latestRetryAfterMs ?? 0, MAX_WISHED_PAUSE_MS)
        const nextMs = Math.max(pauseMs, wishedMs)
        if (performance.now() + nextMs > endMs)
            throw new SourceError("ACME_SERVER_ERROR", `${what} is not decided after ${Math.round(limitMs / 1000)} s`)
        await sleep(nextMs, undefined, signal && { signal })
    }
}

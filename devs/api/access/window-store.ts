/** Counters of @fastify/rate-limit by a clock that is never set, unlike those of its own store. */
import type { FastifyRateLimitStore } from "@fastify/rate-limit"
import { LRUCache } from "lru-cache"

/** Counters kept at once, about 100 bytes each; the one longest unused goes first. */
const MAX_KEYS = 10_000

interface Window {
    count: number
    startMs: number
}

/**
 * A class of stores that count within windows of time.
 *
 * @param monotonicMs a machine that sets its clock back must not count on in one window for years
 */
export function windowStore(monotonicMs: () => number) {
    return class WindowStore implements FastifyRateLimitStore {
        /** made when it is used: there is one for each route, and it allocates all its memory at once */
        #windows: LRUCache<string, Window> | undefined

        incr(
            key: string,
            done: (error: Error | null, result?: { current: number; ttl: number }) => void,
            windowMs: number,
        ) {
            const nowMs = monotonicMs()
            this.#windows ??= new LRUCache<string, Window>({ max: MAX_KEYS })
            let window = this.#windows.get(key)
            if (window === undefined || nowMs >= window.startMs + windowMs) {
                window = { count: 0, startMs: nowMs }
                this.#windows.set(key, window)
            }
            window.count++
            done(null, { current: window.count, ttl: window.startMs + windowMs - nowMs })
        }

        child() {
            return new WindowStore()
        }
    }
}

/** How long to wait before the next try. */
import { randomBuffer } from "@devicescript/crypto"

/** Full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS 2015): any moment of a window that doubles up to its cap. */
const BASE_MS = 2000
const CAP_MS = 5 * 60 * 1000
const MAX_DOUBLINGS = 10

/** A server that asks for more is asked again after this. */
const MAX_RETRY_AFTER_S = 3600

/** @param failures in a row, from 1 */
export function backoffMs(failures: number): number {
    const doublings = Math.min(failures - 1, MAX_DOUBLINGS)
    return randomBelow(Math.min(CAP_MS, BASE_MS * Math.pow(2, doublings)))
}

/**
 * The wait a server asked for, and up to 2 s more so that its devices do not
 * all return at once.
 */
export function retryAfterMs(retryAfterS: number): number {
    return Math.min(retryAfterS, MAX_RETRY_AFTER_S) * 1000 + randomBelow(BASE_MS)
}

/** A whole number from 0 to `limit` - 1. `Math.random` is the same on every simulated chip. */
function randomBelow(limit: number): number {
    return Math.floor((randomBuffer(4).getAt(0, "u32") / 0x100000000) * limit)
}

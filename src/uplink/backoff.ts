/** Waiting times before the next attempt. */
import { randomBuffer } from "@devicescript/crypto"

/**
 * Full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS 2015): uniform in a window that
 * doubles up to its cap.
 */
const BASE_MS = 2000
const CAP_MS = 5 * 60 * 1000
const MAX_DOUBLINGS = 10

const MAX_PHASE_MS = 60 * 1000

/** Longer values of `Retry-After` are reduced to this. */
const MAX_RETRY_AFTER_S = 3600

/** Waiting time in ms. @param failures number of consecutive failures, from 1 */
export function backoffMs(failures: number): number {
    const doublings = Math.min(failures - 1, MAX_DOUBLINGS)
    return randomBelow(Math.min(CAP_MS, BASE_MS * Math.pow(2, doublings)))
}

/** The waiting time that a server asked for in ms, plus up to 2 s so that its devices do not all return at once. */
export function retryAfterMs(retryAfterS: number): number {
    return Math.min(retryAfterS, MAX_RETRY_AFTER_S) * 1000 + randomBelow(BASE_MS)
}

/**
 * How long after the end of an interval a device posts, ms: a quarter of the interval and a minute at most. Devices whose
 * power came back together end their intervals together, and must not all post at once.
 */
export function newPhaseMs(intervalS: number): number {
    return randomBelow(Math.min(intervalS * 250, MAX_PHASE_MS))
}

/** A random whole number from 0 to `limit` - 1. `Math.random` has the same seed on every simulated chip. */
function randomBelow(limit: number): number {
    return Math.floor((randomBuffer(4).getAt(0, "u32") / 0x100000000) * limit)
}

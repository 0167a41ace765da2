/** How often CAs are asked for certificates, across rounds. No I/O. */

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS

/** Let's Encrypt issues 5 certificates a week for the same names; a broken setup must not use them up in a day. */
export const MAX_ORDERS_PER_DAY = 3
const FIRST_WAIT_MS = HOUR_MS
const MAX_WAIT_MS = DAY_MS
/** A CA's rate limits reach over a week at most; a longer Retry-After is not meant. */
const MAX_RETRY_AFTER_MS = 7 * DAY_MS

/** An order, recorded before it is sent, so that a round that is killed counts too. */
export interface Attempt {
    atMs: number
    source: string
}

/** After failures in a row. */
export interface BackOff {
    failures: number
    /** not before this */
    untilMs: number
}

/** Those of the last 24 hours. An attempt in the future was made with a wrong clock, and does not count. */
export function recentAttempts(attempts: Attempt[], nowMs: number): Attempt[] {
    return attempts.filter(({ atMs }) => atMs > nowMs - DAY_MS && atMs <= nowMs)
}

/** When the next order may be sent as far as their number a day goes; `nowMs` if now. */
export function ordersAllowedAtMs(attempts: Attempt[], nowMs: number): number {
    const recent = recentAttempts(attempts, nowMs)
    const [oldest] = recent.slice(-MAX_ORDERS_PER_DAY)
    return recent.length < MAX_ORDERS_PER_DAY || !oldest ? nowMs : oldest.atMs + DAY_MS
}

/**
 * After one more failure: an hour, doubled with each to a day; longer if the CA's Retry-After says so.
 *
 * @param retryAfterMs clamped to a week
 */
export function backOffAfter(before: BackOff | undefined, nowMs: number, retryAfterMs = 0): BackOff {
    const failures = (before?.failures ?? 0) + 1
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), MAX_WAIT_MS)
    return { failures, untilMs: nowMs + Math.max(waitMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)) }
}

/** True while waiting. One that reaches further than any could was made with a wrong clock. */
export function isWaiting(backOff: BackOff | undefined, nowMs: number): backOff is BackOff {
    return backOff !== undefined && nowMs < backOff.untilMs && backOff.untilMs <= nowMs + MAX_RETRY_AFTER_MS
}

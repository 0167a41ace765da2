/**
 * When a certificate is to be renewed: at a random moment of the window that its CA names (ARI, RFC 9773), or else by
 * the share of its lifetime that is left. No I/O.
 */
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { requireHost } from "../../../certs/x509/verify.ts"
import type { RenewalInfo } from "./types.ts"

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** RFC 9773, 4.3.2: a client sets limits to Retry-After; it proposes these */
const MIN_POLL_MS = MINUTE_MS
const MAX_POLL_MS = DAY_MS
/** without Retry-After, and after an error (RFC 9773, 4.3.3) */
const DEFAULT_POLL_MS = 6 * HOUR_MS

/** Share of the lifetime that is left when a certificate is renewed without ARI, as Let's Encrypt advises. */
const RENEW_SHARE = 1 / 3
const SHORT_RENEW_SHARE = 1 / 2
/** below this lifetime a third would be less than three days */
const SHORT_LIFETIME_MS = 10 * DAY_MS
/** Whatever the window, a certificate is renewed when this share of its lifetime is left, … */
const LATEST_SHARE = 1 / 10
/** … and not in its first tenth or first day: a CA whose windows are always in the past would have it renewed for ever. */
const EARLIEST_SHARE = 1 / 10
const MAX_EARLIEST_MS = DAY_MS

/** What is known about the renewal of one leaf; kept from round to round, and dropped with the leaf. */
export interface RenewalPlan {
    /** lower-case hex */
    leafSha256: string
    /** as the CA sent it; absent without ARI, before the CA has responded, and if it is ignored */
    window?: { startMs: number; endMs: number; explanationUrl?: string }
    /** the moment of the window that was chosen; absent without a window */
    chosenMs?: number
    /** when the CA is asked again */
    pollAtMs: number
    /** why the window is ignored or the moment moved, for people */
    problem?: string
}

/** The dates of a leaf that decide. */
export type LeafDates = Pick<Certificate, "notBefore" | "notAfter">

export interface Due {
    due: boolean
    /** when it is, or was */
    atMs: number
    /** one clause for people: "the CA's window (ARI)" */
    why: string
}

/** True if the CA is to be asked for the window now. */
export function isPollDue(plan: RenewalPlan | undefined, leafSha256: string, nowMs: number): boolean {
    return plan?.leafSha256 !== leafSha256 || plan.pollAtMs <= nowMs || plan.pollAtMs > nowMs + MAX_POLL_MS
}

/**
 * The plan after the CA's response. The moment chosen before is kept while the window stays the same.
 *
 * @param info undefined if the CA has no ARI
 * @param random from 0 to below 1
 */
export function planAfter(
    info: RenewalInfo | undefined,
    leaf: LeafDates & { sha256: string },
    before: RenewalPlan | undefined,
    { nowMs, random }: { nowMs: number; random: () => number },
): RenewalPlan {
    const pollAtMs = nowMs + pollAfterMs(info?.retryAfterMs)
    if (!info) return { leafSha256: leaf.sha256, pollAtMs }
    const { startMs, endMs, explanationUrl } = info
    const fault = windowFault(info, leaf)
    if (fault) return { leafSha256: leaf.sha256, pollAtMs, problem: `the CA's window is ignored: ${fault}` }
    const window = { startMs, endMs, ...(explanationUrl !== undefined && { explanationUrl }) }
    const plan = { leafSha256: leaf.sha256, window, pollAtMs }
    return { ...plan, ...(keptMoment(before, plan) ?? moment(startMs + random() * (endMs - startMs), leaf)) }
}

/** The plan after the CA could not be asked: the window known before holds. */
export function planWithoutResponse(
    leafSha256: string,
    before: RenewalPlan | undefined,
    nowMs: number,
    retryAfterMs?: number,
): RenewalPlan {
    const known = before?.leafSha256 === leafSha256 ? before : { leafSha256 }
    return { ...known, pollAtMs: nowMs + pollAfterMs(retryAfterMs) }
}

function pollAfterMs(retryAfterMs: number | undefined): number {
    return Math.min(Math.max(retryAfterMs ?? DEFAULT_POLL_MS, MIN_POLL_MS), MAX_POLL_MS)
}

function keptMoment(before: RenewalPlan | undefined, plan: RenewalPlan): Partial<RenewalPlan> | undefined {
    const isSame =
        before?.leafSha256 === plan.leafSha256 &&
        before.window?.startMs === plan.window?.startMs &&
        before.window?.endMs === plan.window?.endMs
    if (!isSame || before.chosenMs === undefined) return undefined
    return { chosenMs: before.chosenMs, ...(before.problem !== undefined && { problem: before.problem }) }
}

/** Why a window cannot be meant; undefined if it can. */
function windowFault({ startMs, endMs }: { startMs: number; endMs: number }, leaf: LeafDates): string | undefined {
    if (![startMs, endMs].every(isTime)) return "its dates cannot be read"
    if (endMs <= startMs) return `it ends on ${iso(endMs)}, before it starts on ${iso(startMs)}`
    if (startMs >= leaf.notAfter.getTime()) return `it starts on ${iso(startMs)}, after the certificate's end`
    if (endMs - startMs > lifetimeMs(leaf)) return "it is longer than the certificate's lifetime"
    return undefined
}

/** The moment, moved into the part of the lifetime in which a renewal makes sense. */
function moment(atMs: number, leaf: LeafDates): Pick<RenewalPlan, "chosenMs" | "problem"> {
    const life = lifetimeMs(leaf)
    const earliestMs = leaf.notBefore.getTime() + Math.min(EARLIEST_SHARE * life, MAX_EARLIEST_MS)
    const latestMs = leaf.notAfter.getTime() - LATEST_SHARE * life
    const chosenMs = Math.round(Math.min(Math.max(atMs, earliestMs), latestMs))
    if (atMs < earliestMs)
        return { chosenMs, problem: `the CA's window begins too early: ${movedText(atMs, chosenMs)}` }
    if (atMs > latestMs) return { chosenMs, problem: `the CA's window ends too late: ${movedText(atMs, chosenMs)}` }
    return { chosenMs }
}

/** Milliseconds from 1970 to 275760, the last year of a Date (ECMA-262, 21.4.1.1). */
const isTime = (ms: number) => Number.isInteger(ms) && ms >= 0 && ms <= 8.64e15

const movedText = (fromMs: number, toMs: number) => `${iso(fromMs)} was moved to ${iso(toMs)}`

const iso = (ms: number) => new Date(ms).toISOString()

function lifetimeMs({ notBefore, notAfter }: LeafDates): number {
    return notAfter.getTime() - notBefore.getTime()
}

/** Share of the lifetime that is left: 1 at its start, 0 at its end, negative afterwards. */
export function shareLeft(leaf: LeafDates, nowMs: number): number {
    return (leaf.notAfter.getTime() - nowMs) / lifetimeMs(leaf)
}

/** Whether a certificate is to be obtained now. @param leaf that serves; undefined if none does */
export function dueNow(
    leaf: Certificate | undefined,
    names: string[],
    plan: RenewalPlan | undefined,
    nowMs: number,
): Due {
    if (!leaf) return { due: true, atMs: nowMs, why: "no certificate serves yet" }
    const missing = names.filter(name => !covers(leaf, name))
    if (missing.length > 0) return { due: true, atMs: nowMs, why: `the certificate lacks ${missing.join(", ")}` }
    return dueOf(leaf, plan, nowMs)
}

function covers(leaf: Certificate, name: string): boolean {
    try {
        requireHost(leaf, name)
        return true
    } catch {
        return false
    }
}

/** Whether a leaf for the right names is to be renewed now, or when. */
export function dueOf(leaf: LeafDates, plan: RenewalPlan | undefined, nowMs: number): Due {
    if (plan?.chosenMs !== undefined)
        return { due: plan.chosenMs <= nowMs, atMs: plan.chosenMs, why: "the CA's window (ARI)" }
    const isShort = lifetimeMs(leaf) < SHORT_LIFETIME_MS
    const atMs = leaf.notAfter.getTime() - (isShort ? SHORT_RENEW_SHARE : RENEW_SHARE) * lifetimeMs(leaf)
    return { due: atMs <= nowMs, atMs, why: `${isShort ? "half" : "a third"} of its lifetime is left` }
}

/**
 * Compares what a server presents now with what is pinned, by the chip's
 * rules, and looks at the dates, which the chip does not. No I/O.
 */
import { encodeBundle } from "./bundle/bundle.ts"
import { type DeviceVerdict, deviceAccepts } from "./device.ts"
import { trustEndOf } from "./operators.ts"
import { type PresentedChain, presentedChain } from "./presented-chains.ts"
import type { Certificate } from "./x509/certificate.ts"

/**
 * One word on a server, the gravest that fits:
 * - refused: devices do not talk to it
 * - expiring: they do, but a date is near, past, or not yet reached
 * - rotated: they do, over another path than the one pinned
 * - renewed: only the server's own certificate is a new one
 * - current: it presents what was pinned
 */
export type CheckState = "current" | "renewed" | "rotated" | "expiring" | "refused"

/** What differs from the path that was pinned; "unknown" when no record of it is there. */
export type Change = "none" | "leaf" | "path" | "unknown"

/** When a check is not told otherwise; the time ACME clients leave between renewal and end */
export const DEFAULT_DAYS = 30
/** less than a week cannot be slept over */
export const URGENT_DAYS = 7

const DAY_MS = 24 * 3600 * 1000

export interface CheckRequest {
    /** the certificates of the lock's anchors */
    anchors: Certificate[]
    /** the name devices use for the server */
    serverName: string
    /** what it presented when it was pinned */
    before?: PresentedChain | undefined
    now: Date
    /** warn of what ends within so many days; default 30 */
    days?: number
}

/** A date that needs attention. */
export interface DateNotice {
    /** whose: of the chain as presented, or of the lock */
    of: "chain" | "anchor"
    subject: string
    /** not-yet: the certificate is valid from `at` on; else `at` is its end */
    kind: "ending" | "ended" | "not-yet"
    at: Date
    /** whole days from now, rounded down; negative when past */
    daysLeft: number
}

export interface CheckResult {
    state: CheckState
    /** something ends within 7 days, or has ended, or devices refuse the server */
    urgent: boolean
    /** one sentence for people */
    reason: string
    change: Change
    /** nearest first */
    dates: DateNotice[]
    verdict: DeviceVerdict
}

/**
 * What the chain means for devices with these anchors.
 *
 * @param presented in the order sent
 * @throws AirpinError BUNDLE_… when no bundle can be made of the anchors
 */
export function checkChain(presented: Certificate[], request: CheckRequest): CheckResult {
    const { anchors, serverName, before, now, days = DEFAULT_DAYS } = request
    const verdict = deviceAccepts(
        presented.map(({ der }) => der),
        encodeBundle(anchors),
        serverName,
    )
    const change = compare(presentedChain(serverName, presented), before)
    const dates = dateNotices(presented, anchors, now, days)
    const state = stateOf(verdict, dates, change)
    const urgent = !verdict.accepted || dates.some(({ daysLeft, kind }) => kind !== "ending" || daysLeft < URGENT_DAYS)
    return { state, urgent, reason: reasonOf(state, verdict, dates, change), change, dates, verdict }
}

function compare(now: PresentedChain, before: PresentedChain | undefined): Change {
    if (!before) return "unknown"
    const [leaf, ...above] = now.path.map(({ certificateSha256 }) => certificateSha256)
    const [leafBefore, ...aboveBefore] = before.path.map(({ certificateSha256 }) => certificateSha256)
    if (above.join() !== aboveBefore.join()) return "path"
    return leaf === leafBefore ? "none" : "leaf"
}

function stateOf({ accepted }: DeviceVerdict, dates: DateNotice[], change: Change): CheckState {
    if (!accepted) return "refused"
    if (dates.length > 0) return "expiring"
    if (change === "path") return "rotated"
    return change === "leaf" ? "renewed" : "current"
}

/** What ends within so many days, has ended, or is not valid yet, of a chain and of anchors; nearest first. */
export function dateNotices(
    presented: Certificate[],
    anchors: Certificate[],
    now: Date,
    days = DEFAULT_DAYS,
): DateNotice[] {
    const notices = [
        ...presented.map(certificate => noticeOf("chain", certificate, certificate.notAfter, now)),
        ...anchors.map(certificate => noticeOf("anchor", certificate, anchorEnd(certificate), now)),
    ]
    const near = notices.filter(({ kind, daysLeft }) => kind !== "ending" || daysLeft < days)
    return near.sort((one, other) => one.at.getTime() - other.at.getTime())
}

/** The certificate's end, or the date from which trust stores drop the root, whichever is first. */
function anchorEnd(certificate: Certificate): Date {
    const trustEnds = trustEndOf(certificate)
    if (!trustEnds) return certificate.notAfter
    return new Date(Math.min(certificate.notAfter.getTime(), new Date(`${trustEnds}T00:00:00Z`).getTime()))
}

function noticeOf(of: DateNotice["of"], { subject, notBefore }: Certificate, end: Date, now: Date): DateNotice {
    const kind = now < notBefore ? "not-yet" : now > end ? "ended" : "ending"
    const at = kind === "not-yet" ? notBefore : end
    return { of, subject, kind, at, daysLeft: Math.floor((at.getTime() - now.getTime()) / DAY_MS) }
}

function reasonOf(state: CheckState, verdict: DeviceVerdict, dates: DateNotice[], change: Change): string {
    if (state === "refused") return verdict.reason
    if (state === "expiring") return dateText(dates[0]!)
    if (change === "unknown") return "devices accept it; what it presented when it was pinned is not recorded"
    return reasons[state]
}

const reasons = {
    current: "it presents what was pinned, and devices accept it",
    renewed: "it has a new certificate under the same path, and devices accept it",
    rotated: "its path is another one than was pinned; devices still accept it",
}

/** The notice as a sentence for people. */
export function dateText({ of, subject, kind, at, daysLeft }: DateNotice): string {
    const what = of === "anchor" ? `the anchor "${subject}"` : `"${subject}"`
    const day = at.toISOString().slice(0, 10)
    if (kind === "not-yet") return `${what} is valid from ${day} on only; is the clock right?`
    if (kind === "ended") return `${what} ended on ${day}: devices go on, every other client refuses`
    return `${what} ends on ${day}, in ${daysLeft === 1 ? "1 day" : `${daysLeft} days`}`
}

/**
 * Compares what a server presents now with what is pinned, by the chip's rules,
 * and checks the dates, which the chip does not. No I/O.
 */
import { encodeBundle } from "./bundle/bundle.ts"
import { type ChainFault, chainFaults } from "./chain-faults.ts"
import { type DeviceVerdict, deviceAccepts } from "./device.ts"
import { trustEndOf } from "./operators.ts"
import { type PresentedChain, presentedChain } from "./presented-chains.ts"
import type { Certificate } from "./x509/certificate.ts"

/**
 * The state of a server; the most severe one that applies:
 * - refused: devices refuse it
 * - expiring: devices accept it, but a certificate ends soon, has ended, or is not valid yet
 * - rotated: devices accept it, and its path differs from the one that was pinned
 * - renewed: only the server's own certificate is new
 * - current: it presents what was pinned
 */
export type CheckState = "current" | "renewed" | "rotated" | "expiring" | "refused"

/** What differs from the path that was pinned; "unknown" when that path was not recorded. */
export type ChainChange = "none" | "leaf" | "path" | "unknown"

/** default for `days`: ACME clients renew when this much is left */
export const DEFAULT_DAYS = 30
/** what ends within a week is urgent */
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
    /** warn about certificates that end within so many days; default 30 */
    days?: number
}

/** A date that needs attention. */
export interface DateNotice {
    /** chain: a certificate the server presents; anchor: one of the lock */
    of: "chain" | "anchor"
    subject: string
    /** not-yet: the certificate is valid from `at`; otherwise `at` is its end */
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
    change: ChainChange
    /** nearest first */
    dates: DateNotice[]
    /** what is wrong with the chain, whatever the state */
    faults: ChainFault[]
    verdict: DeviceVerdict
}

/**
 * Whether devices with these anchors accept the chain, what changed in it, and which dates are near.
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
    const faults = chainFaults(presented)
    return {
        state,
        urgent,
        reason: reasonOf({ state, verdict, dates, change, faults }),
        change,
        dates,
        faults,
        verdict,
    }
}

function compare(now: PresentedChain, before: PresentedChain | undefined): ChainChange {
    if (!before) return "unknown"
    const [leaf, ...above] = now.path.map(({ certificateSha256 }) => certificateSha256)
    const [leafBefore, ...aboveBefore] = before.path.map(({ certificateSha256 }) => certificateSha256)
    if (above.join() !== aboveBefore.join()) return "path"
    return leaf === leafBefore ? "none" : "leaf"
}

function stateOf({ accepted }: DeviceVerdict, dates: DateNotice[], change: ChainChange): CheckState {
    if (!accepted) return "refused"
    if (dates.length > 0) return "expiring"
    if (change === "path") return "rotated"
    return change === "leaf" ? "renewed" : "current"
}

/**
 * The certificates of a chain and of anchors that end within `days`, have ended, or are not valid yet;
 * nearest first.
 */
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

/** The certificate's end, or the date on which trust stores drop the root, whichever comes first. */
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

function reasonOf({ state, verdict, dates, change, faults }: Omit<CheckResult, "urgent" | "reason">): string {
    const order = faults.find(({ kind }) => kind !== "no-alt-name")
    if (state === "refused") return order ? `${verdict.reason}; ${order.text}` : verdict.reason
    // biome-ignore lint/style/noNonNullAssertion: a server is expiring only when there is a date notice
    if (state === "expiring") return dateText(dates[0]!)
    if (change === "unknown")
        return "devices accept it; the chain that it presented when it was pinned was not recorded"
    return reasons[state]
}

const reasons = {
    current: "it presents what was pinned, and devices accept it",
    renewed: "it has a new certificate below the same path, and devices accept it",
    rotated: "its path differs from the one that was pinned; devices still accept it",
}

/** The notice for JSON: its date in ISO 8601, UTC. */
export function dateNoticeJson({ at, ...notice }: DateNotice): Omit<DateNotice, "at"> & { at: string } {
    return { ...notice, at: at.toISOString() }
}

/** The notice as a sentence for people. */
export function dateText({ of, subject, kind, at, daysLeft }: DateNotice): string {
    const what = of === "anchor" ? `the anchor "${subject}"` : `"${subject}"`
    const day = at.toISOString().slice(0, 10)
    if (kind === "not-yet") return `${what} is not valid before ${day}; check this machine's clock`
    if (kind === "ended") return `${what} expired on ${day}: devices still accept it, all other clients refuse it`
    return `${what} ends on ${day}, in ${daysLeft === 1 ? "1 day" : `${daysLeft} days`}`
}

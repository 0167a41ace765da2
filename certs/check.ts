/**
 * Compares what a server presents now with what is pinned, by the chip's rules,
 * and checks the dates, which the chip does not. No I/O.
 */
import { encodeBundle } from "./bundle/bundle.ts"
import { linkChain } from "./chain.ts"
import { type ChainFault, chainFaults } from "./chain-faults.ts"
import { type DeviceVerdict, deviceAccepts, type KeyExchange } from "./device.ts"
import { trustEndOf } from "./operators.ts"
import { type PresentedCertificate, type PresentedChain, presentedChain } from "./presented-chains.ts"
import { tailBehindRefusal } from "./tail/cross-signed-tail.ts"
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

/** default for `days`: time to pin again and to reach the devices */
const DEFAULT_DAYS = 30
/** a CA certificate or an anchor that ends within a week is urgent */
const URGENT_DAYS = 7
/**
 * Shares of its lifetime: a leaf with less left is reported, or urgent. ACME clients renew with a third left
 * (letsencrypt.org/docs/integration-guide), whether it lives for 6 days or for 398.
 */
const LEAF_SHARE = 1 / 3
const URGENT_LEAF_SHARE = 1 / 6

const DAY_MS = 24 * 3600 * 1000

export interface CheckRequest {
    /** the certificates of the lock's anchors */
    anchors: Certificate[]
    /** the name devices use for the server */
    serverName: string
    /** of the handshake in which the server sent the chain; default ECDHE */
    keyExchange?: KeyExchange
    /** what it presented when it was pinned */
    before?: PresentedChain | undefined
    now: Date
    /** warn about CA certificates and anchors that end within so many days; default 30 */
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
    /** of a leaf: the share of its lifetime that is left, 0 to 1 */
    shareLeft?: number
    /** it ends within a week, or, of a leaf, within a sixth of its lifetime; it has ended; it is not valid yet */
    urgent: boolean
}

export interface CheckResult {
    state: CheckState
    /** a date is urgent, or devices refuse the server */
    urgent: boolean
    /** one sentence for people */
    reason: string
    change: ChainChange
    /** urgent ones first, each nearest first */
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
    const { anchors, serverName, keyExchange, before, now, days = DEFAULT_DAYS } = request
    const verdict = deviceAccepts(
        presented.map(({ der }) => der),
        encodeBundle(anchors),
        serverName,
        keyExchange,
    )
    const change = compare(presentedChain(serverName, presented), before)
    const dates = dateNotices(presented, anchors, now, days)
    const state = stateOf(verdict, dates, change)
    const urgent = !verdict.accepted || dates.some(date => date.urgent)
    const faults = chainFaults(presented)
    const tail = verdict.found === false ? tailBehindRefusal(linkChain(presented), anchors) : undefined
    return {
        state,
        urgent,
        reason: reasonOf({ state, verdict, dates, change, faults }, tail),
        change,
        dates,
        faults,
        verdict,
    }
}

/** The smallest change to one of the paths recorded. */
function compare({ path }: PresentedChain, before: PresentedChain | undefined): ChainChange {
    if (!before) return "unknown"
    const changes = [before.path, ...(before.others ?? [])].map(recorded => comparePaths(path, recorded))
    return (["none", "leaf"] as const).find(change => changes.includes(change)) ?? "path"
}

function comparePaths(now: PresentedCertificate[], before: PresentedCertificate[]): ChainChange {
    const [leaf, ...above] = now.map(({ certificateSha256 }) => certificateSha256)
    const [leafBefore, ...aboveBefore] = before.map(({ certificateSha256 }) => certificateSha256)
    if (above.join() !== aboveBefore.join()) return "path"
    return leaf === leafBefore ? "none" : "leaf"
}

/** from the least to the most severe */
const STATES: CheckState[] = ["current", "renewed", "rotated", "expiring", "refused"]

/** The most severe of several results; of equals the first. */
export function mostSevere<Result extends { result: CheckResult }>(results: [Result, ...Result[]]): Result {
    const rank = ({ result: { state, urgent } }: Result) => STATES.indexOf(state) * 2 + Number(urgent)
    return results.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst))
}

function stateOf({ accepted }: DeviceVerdict, dates: DateNotice[], change: ChainChange): CheckState {
    if (!accepted) return "refused"
    if (dates.length > 0) return "expiring"
    if (change === "path") return "rotated"
    return change === "leaf" ? "renewed" : "current"
}

/**
 * The leaves with less than a third of their lifetime left, the CA certificates and anchors that end within `days`,
 * and those that have ended or are not valid yet; urgent ones first, each nearest first.
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
    const near = notices.filter(notice => notice.kind !== "ending" || isNear(notice, days))
    return near.sort((one, other) => Number(other.urgent) - Number(one.urgent) || one.at.getTime() - other.at.getTime())
}

/** True when a certificate that is valid now is to be reported, with the default of `days`. */
export function endsSoon(certificate: Certificate, now: Date): boolean {
    return isNear(noticeOf("chain", certificate, certificate.notAfter, now), DEFAULT_DAYS)
}

function isNear({ shareLeft, daysLeft }: Pick<DateNotice, "shareLeft" | "daysLeft">, days: number): boolean {
    return shareLeft === undefined ? daysLeft < days : shareLeft < LEAF_SHARE
}

/** The certificate's end, or the date on which trust stores drop the root, whichever comes first. */
export function anchorEnd(certificate: Certificate): Date {
    const trustEnds = trustEndOf(certificate)
    if (!trustEnds) return certificate.notAfter
    return new Date(Math.min(certificate.notAfter.getTime(), new Date(`${trustEnds}T00:00:00Z`).getTime()))
}

function noticeOf(of: DateNotice["of"], certificate: Certificate, end: Date, now: Date): DateNotice {
    const { subject, notBefore, isCa } = certificate
    const kind = now < notBefore ? "not-yet" : now > end ? "ended" : "ending"
    const at = kind === "not-yet" ? notBefore : end
    const daysLeft = Math.floor((at.getTime() - now.getTime()) / DAY_MS)
    const shareLeft = of === "chain" && !isCa ? shareOfLife(certificate, now) : undefined
    const isUrgent = shareLeft === undefined ? daysLeft < URGENT_DAYS : shareLeft < URGENT_LEAF_SHARE
    const urgent = kind !== "ending" || isUrgent
    return { of, subject, kind, at, daysLeft, ...(shareLeft !== undefined && { shareLeft }), urgent }
}

/** How much of the certificate's lifetime is left: 1 before it begins, 0 after its end. */
function shareOfLife({ notBefore, notAfter }: Certificate, now: Date): number {
    const lifetimeMs = notAfter.getTime() - notBefore.getTime()
    const leftMs = notAfter.getTime() - now.getTime()
    return lifetimeMs > 0 ? Math.min(1, Math.max(0, leftMs / lifetimeMs)) : 0
}

function reasonOf(
    { state, verdict, dates, change, faults }: Omit<CheckResult, "urgent" | "reason">,
    tail: string | undefined,
): string {
    const why = tail ?? faults.find(({ kind }) => kind !== "no-alt-name")?.text
    if (state === "refused") return why ? `${verdict.reason}; ${why}` : verdict.reason
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
export function dateText({ of, subject, kind, at, daysLeft, shareLeft }: DateNotice): string {
    const what = of === "anchor" ? `the anchor "${subject}"` : `"${subject}"`
    const day = at.toISOString().slice(0, 10)
    if (kind === "not-yet") return `${what} is not valid before ${day}; check this machine's clock`
    if (kind === "ended") return `${what} expired on ${day}: devices still accept it, all other clients refuse it`
    const left = shareLeft === undefined ? "" : `, with ${Math.floor(shareLeft * 100)} % of its lifetime left`
    return `${what} ends on ${day}, ${daysText(daysLeft)}${left}`
}

function daysText(days: number): string {
    return days === 0 ? "within a day" : `in ${days === 1 ? "1 day" : `${days} days`}`
}

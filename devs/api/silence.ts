/**
 * After how long without a post a device counts as silent. A device posts every interval × batch seconds; where these
 * are not known from its settings, the times of its posts show it.
 */
import { settingRange } from "../../src/wire.ts"
import type { DeviceSettings } from "./store/records.ts"

/** Posts that may be missing: one is lost in a reconnect, and one is late. */
const POSTS = 3

/** Two pauses between posts that differ by less than this share show how often the device posts. */
const SAME_PAUSE_SHARE = 0.25

/** Longest pause between two posts of a working device, s: 30 readings of an hour each. */
const MAX_PAUSE_S = 30 * 3600

/** What is known about how often a device posts. */
export interface Rhythm {
    /** seconds between its posts as observed; null until known */
    postEveryS: number | null
    /** the last pause between two posts, s */
    lastPauseS: number | null
}

/** Settings that the device has applied; absent: not known. */
export interface AppliedSettings {
    INTERVAL_S?: number
    BATCH?: number
}

/** The settings that the device has reported as applied; none while newer ones are under way. */
export function appliedOf({ revision, applied, desired }: DeviceSettings): AppliedSettings {
    if (applied?.revision !== revision) return {}
    const { INTERVAL_S, BATCH } = desired
    return { ...(INTERVAL_S !== undefined && { INTERVAL_S }), ...(BATCH !== undefined && { BATCH }) }
}

/**
 * Seconds without a post after which the device is silent.
 *
 * @param minS the shortest that is returned
 */
export function silentAfterS(applied: AppliedSettings, postEveryS: number | null, minS: number): number {
    return Math.max(minS, POSTS * Math.max(expectedPauseS(applied), postEveryS ?? 0))
}

/**
 * What a new post shows. One long pause may be an outage, and short ones follow it while the device delivers what it
 * kept: only two equal pauses, each longer than a reading, count.
 */
export function observed(rhythm: Rhythm, pauseS: number, applied: AppliedSettings): Rhythm {
    const { postEveryS, lastPauseS } = rhythm
    if (pauseS > MAX_PAUSE_S || pauseS < intervalOf(applied)) return rhythm
    const isRepeated = lastPauseS !== null && Math.abs(pauseS - lastPauseS) <= SAME_PAUSE_SHARE * lastPauseS
    return { postEveryS: isRepeated ? Math.max(pauseS, lastPauseS) : postEveryS, lastPauseS: pauseS }
}

const expectedPauseS = (applied: AppliedSettings) =>
    intervalOf(applied) * (applied.BATCH ?? settingRange("BATCH")?.default ?? 1)

const intervalOf = ({ INTERVAL_S }: AppliedSettings) => INTERVAL_S ?? settingRange("INTERVAL_S")?.default ?? 1

/** How soon a room needs airing. Does not touch the DOM. */
import type { WallRoom } from "../../wall/wall-room.ts"

/** A slower rise does not count as a trend, ppm in 15 minutes. */
const MIN_RISE_PPM = 40
const TREND_S = 900
/** Further ahead the pace says nothing, s. */
const MAX_AHEAD_S = 7200

/** The next limit above the value, and when it is reached at the pace of the last 15 minutes, Unix s after `now`. */
export function forecastOf(room: WallRoom, now: number): { ppm: number; at: number } | undefined {
    const { ppm, at, trendPpm, limits, silentFrom } = room
    if (silentFrom !== null && now >= silentFrom) return undefined
    if (ppm === null || at === null || trendPpm === null || trendPpm < MIN_RISE_PPM) return undefined
    const limit = [limits.fairPpm, limits.poorPpm].find(each => each > ppm)
    if (limit === undefined) return undefined
    const reachedAt = at + ((limit - ppm) / trendPpm) * TREND_S
    return reachedAt > now && reachedAt <= at + MAX_AHEAD_S ? { ppm: limit, at: reachedAt } : undefined
}

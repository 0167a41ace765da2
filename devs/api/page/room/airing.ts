/** How fast airing works in a room, and how soon it is needed. Does not touch the DOM. */
import type { WallRoom } from "../../wall/wall-room.ts"
import type { Quantity, Row } from "./series.ts"

/** CO2 falls by so much, ppm, and to this share of its value, when a window is opened; leaving a room is slower. */
const MIN_FALL_PPM = 200
const MAX_REST = 0.8
/** at least so much in each 5 minutes, ppm; what follows is the room settling */
const MIN_STEP_PPM = 30
/** and within so long, s */
const MAX_FALL_S = 1800
/** A slower rise does not count as a trend, ppm in 15 minutes. */
const MIN_RISE_PPM = 40
const TREND_S = 900
/** Further ahead the pace says nothing, s. */
const MAX_AHEAD_S = 7200

export interface Airing {
    from: number
    to: number
    fromPpm: number
    toPpm: number
}

/** Every steep fall, the first first. @param rows means over 5 minutes */
export function airingsIn(rows: Row[], quantity: Quantity): Airing[] {
    const known = rows.flatMap(row => (row[quantity] === null ? [] : [{ time: row.time, ppm: row[quantity] }]))
    const found: Airing[] = []
    for (let at = 0; at < known.length; at++) {
        const start = known[at]
        let end = at
        while (isFalling(known[end], known[end + 1], start?.time)) end++
        const low = known[end]
        if (!start || !low || start.ppm - low.ppm < MIN_FALL_PPM || low.ppm > MAX_REST * start.ppm) continue
        found.push({ from: start.time, to: low.time, fromPpm: start.ppm, toPpm: low.ppm })
        at = end
    }
    return found
}

type Point = { time: number; ppm: number } | undefined

function isFalling(point: Point, next: Point, startS = 0): boolean {
    return (
        point !== undefined &&
        next !== undefined &&
        next.ppm <= point.ppm - MIN_STEP_PPM &&
        next.time - startS <= MAX_FALL_S
    )
}

/** The next limit above the value, and when it is reached at the pace of the last 15 minutes, Unix s. */
export function forecastOf({ ppm, at, trendPpm, limits }: WallRoom): { ppm: number; at: number } | undefined {
    if (ppm === null || at === null || trendPpm === null || trendPpm < MIN_RISE_PPM) return undefined
    const limit = [limits.fairPpm, limits.poorPpm].find(each => each > ppm)
    if (limit === undefined) return undefined
    const aheadS = ((limit - ppm) / trendPpm) * TREND_S
    return aheadS <= MAX_AHEAD_S ? { ppm: limit, at: at + aheadS } : undefined
}

/** Finds airings in the readings of a room. Pure. */
import type { Airing } from "./records.ts"

/** A reading: its end, Unix s, and its CO2. */
export interface Point {
    time: number
    ppm: number
}

/**
 * CO2 falls by so much in 5 minutes when windows are opened. A room that has emptied, with its windows closed, is aired
 * once in two hours at most (0.5 per hour), and falls by 50 ppm from 1,600 ppm in the same time.
 */
const MIN_STEEP_PPM = 100
const STEEP_S = 300
/** It ends where the next 3 minutes bring less than this, ppm: the air is that of outdoors, or the window is closed. */
const MIN_FURTHER_PPM = 15
const FURTHER_S = 180
/** In all at least so much, ppm, and to this share of its value. */
const MIN_FALL_PPM = 200
const MAX_REST = 0.8
/** and it takes at most so long, s; a window that stays open is not an airing any more */
const MAX_AIRING_S = 1800
/** The air was bad for some minutes before: a breath at the sensor rises and falls within these, s. */
const BEFORE_S = 600

/**
 * Every airing, the first first. Readings more than 5 minutes apart show none.
 *
 * @param points in the order of time
 */
export function airingsIn(points: Point[]): Airing[] {
    const found: Airing[] = []
    for (let at = 0; at < points.length; at++) {
        const start = points[at]
        if (!start || !isSteepFrom(points, at) || hasHigherSoon(points, at)) continue
        const end = endOf(points, at)
        const low = points[end]
        if (!low || start.ppm - low.ppm < MIN_FALL_PPM || low.ppm > MAX_REST * start.ppm) continue
        if (isPeak(points, at, (start.ppm + low.ppm) / 2)) continue
        found.push({ from: start.time, to: low.time, fromPpm: Math.round(start.ppm), toPpm: Math.round(low.ppm) })
        at = end
    }
    return found
}

/** True if most readings in the minutes before were below `ppm`. */
function isPeak(points: Point[], at: number, ppm: number): boolean {
    const earliest = (points[at]?.time ?? 0) - BEFORE_S
    let [below, count] = [0, 0]
    for (let before = at - 1; before >= 0; before--) {
        const point = points[before]
        if (!point || point.time < earliest) break
        count++
        if (point.ppm < ppm) below++
    }
    return 2 * below > count
}

function isSteepFrom(points: Point[], at: number): boolean {
    const start = points[at]?.ppm ?? 0
    return lowestWithin(points, at, STEEP_S).ppm <= start - MIN_STEEP_PPM
}

/** True where the fall begins later: at the last of the highest readings. */
function hasHigherSoon(points: Point[], at: number): boolean {
    const start = points[at]
    if (!start) return false
    for (let next = at + 1; ; next++) {
        const point = points[next]
        if (!point || point.time > start.time + STEEP_S) return false
        if (point.ppm >= start.ppm) return true
    }
}

/** Place of the lowest reading of a fall that began at `start`. */
function endOf(points: Point[], start: number): number {
    const latest = (points[start]?.time ?? 0) + MAX_AIRING_S
    let end = start
    for (;;) {
        // readings every 5 minutes have none within 3
        const windowS = end === start ? STEEP_S : Math.max(FURTHER_S, gapAfter(points, end))
        const next = lowestWithin(points, end, Math.min(windowS, STEEP_S))
        const from = points[end]?.ppm ?? 0
        if (next.place === end || from - next.ppm < MIN_FURTHER_PPM) return end
        if ((points[next.place]?.time ?? 0) > latest) return end
        end = next.place
    }
}

function gapAfter(points: Point[], at: number): number {
    const [here, next] = [points[at], points[at + 1]]
    return here && next ? next.time - here.time : 0
}

/** The first lowest reading of those up to `windowS` after the one at `at`, with itself. */
function lowestWithin(points: Point[], at: number, windowS: number): { place: number; ppm: number } {
    const until = (points[at]?.time ?? 0) + windowS
    let place = at
    for (let next = at + 1; next < points.length; next++) {
        const point = points[next]
        if (!point || point.time > until) break
        if (point.ppm < (points[place]?.ppm ?? 0)) place = next
    }
    return { place, ppm: points[place]?.ppm ?? 0 }
}

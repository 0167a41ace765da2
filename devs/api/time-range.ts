import { AirpinError } from "../../certs/error.ts"
import type { TimeRange } from "./store/records.ts"

/** 2015-01-01T00:00:00Z: no airpin, and no data set played back through one, is older. */
export const MIN_TIME = 1_420_070_400

/** Last second of the year 9999, the end of what ISO 8601 writes with four digits. */
const MAX_TIME = 253_402_300_799

const DATE = String.raw`\d{4}-\d\d-\d\d`
const CLOCK = String.raw`T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)`
const MOMENT_PATTERN = new RegExp(`^(${DATE})(${CLOCK})?$`)

/** `from` and `to` of a query: ISO 8601 with a time zone, a date (midnight UTC), or Unix seconds. */
export interface TimeRangeQuery {
    from?: string
    to?: string
}

export const timeRangeSchema = {
    from: { type: "string", description: "start: ISO 8601 with a time zone, a date (UTC), or Unix seconds" },
    to: { type: "string", description: "end, inclusive; in the same forms" },
}

/**
 * Returns the time range of a query, whole Unix seconds.
 *
 * @param defaults the range to use where `from` or `to` is absent, given `to`
 * @throws AirpinError TIME_UNREADABLE, RANGE_REVERSED
 */
export function timeRangeOf(query: TimeRangeQuery, defaults: (to?: number) => TimeRange): TimeRange {
    const to = query.to === undefined ? undefined : Math.floor(secondsOf(query.to))
    const range = defaults(to)
    const from = query.from === undefined ? range.from : Math.ceil(secondsOf(query.from))
    if (from <= range.to) return { from, to: range.to }
    throw new AirpinError("RANGE_REVERSED", `from ${isoTime(from)} is after to ${isoTime(range.to)}`)
}

/** Default: the `windowS` seconds up to `to`, or up to `now`. */
export function lastSeconds(windowS: number, now: number): (to?: number) => TimeRange {
    return (to = now) => ({ from: to - windowS, to })
}

/** Default: everything up to `to`. */
export function allTime(to = MAX_TIME): TimeRange {
    return { from: 0, to }
}

/** Unix seconds as ISO 8601 in UTC, like 2015-02-02T14:20:05Z. */
export function isoTime(time: number): string {
    return new Date(time * 1000).toISOString().replace(".000", "")
}

function secondsOf(text: string): number {
    const seconds = /^\d{1,12}$/.test(text) ? Number(text) : isoSeconds(text)
    if (seconds >= 0 && seconds <= MAX_TIME) return seconds
    throw new AirpinError(
        "TIME_UNREADABLE",
        `${JSON.stringify(text)} is not a point in time: write 2015-02-02T14:20:05Z, 2015-02-02 or Unix seconds (in a query, write + as %2B)`,
    )
}

function isoSeconds(text: string): number {
    const date = MOMENT_PATTERN.exec(text)?.[1]
    return date !== undefined && isCalendarDate(date) ? Date.parse(text) / 1000 : NaN
}

/** True if the day exists: Date parses February 31st as March 3rd. */
function isCalendarDate(date: string): boolean {
    const midnight = new Date(`${date}T00:00:00Z`)
    return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

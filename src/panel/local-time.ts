/**
 * Local time by a POSIX time zone: "CET-1CEST,M3.5.0,M10.5.0/3", "UTC0", "<+0330>-3:30" (IEEE 1003.1, chapter 8.3).
 * Rules for summer time only of the form M; both must be there. `airpin image` writes such texts and has checked them,
 * so there are no checks here: any other text gives some time.
 */
import { daysFromEpoch } from "../uplink/http-date"

/** Mean year of the Gregorian calendar, s: near a new year it may give the neighbour, whose rules say the same then. */
const YEAR_S = 31556952
const DAY_MIN = 24 * 60
/** Time of day at which a rule takes effect unless it says another, minutes. */
const DEFAULT_TIME_MIN = 120
/** The last of that weekday in the month. */
const LAST_WEEK = 5
/** 1970-01-01 was a Thursday; Sunday is 0. */
const FIRST_WEEKDAY = 4
const LESS = 60
const COLON = 58

let text: string
let at: number

/**
 * Minutes from UTC to local time.
 *
 * @param zone as above
 */
export function offsetMin(zone: string, unixS: number): number {
    text = zone
    at = 0
    const standard = readOffset()
    if (at >= zone.length) return standard
    const summer = zone[at] === "," ? standard + 60 : readOffset(standard + 60)
    const year = 1970 + Math.floor(unixS / YEAR_S)
    const nowMin = unixS / 60
    const begin = readRule(year) - standard
    const end = readRule(year) - summer
    const isSummer = begin < end ? nowMin >= begin && nowMin < end : nowMin >= begin || nowMin < end
    return isSummer ? summer : standard
}

/** Reads a name and an offset from UTC, minutes east; `without` if there is none. */
function readOffset(without?: number): number {
    if (text.charCodeAt(at) === LESS) at = text.indexOf(">", at) + 1
    else while (text.charCodeAt(at) > COLON) at++
    return at >= text.length || text[at] === "," ? without : -readTime()
}

/** Reads ",Mm.w.d" with an optional "/time"; minutes since 1970 by the clock on the wall before the change. */
function readRule(year: number): number {
    at += 2
    const month = readNumber()
    at++
    const week = readNumber()
    at++
    const weekday = readNumber()
    const firstDay = daysFromEpoch(year, month, 1)
    let day = firstDay + ((weekday - firstDay - FIRST_WEEKDAY + 7e6) % 7) + 7 * (week - 1)
    if (week === LAST_WEEK && day >= daysFromEpoch(year, month + 1, 1)) day -= 7
    let timeMin = DEFAULT_TIME_MIN
    if (text[at] === "/") {
        at++
        timeMin = readTime()
    }
    return day * DAY_MIN + timeMin
}

/** Reads hours with sign and optional minutes; in minutes. */
function readTime(): number {
    const isNegative = text[at] === "-"
    if (isNegative || text[at] === "+") at++
    let minutes = 60 * readNumber()
    if (text[at] === ":") {
        at++
        minutes += readNumber()
    }
    return isNegative ? -minutes : minutes
}

function readNumber(): number {
    let value = 0
    for (; at < text.length; at++) {
        const digit = text.charCodeAt(at) - 48
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
    }
    return value
}

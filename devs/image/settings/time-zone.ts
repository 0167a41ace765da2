/** A time zone as the device reads it: `src/panel/local-time.ts`. */
import { DateTime, IANAZone } from "luxon"

/** Years for which the rules must hold. */
const YEARS = 21
const DAY_S = 86400
const LAST_WEEK = 5
/** Day of the rule minus day of the change by the clock on the wall: "M3.4.4/26" changes on the next day. */
const SHIFTS_DAYS = [0, -1, 1]

const TIME = String.raw`[+-]?\d{1,3}(?::\d\d)?`
const NAME = "(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
const RULE = String.raw`,M\d{1,2}\.[1-5]\.[0-6](?:/${TIME})?`
const POSIX = new RegExp(`^${NAME}${TIME}(?:${NAME}(?:${TIME})?${RULE}${RULE})?$`)

/** True for a POSIX zone with rules of the form M, or none. */
export const isPosixZone = (text: string): boolean => POSIX.test(text)

/**
 * The POSIX zone of an IANA zone ("Europe/Berlin": "CET-1CEST,…"), which agrees with Node's data at every change of the next
 * 21 years; undefined for an unknown zone, or if no rule does, as for Morocco, whose changes follow the moon.
 */
export function posixZone(name: string, now = new Date()): string | undefined {
    if (!IANAZone.isValidZone(name)) return undefined
    const year = now.getUTCFullYear()
    const changes = changesOf(name, year)
    const offsetAt = (unixS: number) => DateTime.fromSeconds(unixS, { zone: name }).offset
    const winter = offsetAt(now.getTime() / 1000)
    if (changes.length === 0) return zoneText(winter)
    const begins = changes.filter(({ before, after }) => after > before)
    const ends = changes.filter(({ before, after }) => after < before)
    const [begin, end] = [begins, ends].map(ruleOf)
    const [standard, summer] = [begins[0]?.before, begins[0]?.after]
    if (begin === undefined || end === undefined || standard === undefined || summer === undefined) return undefined
    const same = changes.every(({ before, after }) => before + after === standard + summer)
    return same ? `${zoneText(standard)}${zoneText(summer)},${begin},${end}` : undefined
}

/** A change of the offset: minutes from UTC before and after, and the date by the clock before. */
interface Change {
    before: number
    after: number
    wall: DateTime
}

function changesOf(zone: string, fromYear: number): Change[] {
    const offsetAt = (unixS: number) => DateTime.fromSeconds(unixS, { zone }).offset
    const changes: Change[] = []
    const endS = Date.UTC(fromYear + YEARS, 0, 1) / 1000
    for (let atS = Date.UTC(fromYear, 0, 1) / 1000; atS < endS; atS += DAY_S) {
        let [low, high] = [atS, atS + DAY_S]
        const [before, after] = [offsetAt(low), offsetAt(high)]
        if (before === after) continue
        while (high - low > 1) {
            const middle = Math.floor((low + high) / 2)
            if (offsetAt(middle) === before) low = middle
            else high = middle
        }
        changes.push({ before, after, wall: DateTime.fromSeconds(high + 60 * before, { zone: "UTC" }) })
    }
    return changes
}

/** The rule that gives one change in each year; undefined if there is none. */
function ruleOf(changes: Change[]): string | undefined {
    if (changes.length !== YEARS) return undefined
    for (const shift of SHIFTS_DAYS) {
        const days = changes.map(({ wall }) => wall.plus({ days: shift }))
        const weeks = days.every(isInLastWeek) ? [LAST_WEEK] : days.map(({ day }) => Math.ceil(day / 7))
        const rules = days.map((day, at) => {
            const { hour, minute } = day
            return `M${day.month}.${weeks[at] ?? weeks[0]}.${day.weekday % 7}/${timeText(60 * hour + minute - 24 * 60 * shift)}`
        })
        if (new Set(rules).size === 1) return rules[0]
    }
    return undefined
}

const isInLastWeek = (date: DateTime): boolean => date.plus({ weeks: 1 }).month !== date.month

/** Hours with sign and minutes if there are some. */
function timeText(minutes: number): string {
    const size = Math.abs(minutes)
    const rest = size % 60
    return `${minutes < 0 ? "-" : ""}${Math.floor(size / 60)}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`
}

/** POSIX counts offsets to the west. The name is the offset, since most zones have no other. */
function zoneText(offset: number): string {
    const size = Math.abs(offset)
    const minutes = size % 60 === 0 ? "" : String(size % 60).padStart(2, "0")
    const name = `${offset < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}${minutes}`
    return `<${name}>${timeText(-offset || 0)}`
}

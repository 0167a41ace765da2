/** Days of a school in its own time zone: when each begins and ends, its lessons, and its holiday. */
import { DateTime } from "luxon"

/** A stretch of time, Unix seconds; `to` no longer belongs to it. */
export interface Span {
    from: number
    to: number
}

/** What the site document says about the school year. */
export interface Calendar {
    /** IANA name */
    timeZone: string
    /** `days` from 1 for Monday; times like "08:00" */
    lessons: { days: number[]; hours: { from: string; to: string }[] }
    /** local dates, both belong to the holiday */
    holidays: { from: string; to: string; name: string }[]
}

export interface SchoolDay extends Span {
    /** local date, like 2026-11-23 */
    date: string
    /** name of the holiday; null on other days */
    holiday: string | null
    /** in the order of time, without overlaps; none on holidays */
    lessons: Span[]
}

/**
 * `count` days from a local date on. A day has 23 or 25 hours when clocks change, and its lessons are at the hours
 * that clocks on the wall show.
 */
export function schoolDays(calendar: Calendar, date: string, count: number): SchoolDay[] {
    const first = DateTime.fromISO(date, { zone: calendar.timeZone }).startOf("day")
    return Array.from({ length: count }, (_, at) => schoolDay(calendar, first.plus({ days: at })))
}

function schoolDay({ lessons, holidays }: Calendar, start: DateTime): SchoolDay {
    const date = start.toFormat("yyyy-MM-dd")
    const holiday = holidays.find(({ from, to }) => from <= date && date <= to)?.name ?? null
    const taught = holiday === null && lessons.days.includes(start.weekday)
    return {
        date,
        from: start.toSeconds(),
        to: start.plus({ days: 1 }).startOf("day").toSeconds(),
        holiday,
        lessons: taught
            ? joined(lessons.hours.map(({ from, to }) => ({ from: at(start, from), to: at(start, to) })))
            : [],
    }
}

/** Unix seconds of a local time like "08:00" on the day. */
function at(day: DateTime, time: string): number {
    const [hour, minute] = time.split(":").map(Number)
    return day.set({ hour, minute }).toSeconds()
}

/** The spans in the order of time; those that overlap or touch become one. */
function joined(spans: Span[]): Span[] {
    const all: Span[] = []
    for (const span of spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
        const last = all.at(-1)
        if (last && span.from <= last.to) last.to = Math.max(last.to, span.to)
        else all.push({ ...span })
    }
    return all
}

/** Seconds that two stretches of time share. */
export function sharedS(a: Span, b: Span): number {
    return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
}

/** The Monday of the week that a local date belongs to. */
export function mondayOf(date: string): string {
    return DateTime.fromISO(date, { zone: "utc" }).startOf("week").toFormat("yyyy-MM-dd")
}

/** The local date at a time, Unix seconds. */
export function dateAt(timeS: number, timeZone: string): string {
    return DateTime.fromSeconds(timeS, { zone: timeZone }).toFormat("yyyy-MM-dd")
}

/** Days of a month like 2026-11. */
export function daysIn(month: string): number {
    return DateTime.fromISO(`${month}-01`, { zone: "utc" }).daysInMonth ?? 0
}

/** Days of a school in its own time zone: when each begins and ends, its lessons, and its holiday. */
import { DateTime } from "luxon"
import { holidayOn, type LessonRange, lessonRanges, type Timetable } from "../site/lessons.ts"

/** No airpin is older. */
const FIRST_DATE = "2015-01-01"

/** Unix seconds; the end is exclusive. */
export interface SchoolDay extends LessonRange {
    /** local date, like 2026-11-23 */
    date: string
    /** name of the holiday; null on other days */
    holiday: string | null
    /** a day of the week with lessons by the timetable, also in holidays */
    isTaught: boolean
    lessons: LessonRange[]
}

/** `count` days from a local date on; a day has 23 or 25 hours when clocks change. */
export function schoolDays(site: Timetable, date: string, count: number): SchoolDay[] {
    const first = DateTime.fromISO(date, { zone: site.timeZone }).startOf("day")
    return Array.from({ length: count }, (_, at) => {
        const start = first.plus({ days: at })
        const local = start.toFormat("yyyy-MM-dd")
        const [from, to] = [start.toUnixInteger(), start.plus({ days: 1 }).startOf("day").toUnixInteger()]
        return {
            date: local,
            from,
            to,
            holiday: holidayOn(site, local)?.name ?? null,
            isTaught: site.lessons.days.includes(start.weekday),
            lessons: lessonRanges(site, from, to),
        }
    })
}

/** Seconds that two stretches of time share. */
export function sharedS(a: LessonRange, b: LessonRange): number {
    return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
}

/** True for a date like 2026-11-23 that the calendar has, from 2015 on. */
export function isDate(text: string): boolean {
    return /^\d{4}-\d\d-\d\d$/.test(text) && text >= FIRST_DATE && DateTime.fromISO(text).isValid
}

/** True for a month like 2026-11, from 2015 on. */
export function isMonth(text: string): boolean {
    return isDate(`${text}-01`)
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

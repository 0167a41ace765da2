/** When there are lessons, by the site's time zone, days, hours and holidays. */
import { DateTime } from "luxon"
import type { SiteDocument } from "./site.ts"

export type Timetable = Pick<SiteDocument, "timeZone" | "lessons" | "holidays">

/** Unix seconds; the end is exclusive. */
export interface LessonRange {
    from: number
    to: number
}

/** @param unixS Unix seconds */
export function isLesson(site: Timetable, unixS: number): boolean {
    return lessonRanges(site, unixS, unixS + 1).length > 0
}

/**
 * The lessons from one point in time until another, in order, cut at both; hours that touch or overlap are one range.
 *
 * @param toS Unix seconds, exclusive
 */
export function lessonRanges(site: Timetable, fromS: number, toS: number): LessonRange[] {
    const ranges: LessonRange[] = []
    const end = DateTime.fromSeconds(toS, { zone: site.timeZone })
    for (let day = startOfDay(site, fromS); day < end; day = day.plus({ days: 1 })) {
        for (const hours of isSchoolDay(site, day) ? site.lessons.hours.toSorted(byStart) : []) {
            const from = Math.max(fromS, atTime(day, hours.from))
            const to = Math.min(toS, atTime(day, hours.to))
            const last = ranges.at(-1)
            if (from >= to) continue
            if (last !== undefined && last.to >= from) last.to = Math.max(last.to, to)
            else ranges.push({ from, to })
        }
    }
    return ranges
}

/** The holiday on a local day, "2026-12-24"; undefined if there is none. */
export function holidayOn({ holidays }: Pick<SiteDocument, "holidays">, date: string) {
    return holidays.find(({ from, to }) => from <= date && date <= to)
}

function isSchoolDay(site: Timetable, day: DateTime): boolean {
    return site.lessons.days.includes(day.weekday) && holidayOn(site, day.toFormat("yyyy-MM-dd")) === undefined
}

const startOfDay = ({ timeZone }: Timetable, unixS: number) =>
    DateTime.fromSeconds(unixS, { zone: timeZone }).startOf("day")

/** Unix seconds of a time of that day; where clocks are put forward over it, of an hour later. */
function atTime(day: DateTime, time: string): number {
    const [hour = 0, minute = 0] = time.split(":").map(Number)
    // set() does not take 24:00
    return (hour === 24 ? day.plus({ days: 1 }) : day.set({ hour, minute })).toUnixInteger()
}

const byStart = (a: { from: string }, b: { from: string }) => (a.from < b.from ? -1 : 1)

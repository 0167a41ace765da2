/** A week of a school: the CO2 of each room in each hour that its clocks show. */
import { DateTime } from "luxon"
import type { LessonRange } from "../site/lessons.ts"
import type { SiteDocument } from "../site/site.ts"
import type { Sql } from "../store/database.ts"
import { byDevice, hourSums, type SliceSums, sliceSums } from "./co2-sums.ts"
import type { SchoolWeek, WeekRoom } from "./records.ts"
import { type Room, schoolRooms } from "./room.ts"
import { type SchoolDay, schoolDays, sharedS } from "./school-days.ts"

const DAYS = 7
const HOURS = 24
const HOUR_S = 3600
const SLICE_S = 900

/** @param monday local date of the first day */
export async function schoolWeek(sql: Sql, site: SiteDocument, monday: string): Promise<SchoolWeek> {
    const rooms = await schoolRooms(sql, site)
    const days = schoolDays(site, monday, DAYS)
    const sums = await sumsOf(sql, rooms, days)
    const slices = slicesOf(days, site.timeZone)
    // rows over hours and quarters end with a quarter
    const cellAt = new Map(slices.map(({ to, cell }) => [to, cell]))
    const minutes = byDay(lessonMinutes(days, slices))
    return {
        name: site.name,
        timeZone: site.timeZone,
        limits: site.limits,
        days: days.map(({ date, holiday, isTaught }, day) => ({
            date,
            holiday,
            isTaught,
            lessonMinutes: minutes[day] ?? [],
        })),
        hours: lessonHours(site),
        rooms: rooms.map(room => weekRoom(room, sums.get(room.key) ?? [], cellAt)),
    }
}

function lessonHours({ lessons }: SiteDocument): SchoolWeek["hours"] {
    if (lessons.hours.length === 0) return { from: 0, to: HOURS }
    const hourOf = (time: string) => Number(time.slice(0, 2)) + Number(time.slice(3)) / 60
    return {
        from: Math.floor(Math.min(...lessons.hours.map(({ from }) => hourOf(from)))),
        to: Math.ceil(Math.max(...lessons.hours.map(({ to }) => hourOf(to)))),
    }
}

/**
 * The sums of each room. Those over hours suffice where local hours are hours of UTC and CO2 is measured; they keep
 * no maximum of eCO2.
 */
async function sumsOf(sql: Sql, rooms: Room[], days: SchoolDay[]): Promise<Map<number, SliceSums[]>> {
    const range = { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 }
    const keys = rooms.map(({ key }) => key)
    const isWhole = days.every(({ from, to }) => from % HOUR_S === 0 && to % HOUR_S === 0)
    const sums = byDevice(isWhole ? await hourSums(sql, keys, range) : await sliceSums(sql, keys, range))
    if (!isWhole) return sums
    const estimated = [...sums].filter(([, rows]) => isEstimated(rows)).map(([key]) => key)
    if (estimated.length === 0) return sums
    return new Map([...sums, ...byDevice(await sliceSums(sql, estimated, range))])
}

function isEstimated(rows: SliceSums[]): boolean {
    return rows.some(row => row.eco2Count > 0) && rows.every(row => row.co2Count === 0)
}

/** A quarter of an hour, and the cell that it belongs to: day times 24 plus local hour. */
interface Slice extends LessonRange {
    cell: number
}

/** Both hours between 2 and 3 on the night when summer time ends belong to one cell. */
function slicesOf(days: SchoolDay[], zone: string): Slice[] {
    return days.flatMap(({ from, to }, day) =>
        Array.from({ length: (to - from) / SLICE_S }, (_, at) => {
            const start = from + at * SLICE_S
            return {
                from: start,
                to: start + SLICE_S,
                cell: day * HOURS + DateTime.fromSeconds(start, { zone }).hour,
            }
        }),
    )
}

/** The same for every room: minutes of lessons in each cell. */
function lessonMinutes(days: SchoolDay[], slices: Slice[]): number[] {
    const lessons = days.flatMap(day => day.lessons)
    const minutes = new Array<number>(days.length * HOURS).fill(0)
    for (const { cell, ...slice } of slices)
        for (const lesson of lessons) minutes[cell] = (minutes[cell] ?? 0) + sharedS(lesson, slice) / 60
    return minutes
}

function weekRoom({ key: _key, ...room }: Room, rows: SliceSums[], cellAt: Map<number, number>): WeekRoom {
    const estimated = isEstimated(rows)
    const cells = Array.from({ length: DAYS * HOURS }, () => ({ count: 0, sum: 0, max: -1 }))
    for (const row of rows) {
        const cell = cells[cellAt.get(row.time) ?? -1]
        if (cell === undefined) continue
        cell.count += estimated ? row.eco2Count : row.co2Count
        cell.sum += estimated ? row.eco2Sum : row.co2Sum
        cell.max = Math.max(cell.max, (estimated ? row.eco2Max : row.co2Max) ?? -1)
    }
    const means = cells.map(({ count, sum }) => (count === 0 ? null : Math.round(sum / count)))
    const maxima = cells.map(({ count, max }) => (count === 0 || max < 0 ? null : Math.round(max)))
    return { ...room, estimated, meanPpm: byDay(means), maxPpm: byDay(maxima) }
}

function byDay<Value>(cells: Value[]): Value[][] {
    return Array.from({ length: DAYS }, (_, day) => cells.slice(day * HOURS, (day + 1) * HOURS))
}

/** A month of a school: how its rooms were in lessons. */
import type { SiteDocument } from "../site/site.ts"
import type { Sql } from "../store/database.ts"
import { byDevice, type LessonSums, lessonSums } from "./co2-sums.ts"
import { figuresOf, isEstimated, minutesIn, slotsOf } from "./figures.ts"
import type { MonthRoom, SchoolMonth } from "./records.ts"
import { type Room, schoolRooms } from "./room.ts"
import { daysIn, type SchoolDay, schoolDays } from "./school-days.ts"

/** Rooms named as the best and as the worst of a school. */
const MAX_NAMED = 3

/**
 * @param month like 2026-11
 * @param nowS lessons after it do not count
 */
export async function schoolMonth(sql: Sql, site: SiteDocument, month: string, nowS: number): Promise<SchoolMonth> {
    const found = await schoolRooms(sql, site)
    const days = schoolDays(site, `${month}-01`, daysIn(month)).map(day => upTo(day, nowS))
    const lessons = days.flatMap((day, at) => day.lessons.map(lesson => ({ ...lesson, day: at })))
    const sums = byDevice(await lessonSums(sql, found, lessons))
    const rooms = found.map(room => {
        const ofDays = days.map((): LessonSums[] => [])
        for (const sum of sums.get(room.key) ?? []) ofDays[lessons[sum.lesson]?.day ?? -1]?.push(sum)
        return monthRoom(room, days, ofDays)
    })
    return {
        name: site.name,
        timeZone: site.timeZone,
        limits: site.limits,
        month,
        days: days.map(day => ({ date: day.date, holiday: day.holiday, lessonMinutes: minutesIn(day.lessons) })),
        rooms,
        school: schoolFigures(rooms),
        ...ranked(rooms),
    }
}

function upTo(day: SchoolDay, nowS: number): SchoolDay {
    const lessons = day.lessons.map(({ from, to }) => ({ from, to: Math.min(to, nowS) }))
    return { ...day, lessons: lessons.filter(({ from, to }) => from < to) }
}

function monthRoom({ key: _key, ...room }: Room, days: SchoolDay[], sums: LessonSums[][]): MonthRoom {
    const all = sums.flat()
    const estimated = isEstimated(all)
    const ofDays = days.map(({ date, lessons }, at) => ({
        date,
        ...figuresOf(slotsOf(sums[at] ?? [], estimated), minutesIn(lessons)),
    }))
    const taught = ofDays.filter(({ lessonMinutes }) => lessonMinutes > 0)
    const minutes = taught.reduce((sum, day) => sum + day.lessonMinutes, 0)
    return { ...room, estimated, ...figuresOf(slotsOf(all, estimated), minutes), days: taught }
}

function schoolFigures(rooms: MonthRoom[]): SchoolMonth["school"] {
    const total = (value: (room: MonthRoom) => number) => rooms.reduce((all, room) => all + value(room), 0)
    const measuredMinutes = total(room => room.measuredMinutes)
    const weighted = total(room => (room.meanPpm ?? 0) * room.measuredMinutes)
    const highest = rooms.reduce<MonthRoom | undefined>(
        (most, room) => ((room.maxPpm ?? 0) > (most?.maxPpm ?? 0) ? room : most),
        undefined,
    )
    return {
        meanPpm: measuredMinutes === 0 ? null : Math.round(weighted / measuredMinutes),
        maxPpm: highest?.maxPpm ?? null,
        maxRoom: highest?.id ?? null,
        fairMinutes: total(room => room.fairMinutes),
        poorMinutes: total(room => room.poorMinutes),
        measuredMinutes,
        lessonMinutes: total(room => room.lessonMinutes),
    }
}

/** By the share of measured time above the poor limit, then above the fair one, then by the mean. */
function ranked(rooms: MonthRoom[]): { best: string[]; worst: string[] } {
    const measured = rooms.filter(room => room.measuredMinutes > 0)
    const share = (minutes: number, room: MonthRoom) => minutes / room.measuredMinutes
    const sorted = measured.toSorted(
        (a, b) =>
            share(a.poorMinutes, a) - share(b.poorMinutes, b) ||
            share(a.fairMinutes, a) - share(b.fairMinutes, b) ||
            (a.meanPpm ?? 0) - (b.meanPpm ?? 0),
    )
    const ids = sorted.map(({ id }) => id)
    const count = Math.min(MAX_NAMED, Math.floor(ids.length / 2))
    return { best: ids.slice(0, count), worst: ids.slice(ids.length - count).reverse() }
}

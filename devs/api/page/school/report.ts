/** The report of a month, as the template report.mustache draws it: one page, whatever the number of rooms. */
import type { Figures, MonthRoom, SchoolMonth } from "../../school/records.ts"
import type { Translate } from "../shared/text.ts"
import { addMonths, monthText } from "./dates.ts"

/** Rooms that fit one page; of more, those with the most poor air are listed. */
const MAX_ROOMS = 60

/** Up to so many rooms, rows are of full height; beyond, they are lower. */
const MAX_TALL_ROWS = 28
const MAX_MIDDLE_ROWS = 44

/** Units of the drawing of a day. */
const DAY_WIDTH = 6
const DAY_HEIGHT = 12

export function monthReport(month: SchoolMonth, t: Translate, language: string, thisMonth: string) {
    const nameOf = (id: string | null) => month.rooms.find(room => room.id === id)?.name ?? ""
    const listed = listedRooms(month)
    const { school } = month
    return {
        month: monthText(month.month, language),
        previous: addMonths(month.month, -1),
        next: month.month < thisMonth ? addMonths(month.month, 1) : null,
        hasReadings: school.measuredMinutes > 0,
        figures: [
            { name: t("school.meanInLessons"), value: ppmText(school.meanPpm, t) },
            { name: highestText(nameOf(school.maxRoom), t), value: ppmText(school.maxPpm, t) },
            { name: t("school.aboveFair"), value: shareText(school.fairMinutes, school, t) },
            { name: t("school.abovePoor"), value: shareText(school.poorMinutes, school, t) },
            { name: t("school.withData"), value: percentOf(school.measuredMinutes, school.lessonMinutes, t) },
        ],
        schoolDays: t("school.schoolDays", {
            count: month.days.filter(({ lessonMinutes }) => lessonMinutes > 0).length,
        }),
        best: month.best.map(nameOf).join(", "),
        worst: month.worst.map(nameOf).join(", "),
        rooms: listed.map(room => roomRow(room, t)),
        more:
            month.rooms.length > listed.length
                ? t("school.moreRooms", { count: month.rooms.length - listed.length })
                : null,
        rows: listed.length <= MAX_TALL_ROWS ? "tall" : listed.length <= MAX_MIDDLE_ROWS ? "middle" : "low",
        hasEstimates: listed.some(({ estimated }) => estimated),
    }
}

/** @param room "" if nothing was measured */
function highestText(room: string, t: Translate): string {
    return room === "" ? t("school.highest") : t("school.highestIn", { room })
}

/** In the order of groups and names. */
function listedRooms({ rooms }: SchoolMonth): MonthRoom[] {
    if (rooms.length <= MAX_ROOMS) return rooms
    const worst = new Set(rooms.toSorted((a, b) => b.poorMinutes - a.poorMinutes).slice(0, MAX_ROOMS))
    return rooms.filter(room => worst.has(room))
}

function roomRow(room: MonthRoom, t: Translate) {
    return {
        id: room.id,
        name: room.name,
        group: room.group,
        estimated: room.estimated,
        mean: ppmText(room.meanPpm, t),
        highest: ppmText(room.maxPpm, t),
        fair: shareText(room.fairMinutes, room, t),
        poor: shareText(room.poorMinutes, room, t),
        data: percentOf(room.measuredMinutes, room.lessonMinutes, t),
        width: room.days.length * DAY_WIDTH,
        days: room.days.map((day, at) => ({ x: at * DAY_WIDTH, ...dayBars(day) })),
    }
}

/** Parts of the height: poor at the bottom, fair above it, good on top; nothing without readings. */
function dayBars({ fairMinutes, poorMinutes, measuredMinutes }: Figures) {
    if (measuredMinutes === 0) return { good: 0, fair: 0, poor: 0 }
    const part = (minutes: number) => Math.round((100 * DAY_HEIGHT * minutes) / measuredMinutes) / 100
    const [poor, fair] = [part(poorMinutes), part(fairMinutes - poorMinutes)]
    return { good: DAY_HEIGHT, fair, fairY: DAY_HEIGHT - poor - fair, poor, poorY: DAY_HEIGHT - poor }
}

function ppmText(ppm: number | null, t: Translate): string {
    return ppm === null ? "–" : t("school.ppm", { ppm })
}

function shareText(minutes: number, { measuredMinutes }: Figures, t: Translate): string {
    return percentOf(minutes, measuredMinutes, t)
}

function percentOf(minutes: number, all: number, t: Translate): string {
    return all === 0 ? "–" : t("school.percent", { share: Math.round((100 * minutes) / all) })
}

/** The map of a week: rooms times hours, as the template school.mustache draws it. */
import type { SchoolWeek, WeekRoom } from "../../school/records.ts"
import { markOf } from "../../site/site.ts"
import { type Level, levelOf } from "../../wall/wall-room.ts"
import type { Translate } from "../shared/text.ts"
import { addDays, dayText, weekText } from "./dates.ts"

/** An hour with lessons has at least so many minutes of them: a lesson until 13:05 does not make the hour after 13:00 one. */
const MIN_LESSON_MINUTES = 15

/** Rooms that the summary names. */
const MAX_NAMED = 3

export interface WeekChoice {
    /** the mean of each hour, or its highest value */
    show: "mean" | "max"
    /** days and hours of the timetable, or all */
    hours: "lessons" | "all"
}

/** Days and hours that are shown. */
interface Column {
    day: number
    hour: number
    isLesson: boolean
    classes: string
}

export function heatMap(week: SchoolWeek, choice: WeekChoice, t: Translate, language: string, today: string) {
    const columns = columnsOf(week, choice.hours)
    const shown = [...new Set(columns.map(({ day }) => day))]
    const monday = week.days[0]?.date ?? today
    return {
        week: weekText(monday, language),
        summary: summaryOf(week, t),
        days: shown.map(at => {
            const { date = "", holiday = null } = week.days[at] ?? {}
            const classes = classesOf({ holiday: holiday !== null, today: date === today })
            return { name: dayText(date, language), holiday, classes, span: columns.filter(c => c.day === at).length }
        }),
        hours: columns.map(({ hour, classes }) => ({ hour, until: hour + 1, classes })),
        columns: columns.length + 1,
        groups: groupsOf(week.rooms).map(({ name, rooms }) => ({
            name,
            rooms: rooms.map(room => ({
                id: room.id,
                name: room.name,
                estimated: room.estimated,
                cells: columns.map(column => cellOf(room, column, week, choice, t)),
            })),
        })),
        choices: choicesOf(monday, choice, t),
        previous: weekPath(addDays(monday, -7), choice),
        // no readings are from days to come
        next: addDays(monday, 7) <= today ? weekPath(addDays(monday, 7), choice) : null,
        hasEstimates: week.rooms.some(({ estimated }) => estimated),
        hasHolidays: shown.some(at => week.days[at]?.holiday != null),
    }
}

/** With an hour before the first lesson and one after the last. */
function columnsOf({ days, hours }: SchoolWeek, shown: WeekChoice["hours"]): Column[] {
    const isAll = shown === "all" || days.every(({ isTaught }) => !isTaught)
    const [from, to] = isAll ? [0, 24] : [Math.max(0, hours.from - 1), Math.min(24, hours.to + 1)]
    return days.flatMap(({ isTaught, holiday, lessonMinutes }, day) => {
        if (!isAll && !isTaught) return []
        const isLesson = (hour: number) => (lessonMinutes[hour] ?? 0) >= MIN_LESSON_MINUTES
        return Array.from({ length: to - from }, (_, at) => {
            const hour = from + at
            const classes = classesOf({
                day: at === 0,
                holiday: holiday !== null,
                lesson: isLesson(hour),
                begins: isLesson(hour) && !isLesson(hour - 1),
                ends: isLesson(hour) && !isLesson(hour + 1),
            })
            return { day, hour, isLesson: isLesson(hour), classes }
        })
    })
}

function cellOf(room: WeekRoom, { day, hour, classes }: Column, week: SchoolWeek, { show }: WeekChoice, t: Translate) {
    const [mean, max] = [room.meanPpm[day]?.[hour] ?? null, room.maxPpm[day]?.[hour] ?? null]
    const ppm = show === "mean" ? mean : max
    const level = levelOf(ppm, room.limits)
    const mark = markOf(room.limits)
    if (ppm === null || level === null) return { classes: `${classes} none`, label: t("school.noReadings") }
    const look = week.days[day]?.holiday == null ? `level-${level}` : "free"
    return {
        classes: `${classes} ${look}${mark !== null && ppm >= mark ? " marked" : ""}`,
        label: t("school.cell", { ppm, level: t(`school.level.${level}`) }),
        level,
        mean,
        max,
        // narrow screens show hundreds: "12" of 1240
        hundreds: String(Math.floor(ppm / 100)),
        rest: String(ppm % 100).padStart(2, "0"),
    }
}

/** In the order of the rooms. */
function groupsOf(rooms: WeekRoom[]): { name: string | null; rooms: WeekRoom[] }[] {
    const groups: { name: string | null; rooms: WeekRoom[] }[] = []
    for (const room of rooms) {
        const last = groups.at(-1)
        if (last?.name === room.group) last.rooms.push(room)
        else groups.push({ name: room.group, rooms: [room] })
    }
    return groups
}

/** How the air was in lessons, and which rooms had the most poor hours. */
function summaryOf({ days, rooms }: SchoolWeek, t: Translate): string[] {
    const counted = rooms.map(room => ({ name: room.name, ...lessonHours(room, days) }))
    const total = (level: Level) => counted.reduce((sum, room) => sum + room[level], 0)
    const [good, fair, poor] = [total("good"), total("fair"), total("poor")]
    const all = good + fair + poor
    if (all === 0) return [t("school.noLessons")]
    const share = (hours: number) => Math.round((100 * hours) / all)
    const worst = counted.filter(room => room.poor > 0).sort((a, b) => b.poor - a.poor)
    const named = worst.slice(0, MAX_NAMED).map(({ name, poor: hours }) => t("school.roomHours", { name, hours }))
    return [
        t("school.summary", { good: share(good), fair: share(fair), poor: share(poor) }),
        ...(named.length > 0 ? [t("school.worst", { rooms: named.join(", ") })] : [t("school.nonePoor")]),
    ]
}

function lessonHours({ meanPpm, limits }: WeekRoom, days: SchoolWeek["days"]): Record<Level, number> {
    const hours = { good: 0, fair: 0, poor: 0 }
    for (const [day, { lessonMinutes }] of days.entries())
        for (const [hour, minutes] of lessonMinutes.entries()) {
            const level = levelOf(meanPpm[day]?.[hour] ?? null, limits)
            if (level !== null && minutes >= MIN_LESSON_MINUTES) hours[level]++
        }
    return hours
}

function choicesOf(monday: string, choice: WeekChoice, t: Translate) {
    const link = (other: Partial<WeekChoice>, name: string) => ({
        path: weekPath(monday, { ...choice, ...other }),
        name,
        isCurrent: Object.entries(other).every(([key, value]) => Reflect.get(choice, key) === value),
    })
    return [
        {
            name: t("school.values"),
            links: [link({ show: "mean" }, t("school.mean")), link({ show: "max" }, t("school.max"))],
        },
        {
            name: t("school.times"),
            links: [link({ hours: "lessons" }, t("school.lessonHours")), link({ hours: "all" }, t("school.allHours"))],
        },
    ]
}

/** The page of a week; what is usual is left out. */
export function weekPath(monday: string, { show, hours }: WeekChoice): string {
    return `school?from=${monday}${show === "max" ? "&show=max" : ""}${hours === "all" ? "&hours=all" : ""}`
}

function classesOf(names: Record<string, boolean>): string {
    return Object.keys(names)
        .filter(name => names[name])
        .join(" ")
}

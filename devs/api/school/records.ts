/** A week and a month of a school, as the API and the pages show them. Nothing but types, so that pages can use it. */

import type { Co2Limits } from "../site/site.ts"

interface SchoolRoom {
    id: string
    name: string
    /** like "Building A / Floor 1" */
    group: string | null
    limits: Co2Limits
    /** the values are eCO2, because the room has no CO2 sensor */
    estimated: boolean
}

interface School {
    /** may be empty */
    name: string
    /** IANA name */
    timeZone: string
    /** of rooms without limits of their own */
    limits: Co2Limits
}

export interface WeekRoom extends SchoolRoom {
    /** by day and local hour, ppm; null without readings */
    meanPpm: (number | null)[][]
    maxPpm: (number | null)[][]
}

export interface WeekDay {
    /** local date, like 2026-11-23 */
    date: string
    /** name of the holiday */
    holiday: string | null
    /** a day of the week with lessons by the timetable, also in holidays */
    isTaught: boolean
    /** minutes of lessons in each local hour */
    lessonMinutes: number[]
}

export interface SchoolWeek extends School {
    /** seven, from Monday */
    days: WeekDay[]
    /** local hours in which the timetable's lessons lie, 0 to 24 */
    hours: { from: number; to: number }
    rooms: WeekRoom[]
}

/** What holds for a time that was measured. Minutes above the fair limit include those above the poor one. */
export interface Figures {
    /** mean of the means over 5 minutes, ppm; null without readings */
    meanPpm: number | null
    maxPpm: number | null
    fairMinutes: number
    poorMinutes: number
    /** minutes of lessons that have readings */
    measuredMinutes: number
    /** minutes of lessons up to now */
    lessonMinutes: number
}

export interface MonthDay extends Figures {
    date: string
}

export interface MonthRoom extends SchoolRoom, Figures {
    /** days with lessons */
    days: MonthDay[]
}

export interface SchoolMonth extends School {
    /** like 2026-11 */
    month: string
    days: { date: string; holiday: string | null; lessonMinutes: number }[]
    rooms: MonthRoom[]
    /** minutes are those of all rooms together; `maxRoom` is the id of the room with the highest value */
    school: Figures & { maxRoom: string | null }
    /** ids of at most three rooms, the best and the worst first; at most half of the rooms are named in either */
    best: string[]
    worst: string[]
}

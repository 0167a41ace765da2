/** Times of the week in which alerts are held back: "22:00-06:30,sat,sun". */
import { DateTime } from "luxon"

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
const TIME_PATTERN = /^(\d\d):(\d\d)$/
const MINUTES_A_DAY = 24 * 60

/** Minutes since midnight; a range whose end is not after its start ends on the next day. */
interface DailyRange {
    from: number
    to: number
}

export interface QuietHours {
    ranges: DailyRange[]
    /** days of the week, from 1 for Monday */
    days: number[]
    /** IANA name of the time zone */
    zone: string
}

/** @returns undefined if the text is not a list of HH:MM-HH:MM and of days of the week */
export function parseQuietHours(text: string, zone: string): QuietHours | undefined {
    const quiet: QuietHours = { ranges: [], days: [], zone }
    for (const part of text.split(",").map(part => part.trim().toLowerCase())) {
        const day = DAYS.indexOf(part)
        const range = rangeOf(part)
        if (day >= 0) quiet.days.push(day + 1)
        else if (range !== undefined) quiet.ranges.push(range)
        else return undefined
    }
    return quiet
}

/** @param nowS Unix seconds */
export function isQuiet({ ranges, days, zone }: QuietHours, nowS: number): boolean {
    const now = DateTime.fromSeconds(nowS, { zone })
    const minute = now.hour * 60 + now.minute
    if (days.includes(now.weekday)) return true
    return ranges.some(({ from, to }) => (from < to ? minute >= from && minute < to : minute >= from || minute < to))
}

function rangeOf(text: string): DailyRange | undefined {
    const [from, to, ...rest] = text.split("-").map(minuteOf)
    return from === undefined || to === undefined || rest.length > 0 || from === to ? undefined : { from, to }
}

function minuteOf(text: string): number | undefined {
    const [, hours, minutes] = TIME_PATTERN.exec(text.trim()) ?? []
    const minute = Number(hours) * 60 + Number(minutes)
    return Number(minutes) < 60 && minute <= MINUTES_A_DAY ? minute : undefined
}

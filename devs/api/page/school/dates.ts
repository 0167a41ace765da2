/** Local dates as texts like 2026-11-23: they are days of the school, in whichever zone the browser is. */
import { localeFor } from "../shared/format.ts"

const DAY_MS = 86_400_000

const msOf = (date: string) => Date.parse(`${date}T00:00:00Z`)

export function addDays(date: string, days: number): string {
    return new Date(msOf(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** @param month like 2026-11 */
export function addMonths(month: string, months: number): string {
    const date = new Date(`${month}-01T00:00:00Z`)
    date.setUTCMonth(date.getUTCMonth() + months)
    return date.toISOString().slice(0, 7)
}

/** "Mon 23 Nov" */
export function dayText(date: string, language: string): string {
    return format(language, { weekday: "short", day: "numeric", month: "short" }).format(msOf(date))
}

/** "23 – 29 November 2026" */
export function weekText(monday: string, language: string): string {
    const long = format(language, { day: "numeric", month: "long", year: "numeric" })
    return long.formatRange(msOf(monday), msOf(addDays(monday, 6)))
}

/** "November 2026" */
export function monthText(month: string, language: string): string {
    return format(language, { month: "long", year: "numeric" }).format(msOf(`${month}-01`))
}

/** "25 December 2026" */
export function dateText(date: string, language: string): string {
    return format(language, { dateStyle: "long" }).format(msOf(date))
}

/** "Monday", for 1 to 7. */
export function weekdayText(day: number, language: string): string {
    // 2024 began on a Monday
    return format(language, { weekday: "long" }).format(msOf(`2024-01-0${day}`))
}

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return new Intl.DateTimeFormat(localeFor(language), { ...options, timeZone: "UTC" })
}

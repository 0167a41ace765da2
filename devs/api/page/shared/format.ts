/** Numbers and times as the reader's language and the school's clock have them. Does not touch the DOM. */
import type { Translate } from "./text.ts"

export interface Words {
    t: Translate
    /** BCP 47 */
    language: string
    /** of the school, IANA name; that of the browser if empty */
    timeZone: string
}

/** Older times need their day, s. */
const SAME_DAY_S = 12 * 3600

/** Local time of the school, "12:03" or "12:03 pm" as the language has it; with its day if that is not clear. */
export function timeText(atS: number, now: number, words: Omit<Words, "t">): string {
    return Math.abs(now - atS) > SAME_DAY_S ? dayTimeText(atS, words) : clockText(atS, words)
}

/** "12:03" */
export function clockText(atS: number, words: Omit<Words, "t">): string {
    return formatOf(words, {}).format(atS * 1000)
}

/** "28 Nov, 12:03" */
export function dayTimeText(atS: number, words: Omit<Words, "t">): string {
    return formatOf(words, { day: "numeric", month: "short" }).format(atS * 1000)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf({ language, timeZone }: Omit<Words, "t">, day: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = [language, timeZone, Object.keys(day)].join()
    const zone = timeZone ? { timeZone } : {}
    const format =
        formats.get(key) ??
        new Intl.DateTimeFormat(localeFor(language), { hour: "2-digit", minute: "2-digit", ...day, ...zone })
    formats.set(key, format)
    return format
}

/** English as in Britain, where no other region is named: 23 November, 14:05, and weeks from Monday. */
export function localeFor(language: string): string {
    return language === "en" ? "en-GB" : language
}

const numbers = new Map<string, Intl.NumberFormat>()

/** Without decimals. */
export function numberText(value: number, { language }: Omit<Words, "t">): string {
    const format = numbers.get(language) ?? new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
    numbers.set(language, format)
    return format.format(value)
}

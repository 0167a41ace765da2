/** Numbers and times as the reader's language and the school's clock have them. Does not touch the DOM. */
import type { Translate } from "./text.ts"

export interface Words {
    t: Translate
    language: string
    /** of the school, IANA name */
    timeZone: string
}

/** Older times need their day, s. */
const SAME_DAY_S = 12 * 3600

/** Local time of the school; with its day if that is not clear. */
export function timeText(atS: number, now: number, { language, timeZone }: Words): string {
    const day = Math.abs(now - atS) > SAME_DAY_S ? ({ day: "numeric", month: "short" } as const) : {}
    return new Intl.DateTimeFormat(language, {
        timeZone,
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
        ...day,
    }).format(atS * 1000)
}

/** Without decimals. */
export function numberText(value: number, { language }: Words): string {
    return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value)
}

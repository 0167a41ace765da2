/** Parses the `Date` header of a response. */
import { parseWholeNumber } from "../decimal"

/** One string, because a table would take 40 bytes of bytecode and 116 of the heap. */
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
const MONTH_LENGTH = 4
/** "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7) */
const DATE_LENGTH = 29
const ZONE = " GMT"

/** Unix seconds of an IMF-fixdate; undefined for any other text. */
export function parseHttpDate(text: string): number {
    if (text.length !== DATE_LENGTH || text.slice(25) !== ZONE) return undefined
    const monthAt = MONTHS.indexOf(text.slice(8, 11))
    const day = parseWholeNumber(text.slice(5, 7))
    const year = parseWholeNumber(text.slice(12, 16))
    const hour = parseWholeNumber(text.slice(17, 19))
    const minute = parseWholeNumber(text.slice(20, 22))
    const second = parseWholeNumber(text.slice(23, 25))
    const isTime = hour <= 23 && minute <= 59 && second <= 60
    if (!isTime || !(day >= 1 && day <= 31) || monthAt % MONTH_LENGTH !== 0 || !(year >= 1970)) return undefined
    return ((daysFromEpoch(year, monthAt / MONTH_LENGTH + 1, day) * 24 + hour) * 60 + minute) * 60 + second
}

/**
 * Days since 1970-01-01 in the Gregorian calendar. Years begin in March, so that the leap day is the
 * last of its year.
 */
export function daysFromEpoch(year: number, month: number, day: number): number {
    const marchYear = month > 2 ? year : year - 1
    const marchMonth = (month + 9) % 12
    const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
    const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
    return marchYear * 365 + leapDays + dayOfYear - DAYS_TO_EPOCH
}

/** from 0000-03-01 to 1970-01-01 */
const DAYS_TO_EPOCH = 719468

/** How long readings and 5-minute sums are kept. Sums over hours and days are kept for ever. */
import { AirpinError } from "../../../certs/error.ts"

const DAY_S = 86_400
const HOUR_S = 3600
const YEAR_DAYS = 365
/** A century: what is longer is a typing error. */
const MAX_DAYS = 36_500

/** Days; 0: for ever. */
export interface Retention {
    rawDays: number
    fiveMinuteDays: number
}

/** What a device keeps of its own; null: as the server. */
export type DeviceRetention = { [Key in keyof Retention]: number | null }

export const DEFAULT_RETENTION: Retention = { rawDays: 90, fiveMinuteDays: 2 * YEAR_DAYS }

/** The tables of which retention deletes rows. */
export const prunedTables = ["readings", "fiveMinutes"] as const
export type PrunedTable = (typeof prunedTables)[number]

/**
 * What holds for a device. Its 5-minute sums are kept at least as long as its readings, because a curve over a range
 * that has readings may be drawn from the sums.
 */
export function retentionOf(own: DeviceRetention, server: Retention): Retention {
    const rawDays = own.rawDays ?? server.rawDays
    const fiveMinuteDays = own.fiveMinuteDays ?? server.fiveMinuteDays
    return { rawDays, fiveMinuteDays: longer(rawDays, fiveMinuteDays) }
}

/** The longer of two numbers of days, where 0 is for ever. */
function longer(days: number, other: number): number {
    return days === 0 || other === 0 ? 0 : Math.max(days, other)
}

/**
 * The rows of a table that are older than retention are those whose time is at most this, Unix seconds, a whole hour;
 * null if it keeps them for ever.
 */
export function expiryOf(table: PrunedTable, { rawDays, fiveMinuteDays }: Retention, nowS: number): number | null {
    const days = table === "readings" ? rawDays : fiveMinuteDays
    return days === 0 ? null : Math.floor((nowS - days * DAY_S) / HOUR_S) * HOUR_S
}

const unitDays: Record<string, number> = { "": 1, d: 1, w: 7, y: YEAR_DAYS }

/**
 * Reads "30d", "8w", "2y", "30" (days) or "forever" (also "0") as a number of days.
 *
 * @throws AirpinError RETENTION_INVALID
 */
export function parseDays(text: string): number {
    if (text === "forever") return 0
    const [, number, unit = ""] = /^(\d{1,5})([dwy]?)$/.exec(text) ?? []
    const days = Number(number) * (unitDays[unit] ?? Number.NaN)
    if (number !== undefined && days <= MAX_DAYS) return days
    throw new AirpinError("RETENTION_INVALID", `${JSON.stringify(text)} is not a length of time from 1d to 100y`)
}

/** "90 days", "2 years", "for ever". */
export function daysText(days: number): string {
    if (days === 0) return "for ever"
    const [count, unit] = days % YEAR_DAYS === 0 ? [days / YEAR_DAYS, "year"] : [days, "day"]
    return `${count} ${unit}${count === 1 ? "" : "s"}`
}

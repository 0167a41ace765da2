/** Sums over 5 minutes, hours and days, written with the readings, so that a year's means read a few thousand rows. */
import { quantityColumns } from "./quantity-columns.ts"
import type { ReadingTable, RollUpTable, Tables } from "./tables.ts"

export type RollUpName = keyof Pick<Tables, "fiveMinutes" | "hours" | "days">

/** Seconds of each kind of roll-up, the longest first. */
export const rollUpSeconds: Record<RollUpName, number> = { days: 86_400, hours: 3600, fiveMinutes: 300 }

export const rollUpNames: RollUpName[] = ["days", "hours", "fiveMinutes"]

/** Columns that a roll-up adds up, besides `count`. */
export const sumColumns = quantityColumns.flatMap(column => [`${column}Count`, `${column}Sum`] as const)

/** Every column of a roll-up, in the order of the table. */
export const rollUpColumns = ["device", "time", "count", ...sumColumns, "co2PpmMin", "co2PpmMax"] as const

/** The end of the step that a time belongs to: both ends belong to the range, the first second does not. */
export function stepEnd(time: number, stepS: number): number {
    return Math.ceil(time / stepS) * stepS
}

/** Rows to be added to those in the table: one per device and step in which the readings ended. */
export function rollUp(readings: ReadingTable[], name: RollUpName): RollUpTable[] {
    const rows = new Map<string, RollUpTable>()
    for (const reading of readings) {
        const time = stepEnd(reading.time, rollUpSeconds[name])
        const key = `${reading.device} ${time}`
        const row = rows.get(key) ?? emptyRollUp(reading.device, time)
        rows.set(key, row)
        add(row, reading)
    }
    return [...rows.values()]
}

function emptyRollUp(device: number, time: number): RollUpTable {
    return {
        device,
        time,
        count: 0,
        co2PpmCount: 0,
        co2PpmSum: 0,
        eco2PpmCount: 0,
        eco2PpmSum: 0,
        tvocPpbCount: 0,
        tvocPpbSum: 0,
        temperatureC100Count: 0,
        temperatureC100Sum: 0,
        humidityRh100Count: 0,
        humidityRh100Sum: 0,
        co2PpmMin: null,
        co2PpmMax: null,
    }
}

function add(row: RollUpTable, reading: ReadingTable): void {
    row.count++
    for (const column of quantityColumns) {
        const value = reading[column]
        if (value === null) continue
        row[`${column}Count`]++
        row[`${column}Sum`] += value
    }
    if (reading.co2Ppm === null) return
    row.co2PpmMin = Math.min(row.co2PpmMin ?? Infinity, reading.co2Ppm)
    row.co2PpmMax = Math.max(row.co2PpmMax ?? -Infinity, reading.co2Ppm)
}

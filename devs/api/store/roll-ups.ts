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

/** The columns of each quantity: looked up for every reading that is stored. */
const columnNames = quantityColumns.map(column => ({
    column,
    count: `${column}Count` as const,
    sum: `${column}Sum` as const,
}))

/** Rows to be added to those in each table: one per device and step in which readings ended. */
export function rollUp(readings: ReadingTable[]): Record<RollUpName, RollUpTable[]> {
    const fiveMinutes = group(readings, rollUpSeconds.fiveMinutes, addReading)
    const hours = group(fiveMinutes, rollUpSeconds.hours, addRollUp)
    return { fiveMinutes, hours, days: group(hours, rollUpSeconds.days, addRollUp) }
}

/** Adds rows up, by device and the end of the step that their time belongs to. */
function group<Row extends { device: number; time: number }>(
    rows: Row[],
    stepS: number,
    add: (to: RollUpTable, row: Row) => void,
): RollUpTable[] {
    const sums = new Map<string, RollUpTable>()
    let last = emptyRollUp(0, 0)
    for (const row of rows) {
        const time = stepEnd(row.time, stepS)
        // readings of a device follow one another, so the row is mostly the last one
        if (last.time !== time || last.device !== row.device) {
            const key = `${row.device} ${time}`
            last = sums.get(key) ?? emptyRollUp(row.device, time)
            sums.set(key, last)
        }
        add(last, row)
    }
    return [...sums.values()]
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

function addReading(row: RollUpTable, reading: ReadingTable): void {
    row.count++
    for (const { column, count, sum } of columnNames) {
        const value = reading[column]
        if (value === null) continue
        row[count]++
        row[sum] += value
    }
    addExtremes(row, reading.co2Ppm, reading.co2Ppm)
}

function addRollUp(row: RollUpTable, part: RollUpTable): void {
    row.count += part.count
    for (const { count, sum } of columnNames) {
        row[count] += part[count]
        row[sum] += part[sum]
    }
    addExtremes(row, part.co2PpmMin, part.co2PpmMax)
}

function addExtremes(row: RollUpTable, min: number | null, max: number | null): void {
    if (min === null || max === null) return
    row.co2PpmMin = row.co2PpmMin === null ? min : Math.min(row.co2PpmMin, min)
    row.co2PpmMax = row.co2PpmMax === null ? max : Math.max(row.co2PpmMax, max)
}

import { type QuantityName, quantityNames, type Reading } from "../store/records.ts"
import { isoTime } from "../time-range.ts"

export type Column = "time" | "device" | QuantityName

/** Columns of the CSV export, in its order. */
export const allColumns: Column[] = ["time", "device", ...quantityNames]

/** One line. No cell needs quotes: they hold only numbers, times and device ids. */
export function csvLine(device: string, reading: Reading, columns: Column[]): string {
    const cells = columns.map(column => {
        if (column === "time") return isoTime(reading.time)
        return column === "device" ? device : (reading[column] ?? "")
    })
    return `${cells.join(",")}\n`
}

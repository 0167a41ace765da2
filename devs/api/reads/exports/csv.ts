import { type QuantityName, quantityNames } from "../../store/records.ts"
import type { ExportRow, RowWriter } from "./export-row.ts"
import { timeWriter } from "./zoned-time.ts"

export type Column = "time" | "device" | "count" | QuantityName

/** Columns of the CSV export of readings, in its order; that of means has `count` too. */
export const readingColumns: Column[] = ["time", "device", ...quantityNames]
export const meanColumns: Column[] = [...readingColumns, "count"]

export interface CsvForm {
    columns: Column[]
    /** time zone of the times: name of the IANA database */
    zone: string
}

/** The first line. */
export function csvHead({ columns }: CsvForm): string {
    return `${columns.join(",")}\n`
}

/** Writes lines. No cell needs quotes: they hold only numbers, times and device ids. */
export function csvWriter({ columns, zone }: CsvForm, id: string): RowWriter {
    const timeText = timeWriter(zone)
    const cell = (row: ExportRow, column: Column) => {
        if (column === "time") return timeText(row.time)
        return column === "device" ? id : (row[column] ?? "")
    }
    return row => `${columns.map(column => cell(row, column)).join(",")}\n`
}

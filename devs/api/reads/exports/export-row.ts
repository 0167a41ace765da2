import type { QuantityValues } from "../../store/records.ts"

/** A reading or a mean, as exports write it. */
export type ExportRow = QuantityValues & {
    /** end of its interval or step, Unix seconds */
    time: number
    /** readings in a mean */
    count?: number
}

/** Text of a row; empty if the form has none for it. */
export type RowWriter = (row: ExportRow) => string

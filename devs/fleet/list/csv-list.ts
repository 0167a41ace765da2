/** A list of devices from a spreadsheet: a first line of names, then one line a device. */
import { CsvError, parse } from "csv-parse/sync"
import { AirpinError } from "../../../certs/error.ts"
import type { Cell, Entry } from "./entry.ts"

/**
 * @param text lines with commas, semicolons or tabs; empty cells count as absent
 * @throws AirpinError FLEET_LIST_UNREADABLE
 */
export function readCsvList(text: string, file: string): Entry[] {
    const [header, ...rows] = rowsOf(text, file)
    const names = header?.cells.map(name => name.toLowerCase()) ?? []
    if (!names.includes("name") || !names.includes("board"))
        throw new AirpinError(
            "FLEET_LIST_UNREADABLE",
            `${file}: its first line does not name the columns name and board`,
        )
    return rows.map(({ line, cells }) => ({
        line,
        cells: cells.flatMap((cell, at) => cellOf(line, header?.cells[at], cell)),
    }))
}

/** A cell behind the last named column has the column "". */
const cellOf = (line: number, column = "", text: string): Cell[] => (text === "" ? [] : [{ line, column, text }])

function rowsOf(text: string, file: string): { line: number; cells: string[] }[] {
    try {
        return parse(text, {
            bom: true,
            comment: "#",
            comment_no_infix: true,
            delimiter: [",", ";", "\t"],
            relax_column_count: true,
            skip_empty_lines: true,
            skip_records_with_empty_values: true,
            trim: true,
            on_record: (cells: string[], { lines }) => [`${lines}`, ...cells],
        }).map(([line, ...cells]) => ({ line: Number(line), cells }))
    } catch (cause) {
        if (!(cause instanceof CsvError)) throw cause
        throw new AirpinError("FLEET_LIST_UNREADABLE", `${file} line ${cause.lines}: ${cause.message}`, { cause })
    }
}

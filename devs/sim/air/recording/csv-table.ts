/** The rows of a CSV file whose delimiter and header are found by trying. */
import { CsvError, type Options, parse } from "csv-parse/sync"
import { AirpinError } from "../../../../certs/error.ts"
import type { CsvRow } from "./recording-error.ts"

export interface CsvTable {
    delimiter: string
    header: CsvRow
    /** those below the header */
    rows: CsvRow[]
}

const DELIMITERS = [",", ";", "\t", "|"]
/** The header is one of the first lines: a Netatmo export describes the station in three lines above it. */
const MAX_HEADER_LINE = 20

/**
 * Reads a file.
 *
 * @param isHeader is true for the cells of a header
 * @returns the first line as the header if none is one
 * @throws AirpinError REPLAY_EMPTY, REPLAY_CSV_BROKEN
 */
export function readCsv(text: string, fileName: string, isHeader: (cells: string[]) => boolean): CsvTable {
    const candidates = DELIMITERS.map(delimiter => {
        const head = readHead(text, delimiter)
        return {
            delimiter,
            headerAt: head.findIndex(({ cells }) => isHeader(cells)),
            width: head[0]?.cells.length ?? 0,
        }
    })
    const widest = candidates.reduce((best, candidate) => (candidate.width > best.width ? candidate : best))
    const { delimiter, headerAt } = candidates.find(({ headerAt }) => headerAt >= 0) ?? { ...widest, headerAt: 0 }
    const [header, ...rows] = readRows(text, fileName, { delimiter }).slice(headerAt)
    if (header === undefined || rows.length === 0) throw new AirpinError("REPLAY_EMPTY", `${fileName}: no rows`)
    return { delimiter, header, rows }
}

/** The first rows; none if they are broken with this delimiter. */
function readHead(text: string, delimiter: string): CsvRow[] {
    try {
        return readRows(text, "", { delimiter, to_line: MAX_HEADER_LINE })
    } catch {
        return []
    }
}

function readRows(text: string, fileName: string, options: Options): CsvRow[] {
    const always = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const
    try {
        // csv-parse has no type for the rows that its option `info` gives.
        const parsed = parse(text, { ...options, ...always }) as unknown as {
            record: string[]
            info: { lines: number }
        }[]
        return parsed.map(({ record, info }) => ({ cells: record, line: info.lines }))
    } catch (cause) {
        if (!(cause instanceof CsvError)) throw cause
        throw new AirpinError("REPLAY_CSV_BROKEN", `${fileName}: ${cause.message}`, { cause })
    }
}

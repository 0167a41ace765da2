/**
 * Replays recorded air to a simulated sensor. A recording is a CSV file with
 * date, temperature, humidity and CO2 in each row, such as the UCI Occupancy
 * Detection data (Candanedo and Feldheim, Energy and Buildings 112 (2016) 28).
 * A row holds until the next one.
 */
import { CsvError, parse } from "csv-parse/sync"
import { AirpinError } from "../../../certs/error.ts"
import type { Air, AirSource } from "./air.ts"

/** One row of the recording: the air from `atMs` until the next row. */
export interface ReplayRow extends Air {
    /** ms since the Unix epoch */
    atMs: number
}

/** How long the only row of a file holds; such recordings usually have one row per minute. */
const SINGLE_ROW_MS = 60_000

/** Columns by name, with the output ranges of the SCD4x (datasheet 1.7, tables 1 to 3). */
const COLUMNS = {
    date: { header: "date" },
    temperatureC: { header: "Temperature", min: -45, max: 130 },
    humidityRh: { header: "Humidity", min: 0, max: 100 },
    co2Ppm: { header: "CO2", min: 0, max: 40_000 },
} as const
type ValueColumn = Exclude<keyof typeof COLUMNS, "date">

const DATE = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Rows in order of time. */
export type ReplayRows = readonly [ReplayRow, ...ReplayRow[]]

export class Replay implements AirSource {
    readonly rows: ReplayRows
    readonly startMs: number
    /** the last row's time plus the median step between rows */
    readonly endMs: number

    constructor(rows: ReplayRows) {
        const [first] = rows
        this.rows = rows
        this.startMs = first.atMs
        this.endMs = (rows.at(-1) ?? first).atMs + medianStepMs(rows)
    }

    /** The row that holds at a moment; the first one before the start, the last one after the end. */
    airAt(atMs: number): Air {
        let first = 0
        let behind = this.rows.length
        let found = this.rows[0]
        while (behind - first > 1) {
            const middle = (first + behind) >>> 1
            const row = this.rows[middle]
            if (row && row.atMs <= atMs) {
                first = middle
                found = row
            } else behind = middle
        }
        return found
    }

    /** True after the last row, when the sensor is to be unplugged. */
    ended(atMs: number): boolean {
        return atMs >= this.endMs
    }
}

/**
 * Parses a recording. The header names every column, or all but the first (R's
 * write.table leaves the row number unnamed). Dates are `YYYY-MM-DD HH:MM:SS`
 * in UTC. Other columns are ignored.
 *
 * @param fileName for error messages
 * @throws AirpinError REPLAY_EMPTY, REPLAY_CSV_BROKEN, REPLAY_COLUMN_MISSING, REPLAY_ROW_RAGGED,
 *   REPLAY_DATE_BAD, REPLAY_VALUE_BAD, REPLAY_ORDER
 */
export function readReplay(text: string, fileName: string): Replay {
    const [header, firstRecord, ...records] = readRecords(text, fileName)
    if (header === undefined || firstRecord === undefined) throw empty(fileName)
    const layout = readLayout(header, firstRecord, fileName)
    let last = readRow(firstRecord, layout)
    const rows: [ReplayRow, ...ReplayRow[]] = [last]
    for (const record of records) {
        const row = readRow(record, layout)
        if (row.atMs <= last.atMs) throw outOfOrder(record, layout)
        rows.push(row)
        last = row
    }
    return new Replay(rows)
}

interface CsvRow {
    cells: string[]
    /** its last line in the file, from 1 */
    line: number
}

/** The positions of the columns in the rows. */
interface Layout {
    fileName: string
    width: number
    index: { [column in keyof typeof COLUMNS]: number }
}

function readRecords(text: string, fileName: string): CsvRow[] {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const
    try {
        // csv-parse has no type for the rows that its option `info` gives.
        const parsed = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[]
        return parsed.map(({ record, info }) => ({ cells: record, line: info.lines }))
    } catch (cause) {
        if (!(cause instanceof CsvError)) throw cause
        throw new AirpinError("REPLAY_CSV_BROKEN", `${fileName}: ${cause.message}`, {
            cause,
        })
    }
}

function readLayout(header: CsvRow, firstRow: CsvRow, fileName: string): Layout {
    const width = firstRow.cells.length
    const nameless = width - header.cells.length
    if (nameless !== 0 && nameless !== 1)
        throw ragged(fileName, firstRow, `${header.cells.length} or ${header.cells.length + 1}`)
    const find = (column: keyof typeof COLUMNS) => nameless + findColumn(header, COLUMNS[column].header, fileName)
    return {
        fileName,
        width,
        index: {
            date: find("date"),
            temperatureC: find("temperatureC"),
            humidityRh: find("humidityRh"),
            co2Ppm: find("co2Ppm"),
        },
    }
}

function findColumn(header: CsvRow, name: string, fileName: string): number {
    const index = header.cells.indexOf(name)
    if (index >= 0) return index
    throw new AirpinError(
        "REPLAY_COLUMN_MISSING",
        `${fileName} line ${header.line}: no column "${name}" among ${header.cells.map(cell => `"${cell}"`).join(", ")}`,
    )
}

function readRow(record: CsvRow, layout: Layout): ReplayRow {
    if (record.cells.length !== layout.width) throw ragged(layout.fileName, record, String(layout.width))
    return {
        atMs: readDate(record, layout),
        temperatureC: readValue(record, layout, "temperatureC"),
        humidityRh: readValue(record, layout, "humidityRh"),
        co2Ppm: readValue(record, layout, "co2Ppm"),
    }
}

function readDate(record: CsvRow, { index, fileName }: Layout): number {
    const cell = record.cells[index.date] ?? ""
    const [, day, time] = DATE.exec(cell) ?? []
    const atMs = Date.parse(`${day}T${time}Z`)
    // Date.parse reads 30 February as 2 March.
    if (!Number.isNaN(atMs) && new Date(atMs).toISOString() === `${day}T${time}.000Z`) return atMs
    throw new AirpinError("REPLAY_DATE_BAD", `${fileName} line ${record.line}: "${cell}" is not a date`)
}

function readValue(record: CsvRow, { index, fileName }: Layout, column: ValueColumn): number {
    const { header, min, max } = COLUMNS[column]
    const cell = record.cells[index[column]] ?? ""
    const value = NUMBER.test(cell) ? Number(cell) : NaN
    if (value >= min && value <= max) return value
    throw new AirpinError(
        "REPLAY_VALUE_BAD",
        `${fileName} line ${record.line}: ${header} is "${cell}"`,
        `${header} must be a number from ${min} to ${max}`,
    )
}

/** The upper median if the number of steps is even. */
function medianStepMs([first, ...others]: ReplayRows): number {
    let lastMs = first.atMs
    const steps = others.map(({ atMs }) => {
        const step = atMs - lastMs
        lastMs = atMs
        return step
    })
    return steps.sort((a, b) => a - b)[steps.length >> 1] ?? SINGLE_ROW_MS
}

function empty(fileName: string): AirpinError {
    return new AirpinError("REPLAY_EMPTY", `${fileName}: no rows`)
}

function ragged(fileName: string, record: CsvRow, expected: string): AirpinError {
    return new AirpinError(
        "REPLAY_ROW_RAGGED",
        `${fileName} line ${record.line}: ${record.cells.length} fields instead of ${expected}`,
    )
}

function outOfOrder(record: CsvRow, { index, fileName }: Layout): AirpinError {
    return new AirpinError(
        "REPLAY_ORDER",
        `${fileName} line ${record.line}: ${record.cells[index.date]} is not later than the row before`,
    )
}

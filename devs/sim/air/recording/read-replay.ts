/** Reads a recording of air from a CSV file, in whose layout it may be: `csv-table`, `columns` and `times` find out. */
import { AirpinError } from "../../../../certs/error.ts"
import type { Air } from "../air.ts"
import { type ColumnName, type Columns, columnNames, findColumns, readNamedColumns, unitOf } from "./columns.ts"
import { readCsv } from "./csv-table.ts"
import { type CsvRow, optionError, type RecordingOptions, rowError } from "./recording-error.ts"
import { Replay } from "./replay.ts"
import { readTimes } from "./times.ts"

/** For the help of a command that reads recordings. */
export const RECORDING_HELP = `Recordings: a CSV file with a column each for time, CO2 in ppm, temperature and relative humidity. Understood:
  separators   , ; tab or |, and a decimal comma where the comma does not separate; UTF-8 or UTF-16
  names        in any case, with or without unit: time, date, timestamp; co2, co2_ppm, CO2 [ppm], Carbon dioxide(ppm);
               temperature, temp, Temperature(°F); humidity, rh, Relative humidity(%). The exports of airpin, Aranet4
               and Netatmo need no option
  others       --columns "time=Zeit,co2=CO2 innen" by name, or by number from 1: --columns co2=3;
               --columns time=Datum+Uhrzeit joins two
  times        ISO 8601 with T or a blank, with Z, an offset or neither (then in --zone); 05.03.2026 09:00; Unix time.
               Others by --date-format in luxon's tokens: "dd/MM/yyyy HH:mm", "MM/dd/yyyy h:mm:ss a"
  clock change with --zone Europe/Berlin, the order of the rows tells the two passes of the hour that comes twice
  no value     an empty cell, NA or -, and a row later than 1.5 times the median step: no air, as if the sensor were
               unplugged. The summary says how much is missing`

type Quantity = Exclude<ColumnName, "time">

/** Output ranges of the SCD4x (datasheet 1.7, tables 1 to 3). */
const RANGES: Record<Quantity, { min: number; max: number }> = {
    co2: { min: 0, max: 40_000 },
    temperature: { min: -45, max: 130 },
    humidity: { min: 0, max: 100 },
}
/** °C: a room above this is one in °F whose header does not say so. */
const MAX_ROOM_C = 50
/** What recorders and statistics programs write for a value that is not there. */
const EMPTY = ["", "na", "n/a", "nan", "null", "none", "-", "--", "—", "unavailable", "unknown"]
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/
/** "1,234" is 1234 to some and 1.234 to others. */
const THOUSANDS = /^[+-]?\d{1,3},\d{3}$/

/** How the rows of a file are to be read. */
interface Layout {
    fileName: string
    header: string[]
    width: number
    columns: Columns
    delimiter: string
    isFahrenheit: boolean
    /** true if the header or the option says which */
    isUnitKnown: boolean
}

/**
 * Parses a recording. The header names every column, or all but the first (R's write.table leaves the row number
 * unnamed). Times without an offset are in UTC, or in the zone of the options. Other columns are ignored.
 *
 * @param fileName for error messages
 * @throws AirpinError REPLAY_EMPTY, REPLAY_CSV_BROKEN, REPLAY_COLUMN_MISSING, REPLAY_ROW_RAGGED, REPLAY_DATE_BAD,
 *   REPLAY_DATE_AMBIGUOUS, REPLAY_VALUE_BAD, REPLAY_ORDER, REPLAY_DEVICES, REPLAY_OPTION_INVALID
 */
export function readReplay(text: string, fileName: string, options: RecordingOptions = {}): Replay {
    const named = readNamedColumns(options.columns)
    const { delimiter, header, rows } = readCsv(
        text,
        fileName,
        cells => findColumns(cells, named).columns !== undefined,
    )
    const layout = readLayout(header, rows, { fileName, delimiter }, options)
    requireOneDevice(header, rows, layout)
    const timeCells = rows.map(row => {
        if (row.cells.length !== layout.width) throw ragged(fileName, row, String(layout.width))
        return { text: layout.columns.time.map(at => row.cells[at] ?? "").join(" "), row }
    })
    const timeHeader = layout.columns.time.map(at => layout.header[at] ?? "").join(" ")
    const moments = readTimes(timeCells, timeHeader, fileName, options)
    const isNewestFirst = (moments[0] ?? 0) > (moments.at(-1) ?? 0)
    const ordered = isNewestFirst ? rows.toReversed() : rows
    if (isNewestFirst) moments.reverse()
    requireOrder(moments, ordered, layout, options)
    let emptyCells = 0
    const airs = ordered.map(row => {
        const air = readAir(row, layout)
        emptyCells += Object.values(air).filter(value => value === undefined).length
        return isComplete(air) ? air : undefined
    })
    if (airs.every(air => air === undefined))
        throw new AirpinError("REPLAY_EMPTY", `${fileName}: no row has all values`)
    return new Replay(moments, airs, emptyCells)
}

function readLayout(
    header: CsvRow,
    [firstRow]: CsvRow[],
    { fileName, delimiter }: Pick<Layout, "fileName" | "delimiter">,
    options: RecordingOptions,
): Layout {
    const named = readNamedColumns(options.columns)
    const { columns, missing, ambiguous } = findColumns(header.cells, named)
    if (!columns) throw columnsUnknown(header, fileName, missing, ambiguous)
    const width = firstRow?.cells.length ?? 0
    const nameless = width - header.cells.length
    if (firstRow && nameless !== 0 && nameless !== 1)
        throw ragged(fileName, firstRow, `${header.cells.length} or ${header.cells.length + 1}`)
    // One cell more than the header is R's row number in front, or the empty one behind a delimiter at the end.
    const shift = nameless === 1 && firstRow?.cells.at(-1) !== "" ? 1 : 0
    const { time, co2, temperature, humidity } = columns
    return {
        fileName,
        delimiter,
        width,
        header: [...Array<string>(shift).fill(""), ...header.cells],
        columns: {
            time: timeColumns(
                time.map(at => at + shift),
                firstRow?.cells ?? [],
                named.time !== undefined,
            ),
            co2: co2 + shift,
            temperature: temperature + shift,
            humidity: humidity + shift,
        },
        ...temperatureUnit(header.cells[temperature] ?? "", options.temperatureUnit),
    }
}

/** A date and a time of day are joined, unless the date has the time of day already. */
function timeColumns(positions: number[], firstCells: string[], isNamed: boolean): number[] {
    const [first = 0] = positions
    return !isNamed && firstCells[first]?.includes(":") ? [first] : positions
}

function temperatureUnit(header: string, option: string | undefined): Pick<Layout, "isFahrenheit" | "isUnitKnown"> {
    const unit = /^(?:°|deg)?\s*([cf])/i.exec(
        option ?? unitOf(header) ?? /[_\s]([cf])$|[a-z]([CF])$/.exec(header)?.[0].slice(-1) ?? "",
    )
    const letter = unit?.[1]?.toUpperCase()
    if (option !== undefined && !letter)
        throw optionError(`--temperature-unit ${option} is neither C nor F`, "write --temperature-unit C or F")
    return { isFahrenheit: letter === "F", isUnitKnown: letter !== undefined }
}

/** airpin's export of several devices has the rows of each below those of the one before. */
function requireOneDevice(header: CsvRow, rows: CsvRow[], { fileName, header: names }: Layout): void {
    const at = names.indexOf("device")
    const devices = new Set(at < 0 ? [] : rows.map(({ cells }) => cells[at]))
    if (devices.size < 2) return
    const problem = `${devices.size} devices: ${[...devices].slice(0, 3).join(", ")}${devices.size > 3 ? ", …" : ""}`
    throw rowError("REPLAY_DEVICES", fileName, header, problem)
}

function requireOrder(
    moments: number[],
    rows: CsvRow[],
    { fileName, columns }: Layout,
    options: RecordingOptions,
): void {
    const at = moments.findIndex((moment, index) => index > 0 && moment <= (moments[index - 1] ?? -Infinity))
    const row = rows[at]
    if (!row) return
    const text = columns.time.map(column => row.cells[column]).join(" ")
    throw rowError(
        "REPLAY_ORDER",
        fileName,
        row,
        `${text} is not later than the row before`,
        options.zone === undefined
            ? "sort the rows by date and keep only one per date; if the clocks went back here, say in which --zone"
            : undefined,
    )
}

type PartialAir = { [quantity in "co2Ppm" | "temperatureC" | "humidityRh"]: number | undefined }

function readAir(row: CsvRow, layout: Layout): PartialAir {
    return {
        temperatureC: readValue(row, layout, "temperature"),
        humidityRh: readValue(row, layout, "humidity"),
        co2Ppm: readValue(row, layout, "co2"),
    }
}

function isComplete(air: PartialAir): air is PartialAir & Air {
    return Object.values(air).every(value => value !== undefined)
}

/** In ppm, °C or %RH; undefined for an empty cell. */
function readValue(row: CsvRow, layout: Layout, quantity: Quantity): number | undefined {
    const { fileName, columns, header, isFahrenheit, isUnitKnown } = layout
    const cell = row.cells[columns[quantity]] ?? ""
    if (EMPTY.includes(cell.toLowerCase())) return undefined
    const { min, max } = RANGES[quantity]
    const written = readNumber(cell, layout.delimiter)
    const value = quantity === "temperature" && isFahrenheit ? ((written - 32) * 5) / 9 : written
    const problem = `${header[columns[quantity]]} is "${cell}"`
    if (!(value >= min && value <= max))
        throw rowError("REPLAY_VALUE_BAD", fileName, row, problem, `${quantity} must be a number from ${min} to ${max}`)
    if (quantity === "temperature" && !isUnitKnown && value > MAX_ROOM_C)
        throw rowError("REPLAY_VALUE_BAD", fileName, row, problem, "say in which unit: --temperature-unit F, or C")
    return value
}

/** NaN if the text is not a number. A comma is a decimal point unless it separates the columns. */
function readNumber(cell: string, delimiter: string): number {
    if (NUMBER.test(cell)) return Number(cell)
    const isDecimal = DECIMAL_COMMA.test(cell) && (delimiter !== "," || !THOUSANDS.test(cell))
    return isDecimal ? Number(cell.replace(",", ".")) : NaN
}

function columnsUnknown(header: CsvRow, fileName: string, missing: ColumnName[], ambiguous: string[]): AirpinError {
    const problems = [...(missing.length > 0 ? [`no column for ${missing.join(", ")}`] : []), ...ambiguous]
    const names = header.cells.map(cell => `"${cell}"`).join(", ")
    return rowError(
        "REPLAY_COLUMN_MISSING",
        fileName,
        header,
        `${problems.join("; ")}; the columns are ${names}`,
        `say which is which: --columns "${(missing.length > 0 ? missing : columnNames).map(name => `${name}=NAME`).join(",")}"`,
    )
}

function ragged(fileName: string, row: CsvRow, expected: string): AirpinError {
    return rowError("REPLAY_ROW_RAGGED", fileName, row, `${row.cells.length} fields instead of ${expected}`)
}

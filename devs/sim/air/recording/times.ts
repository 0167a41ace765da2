/**
 * The times of a recording. A time without an offset is one on the wall: `Zone` turns it into a moment, refuses the
 * hour that daylight saving time leaves out, and tells the two passes of the hour that comes twice by their order.
 */
import { DateTime, FixedOffsetZone, IANAZone, type Zone } from "luxon"
import { type CsvRow, optionError, type RecordingOptions, rowError } from "./recording-error.ts"

/** A time as the file has it. */
export interface TimeCell {
    text: string
    row: CsvRow
}

/** Milliseconds since 1970 as if the clock on the wall showed UTC, or of the moment itself if the text says which. */
type ReadTime = { wallMs: number } | { momentMs: number }
type Reader = (text: string) => ReadTime | undefined

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const ISO =
    /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]\s*([01]?\d|2[0-3]):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i
const UNIX_SECONDS = /^\d{9,10}(\.\d+)?$/
const UNIX_MS = /^\d{12,13}$/
/** Day first, as wherever dots are written. */
const DOTTED = /^\d{1,2}\.\d{1,2}\.\d{4},? +\d{1,2}:\d{2}(:\d{2})?$/
const SLASHED = /^\d{1,2}\/\d{1,2}\/\d{2,4}\b/
/** A header's format that has no time of day, as older versions of Aranet4's app write it: "dd/mm/yyyy". */
const DATE_ALONE = /^[dmy]+([-/.])[dmy]+\1[dmy]+$/i
/** luxon's tokens of a time of day; each also reads two digits of an hour. */
const TIMES_OF_DAY = ["H:mm:ss", "H:mm", "h:mm:ss a", "h:mm a"]
/** luxon's tokens of an offset, and of Unix time. */
const ABSOLUTE_TOKENS = /Z|z|X|x/

/**
 * The moment of each row, in ms since 1970.
 *
 * @param cells in order, or newest first
 * @param header of the column: Aranet4 writes the format there, "Time(DD/MM/YYYY H:mm:ss)"
 * @throws AirpinError REPLAY_DATE_BAD, REPLAY_DATE_AMBIGUOUS, REPLAY_OPTION_INVALID
 */
export function readTimes(cells: TimeCell[], header: string, fileName: string, options: RecordingOptions): number[] {
    const zone = readZone(options.zone)
    const read = readerFor(cells, header, fileName, options)
    const times = cells.map(({ text, row }) => {
        const time = read(text)
        if (time) return time
        throw rowError("REPLAY_DATE_BAD", fileName, row, `"${text}" is not a date and time like those above it`)
    })
    const momentsOf = wallClock(zone)
    const candidates = times.map((time, at) => {
        const moments = "momentMs" in time ? [time.momentMs] : momentsOf(time.wallMs)
        const cell = cells[at]
        if (moments.length > 0 || !cell) return moments
        const problem = `${cell.text} does not exist in ${zone.name}: the clocks go forward over it`
        throw rowError("REPLAY_DATE_BAD", fileName, cell.row, problem, "give the zone of the recording: --zone UTC")
    })
    const [newest = 0] = candidates[0] ?? []
    const isNewestFirst = newest > (candidates.at(-1)?.[0] ?? newest)
    return isNewestFirst
        ? inOrder(candidates.reverse(), cells.toReversed(), fileName).reverse()
        : inOrder(candidates, cells, fileName)
}

/** @throws AirpinError REPLAY_OPTION_INVALID */
function readZone(name = "UTC"): Zone {
    const zone = /^[+-]\d/.test(name) ? FixedOffsetZone.parseSpecifier(`UTC${name}`) : undefined
    if (zone) return zone
    const fixed = FixedOffsetZone.parseSpecifier(name)
    if (fixed) return fixed
    if (IANAZone.isValidZone(name)) return IANAZone.create(name)
    throw optionError(
        `--zone ${name} is no time zone`,
        "write a name like Europe/Berlin, UTC, or an offset like +01:00",
    )
}

/**
 * Gives the moments at which a clock in the zone shows a time: one, two in October, none in March. A zone's offset takes
 * 10 µs to find, so those of a day are kept: the one of the day before, and the one of the day after.
 */
function wallClock(zone: Zone): (wallMs: number) => number[] {
    const offsetsOfDay = new Map<number, number[]>()
    return wallMs => {
        const day = Math.floor(wallMs / DAY_MS)
        const offsets = offsetsOfDay.get(day) ?? [
            ...new Set([zone.offset((day - 1) * DAY_MS), zone.offset((day + 2) * DAY_MS)]),
        ]
        offsetsOfDay.set(day, offsets)
        const moments = offsets.map(offset => wallMs - offset * MINUTE_MS).sort((a, b) => a - b)
        if (moments.length === 1) return moments
        return moments.filter(momentMs => momentMs + zone.offset(momentMs) * MINUTE_MS === wallMs)
    }
}

/** Where times come twice, the rows before the step back are the first pass, and those behind it the second. */
function inOrder(candidates: number[][], cells: TimeCell[], fileName: string): number[] {
    const chosen = candidates.map(([first = NaN]) => first)
    for (let from = 0; from < candidates.length; from++) {
        if (candidates[from]?.length !== 2) continue
        let end = from
        while (candidates[end]?.length === 2) end++
        const back = stepBack(chosen, from, end)
        const cell = cells[from]
        if (back === undefined && cell)
            throw rowError(
                "REPLAY_DATE_AMBIGUOUS",
                fileName,
                cell.row,
                `${cell.text} comes twice when the clocks go back, and the order of the rows does not say which it is`,
            )
        for (let at = back ?? end; at < end; at++) chosen[at] = candidates[at]?.[1] ?? NaN
        from = end
    }
    return chosen
}

/** The first of these rows that is not later than the one before it; undefined if all are. */
function stepBack(moments: number[], from: number, end: number): number | undefined {
    for (let at = from + 1; at < end; at++) if ((moments[at] ?? NaN) <= (moments[at - 1] ?? NaN)) return at
    return undefined
}

function readerFor(cells: TimeCell[], header: string, fileName: string, { dateFormat }: RecordingOptions): Reader {
    const [first] = cells
    const text = first?.text ?? ""
    if (dateFormat !== undefined) {
        if (!first || formatReader(dateFormat)(text)) return formatReader(dateFormat)
        throw rowError(
            "REPLAY_DATE_BAD",
            fileName,
            first.row,
            `"${text}" does not have the --date-format ${dateFormat}`,
            `write the format in luxon's tokens, such as "dd.MM.yyyy HH:mm:ss" or "MM/dd/yyyy h:mm a"`,
        )
    }
    const reader = [headerReader(header), isoTime, unixTime, dottedTime].find(one => one?.(text))
    if (reader) return reader
    const problem = `"${text}" is not a date and time`
    const [dayFirst, monthFirst] = ["d/M", "M/d"].map(order => slashedFormat(text, order))
    const next = SLASHED.test(text)
        ? `say which of the numbers is the day: --date-format "${dayFirst}" or --date-format "${monthFirst}"`
        : `say how to read it, such as --date-format "dd.MM.yyyy HH:mm:ss", or which column it is: --columns time=NAME`
    throw rowError("REPLAY_DATE_BAD", fileName, first?.row ?? { cells: [], line: 1 }, problem, next)
}

/** A format for a time like this one, in luxon's tokens. */
function slashedFormat(text: string, order: string): string {
    const [, year = "", second, half] = /^[\d/]*\/(\d+)[ ,T]*\d*:?\d*(:\d+)?\s*([ap]\.?m)?/i.exec(text) ?? []
    const time = half ? `h:mm${second ? ":ss" : ""} a` : `H:mm${second ? ":ss" : ""}`
    return `${order}/${year.length === 2 ? "yy" : "yyyy"} ${time}`
}

/** ISO 8601 with T or a blank, and with slashes as Netatmo writes it. */
function isoTime(text: string): ReadTime | undefined {
    const [, year, month, day, hour, minute, second = "0", fraction = "0", zone] = ISO.exec(text) ?? []
    const numbers = [year, month, day, hour, minute, second].map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
    ]
    const [y, m, d, h, min, s] = numbers
    const wallMs = Date.UTC(y, m - 1, d, h, min, s) + Math.floor(Number(`0.${fraction}`) * 1000)
    const date = new Date(wallMs)
    // Date.UTC takes 30 February as 2 March.
    if (Number.isNaN(wallMs) || date.getUTCDate() !== d || date.getUTCMonth() !== m - 1 || min > 59 || s > 59)
        return undefined
    return zone === undefined ? { wallMs } : { momentMs: wallMs - offsetMinutes(zone) * MINUTE_MS }
}

function offsetMinutes(zone: string): number {
    const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

function unixTime(text: string): ReadTime | undefined {
    if (UNIX_SECONDS.test(text)) return { momentMs: Math.floor(Number(text) * 1000) }
    return UNIX_MS.test(text) ? { momentMs: Number(text) } : undefined
}

function dottedTime(text: string): ReadTime | undefined {
    if (!DOTTED.test(text)) return undefined
    const plain = text.replace(",", "").replace(/ +/, " ")
    return formatReader("d.M.yyyy H:mm:ss")(plain) ?? formatReader("d.M.yyyy H:mm")(plain)
}

/** A reader for the format in the brackets of a header, in the tokens of moment.js, or of its date alone. */
function headerReader(header: string): Reader | undefined {
    const format = /[([]([^()[\]]*YY[^()[\]]*)[)\]]/i.exec(header)?.[1]
    if (format === undefined) return undefined
    if (DATE_ALONE.test(format)) return dateReader(format.toLowerCase().replace(/m+/, "M").replace(/d+/, "d"))
    return formatReader(format.replaceAll("D", "d").replaceAll("Y", "y").replaceAll("A", "a"))
}

/** @param date in luxon's tokens; a time of day follows */
function dateReader(date: string): Reader {
    const readers = TIMES_OF_DAY.map(time => formatReader(`${date} ${time}`))
    return text => {
        for (const read of readers) {
            const time = read(text)
            if (time) return time
        }
        return undefined
    }
}

function formatReader(format: string): Reader {
    return text => {
        const time = DateTime.fromFormat(text, format, { zone: "utc", locale: "en" })
        if (!time.isValid) return undefined
        const ms = time.toMillis()
        return ABSOLUTE_TOKENS.test(format.replace(/'[^']*'/g, "")) ? { momentMs: ms } : { wallMs: ms }
    }
}

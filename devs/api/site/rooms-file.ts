/** A list of rooms as a spreadsheet writes it: room, group, and limits of CO2. */
import { CsvError, parse } from "csv-parse/sync"
import { AirpinError } from "../../../certs/error.ts"
import type { Co2Limits, Room } from "./site.ts"

export interface RoomLine {
    /** number of the line in the file */
    line: number
    /** id or name of a device */
    room: string
    group: string
    /** null: those of the site; undefined: the file has no columns for them */
    limits: Co2Limits | null | undefined
}

/** The first cell of a line that names the columns. */
const HEADER = /^(room|name|device|id)$/i

/**
 * @param text lines of room,group or room,group,fair,poor, with commas, semicolons or tabs, with a first line of names or
 * without one
 * @throws AirpinError SITE_ROOMS_INVALID, which names the line
 */
export function parseRooms(text: string): RoomLine[] {
    const rows = cellsOf(text)
    return (HEADER.test(rows[0]?.[1] ?? "") ? rows.slice(1) : rows).map(roomLine)
}

/** What a line makes of a room. */
export function roomOfLine({ group, limits }: RoomLine, before: Room = {}): Room {
    const kept = limits === undefined ? before.limits : limits
    return { group, ...(kept && { limits: kept }) }
}

/** @throws AirpinError SITE_ROOMS_INVALID */
export function wrongLine(line: number | string, text: string): AirpinError {
    return new AirpinError("SITE_ROOMS_INVALID", `line ${line}: ${text}`)
}

/** The cells of each line, after the number of the line. */
function cellsOf(text: string): string[][] {
    try {
        return parse(text, {
            bom: true,
            delimiter: [",", ";", "\t"],
            relax_column_count: true,
            skip_empty_lines: true,
            trim: true,
            on_record: (cells: string[], { lines }) => [`${lines}`, ...cells],
        })
    } catch (cause) {
        if (!(cause instanceof CsvError)) throw cause
        throw new AirpinError("SITE_ROOMS_INVALID", cause.message, { cause })
    }
}

function roomLine([number = "", room = "", group = "", fair, poor, ...more]: string[]): RoomLine {
    if (room === "") throw wrongLine(number, "it names no room")
    if (more.some(cell => cell !== "")) throw wrongLine(number, "it has more than room, group, fair and poor")
    const line = Number(number)
    if (fair === undefined) return { line, room, group, limits: undefined }
    if (fair === "" && !poor) return { line, room, group, limits: null }
    const [fairPpm, poorPpm] = [fair, poor ?? ""].map(text => (/^\d+$/.test(text) ? Number(text) : undefined))
    if (fairPpm === undefined || poorPpm === undefined)
        throw wrongLine(number, `${JSON.stringify(fair)} and ${JSON.stringify(poor ?? "")} are not two numbers of ppm`)
    return { line, room, group, limits: { fairPpm, poorPpm } }
}

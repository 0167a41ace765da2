/**
 * Which column of a recording is which: by the names that recorders give them, or as --columns says. The names are
 * those of airpin's own export, Aranet4 ("Carbon dioxide(ppm)"), Netatmo, the UCI Occupancy Detection data and plain
 * ones, in any case and with any unit behind them.
 */
import { parse } from "csv-parse/sync"
import { optionError } from "./recording-error.ts"

export const columnNames = ["time", "co2", "temperature", "humidity"] as const
export type ColumnName = (typeof columnNames)[number]

/** Positions from 0; a time may stand in two columns, date first. */
export type Columns = Record<Exclude<ColumnName, "time">, number> & { time: number[] }

const NAMES: Record<ColumnName, string[]> = {
    time: ["time", "date", "datetime", "dateandtime", "timestamp", "measuredat", "recordedat", "createdat", "utc"],
    co2: ["co2", "carbondioxide", "co2concentration", "carbondioxideconcentration", "co2level"],
    temperature: ["temperature", "temp", "airtemperature", "roomtemperature"],
    humidity: ["humidity", "hum", "rh", "relativehumidity", "airhumidity", "relhumidity"],
}

/** Units at the end of a name without brackets: co2Ppm, temperature_c, humidityRh. */
const UNITS: Record<ColumnName, RegExp> = {
    time: /(utc|local)$/,
    co2: /ppm$/,
    temperature: /(deg)?(c|f|celsius|fahrenheit)$/,
    humidity: /(rh|pct|percent)$/,
}

/** The columns that --columns names, as the header or a number has them. */
export type NamedColumns = Partial<Record<ColumnName, string>>

/** @throws AirpinError REPLAY_OPTION_INVALID */
export function readNamedColumns(options: string[] = []): NamedColumns {
    const pairs = options.flatMap(text => (parse(text, { relax_quotes: true, trim: true }) as string[][]).flat())
    return Object.fromEntries(
        pairs.map(pair => {
            const [, key, column] = /^(\w+)=(.+)$/.exec(pair) ?? []
            const name = columnNames.find(known => known === key?.toLowerCase())
            if (name && column) return [name, column.trim()]
            throw optionError(
                `--columns "${pair}" is not one of ${columnNames.map(known => `${known}=NAME`).join(", ")}`,
                `write, for instance, --columns "time=Zeit,co2=CO2 innen"`,
            )
        }),
    )
}

/** What can be said of a header: all columns, or which are missing and which stand there more than once. */
export interface Search {
    columns?: Columns
    missing: ColumnName[]
    /** texts such as `"Temp" and "Temperature" are both a temperature` */
    ambiguous: string[]
}

export function findColumns(header: string[], named: NamedColumns): Search {
    const found = columnNames.map(name => ({ name, positions: positionsOf(header, name, named[name]) }))
    const missing = found.filter(({ positions }) => positions.length === 0).map(({ name }) => name)
    const ambiguous = found
        .filter(
            ({ name, positions }) => positions.length > 1 && !(name === "time" && isJoined(header, positions, named)),
        )
        .map(({ name, positions }) => `${positions.map(at => `"${header[at]}"`).join(" and ")} may be the ${name}`)
    if (missing.length + ambiguous.length > 0) return { missing, ambiguous }
    const [time = [], [co2 = 0] = [], [temperature = 0] = [], [humidity = 0] = []] = found.map(one => one.positions)
    return { columns: { time, co2, temperature, humidity }, missing, ambiguous }
}

function positionsOf(header: string[], name: ColumnName, column: string | undefined): number[] {
    if (column === undefined) return header.flatMap((text, at) => (isNamed(text, name) ? [at] : []))
    const at = positionOf(header, column)
    if (at >= 0) return [at]
    const parts = column.split("+").map(part => positionOf(header, part.trim()))
    return name === "time" && parts.every(part => part >= 0) ? parts : []
}

/** By the exact name, by the name in another case, or by a number from 1. */
function positionOf(header: string[], column: string): number {
    const exact = header.indexOf(column)
    if (exact >= 0) return exact
    const similar = header.findIndex(text => text.toLowerCase() === column.toLowerCase())
    const at = similar >= 0 || !/^\d+$/.test(column) ? similar : Number(column) - 1
    return at < header.length ? at : -1
}

/** A date and a time of day; or any two columns that --columns joins. */
function isJoined(header: string[], positions: number[], named: NamedColumns): boolean {
    if (named.time !== undefined) return true
    const [first, second, ...others] = positions.map(at => plain(header[at] ?? ""))
    return first === "date" && second === "time" && others.length === 0
}

function isNamed(text: string, name: ColumnName): boolean {
    const unit = unitOf(text)
    if (name === "co2" && unit !== undefined && !/^ppm\b/i.test(unit)) return false
    const words = plain(text)
    return NAMES[name].includes(words) || NAMES[name].includes(words.replace(UNITS[name], ""))
}

/** Letters and digits only, without what stands in brackets; CO₂ is CO2 (Unicode's NFKC). */
function plain(text: string): string {
    const compatible = text.normalize("NFKC").toLowerCase()
    return compatible.replace(/[([].*?[)\]]/g, "").replace(/[^\p{L}\p{N}]/gu, "")
}

/** What stands in brackets at the end of a header: "Temperature(°F)" gives "°F"; undefined if nothing does. */
export function unitOf(text: string): string | undefined {
    return /[([]([^()[\]]*)[)\]]\s*$/.exec(text.normalize("NFKC"))?.[1]?.trim()
}

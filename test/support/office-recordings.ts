/**
 * Recordings of office air as CSV: those of the UCI Occupancy Detection data (Candanedo and Feldheim, Energy and
 * Buildings 112 (2016) 28-39), which stand in ../shared/data on some machines only, and made-up ones for every clone.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { Random } from "../../devs/sim/random.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"

/** A recording, with what a reader has to find in it. */
export interface OfficeRecording {
    title: string
    /** the CSV; absent where this machine does not have it */
    csv(): string | undefined
    rows: number
    /** time of the first row, ISO 8601 */
    first: string
    /** when the last row ends, ISO 8601 */
    end: string
}

function uci(file: string, facts: Pick<OfficeRecording, "rows" | "first" | "end">): OfficeRecording {
    const name = path.join(projectDirectory, "../shared/data/office-co2", file)
    return { title: file, csv: () => (existsSync(name) ? readFileSync(name, "utf8") : undefined), ...facts }
}

const MINUTE_MS = 60_000

interface MadeUp {
    seed: number
    firstRow: number
    /** ISO 8601 */
    first: string
    rows: number
}

/**
 * A row a minute, with the quirks of the UCI files: a row number that the header does not name, quoted dates of which
 * a third are a second early, means of several samples with up to 17 digits.
 */
function madeUpCsv({ seed, firstRow, first, rows }: MadeUp): string {
    const random = new Random(seed)
    const lines = ['"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"']
    let co2Ppm = 450
    for (let at = 0; at < rows; at++) {
        const minute = new Date(Date.parse(first) + at * MINUTE_MS)
        const isOccupied = minute.getUTCHours() >= 8 && minute.getUTCHours() < 18
        co2Ppm += (((isOccupied ? 1300 : 420) - co2Ppm) / 90) * random.between(0.5, 1.5)
        const measuredPpm = Math.round((co2Ppm + random.gaussian(2)) * 12) / 12
        const temperatureC = Math.round((isOccupied ? 22.5 : 20.9) * 200 + random.gaussian(4)) / 200
        const humidityRh = Math.round(26_000 + random.gaussian(80)) / 1000
        const early = at > 0 && at < rows - 1 && random.next() < 1 / 3 ? 1000 : 0
        const date = new Date(minute.getTime() - early).toISOString().slice(0, 19).replace("T", " ")
        const light = isOccupied ? 426 + Math.floor(random.next() * 3) / 3 : 0
        const ratio = (0.00018 * humidityRh * temperatureC) / 22
        lines.push(
            `"${firstRow + at}","${date}",${[temperatureC, humidityRh, light, measuredPpm, ratio, Number(isOccupied)]}`,
        )
    }
    return `${lines.join("\n")}\n`
}

function madeUp(title: string, shape: MadeUp): OfficeRecording {
    const end = new Date(Date.parse(shape.first) + shape.rows * MINUTE_MS).toISOString()
    return { title, csv: () => madeUpCsv(shape), rows: shape.rows, first: shape.first, end }
}

/** Two days of an office; the made-up one is as long as the test of a rotation needs. */
export const twoDays: readonly OfficeRecording[] = [
    uci("datatest.txt", { rows: 2665, first: "2015-02-02T14:19:00.000Z", end: "2015-02-04T10:44:00.000Z" }),
    madeUp("made-up days", { seed: 12, firstRow: 140, first: "2026-03-02T14:19:00.000Z", rows: 2300 }),
]

/** Most of a week of an office. */
export const sixDays: readonly OfficeRecording[] = [
    uci("datatraining.txt", { rows: 8143, first: "2015-02-04T17:51:00.000Z", end: "2015-02-10T09:34:00.000Z" }),
    madeUp("a made-up week", { seed: 13, firstRow: 1, first: "2026-03-04T17:51:00.000Z", rows: 8143 }),
]

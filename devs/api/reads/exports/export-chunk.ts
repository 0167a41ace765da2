/** Exports are read in chunks of bounded work; between two of them, others get their turn. */
import type { Sql } from "../../store/database.ts"
import { deviceKey, knownDevice } from "../../store/devices.ts"
import { meanReadings, readingPage } from "../../store/readings.ts"
import type { TimeRange } from "../../store/records.ts"
import { rollUpNames, rollUpSeconds } from "../../store/roll-ups.ts"
import { type CsvForm, csvWriter } from "./csv.ts"
import type { RowWriter } from "./export-row.ts"
import { lineWriter } from "./line-protocol.ts"

/** Rows of the export in a chunk: about 50 kB of CSV. */
const MAX_ROWS = 1_000

/** Rows of which the means of one chunk are made, about: takes 20 ms. */
const MAX_SCANNED = 20_000

/** The shortest interval of a device. */
const READING_S = 5

export interface ExportRequest {
    id: string
    range: TimeRange
    /** seconds per mean; readings when absent */
    step?: number | undefined
    /** line protocol when absent */
    csv?: CsvForm | undefined
    /** `next` of the chunk before */
    after?: string | undefined
}

export interface ExportChunk {
    text: string
    /** null at the end */
    next: string | null
}

/** @throws AirpinError DEVICE_UNKNOWN */
export async function exportChunk(sql: Sql, request: ExportRequest): Promise<ExportChunk> {
    const { id, range, step, csv, after } = request
    const write = csv ? csvWriter(csv, id) : lineWriter(id, (await knownDevice(sql, id)).name)
    if (step !== undefined) return await meansChunk(sql, { id, range, step, after }, write)
    const { readings, next } = await readingPage(sql, id, range, MAX_ROWS, after)
    return { text: readings.map(write).join(""), next }
}

/** `after` is the first second that is left. Times without any reading are skipped. */
async function meansChunk(
    sql: Sql,
    { id, range, step, after }: { id: string; range: TimeRange; step: number; after?: string | undefined },
    write: RowWriter,
): Promise<ExportChunk> {
    const left = { from: Math.max(range.from, Number(after ?? 0)), to: range.to }
    const first = await firstTime(sql, await deviceKey(sql, id), left)
    if (first === undefined) return { text: "", next: null }
    const stepBefore = Math.floor((first - 1) / step) * step
    const from = Math.max(left.from, stepBefore + 1)
    const to = Math.min(left.to, stepBefore + step * stepsOf(step))
    const means = await meanReadings(sql, id, { from, to }, step)
    return { text: means.map(write).join(""), next: to < left.to ? `${to + 1}` : null }
}

/** Steps in a chunk. */
function stepsOf(step: number): number {
    const rollUp = rollUpNames.find(name => step % rollUpSeconds[name] === 0)
    const rowSeconds = rollUp === undefined ? READING_S : rollUpSeconds[rollUp]
    return Math.min(MAX_ROWS, Math.max(1, Math.floor((MAX_SCANNED * rowSeconds) / step)))
}

/** Every table with times, and the seconds up to its `time` that a row covers. */
const covered = [["readings", 1] as const, ...rollUpNames.map(name => [name, rollUpSeconds[name]] as const)]

/** The earliest second of the range to which a reading or a sum may belong: retention deletes readings before sums. */
async function firstTime(sql: Sql, device: number, { from, to }: TimeRange): Promise<number | undefined> {
    const times = covered.map(async ([table, seconds]) => {
        const row = await sql
            .selectFrom(table)
            .select("time")
            .where("device", "=", device)
            .where("time", ">=", from)
            .orderBy("time")
            .limit(1)
            .executeTakeFirst()
        return row === undefined ? Infinity : Math.max(from, row.time - seconds + 1)
    })
    const first = Math.min(...(await Promise.all(times)))
    return first <= to ? first : undefined
}

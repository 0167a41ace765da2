/** Reading what is stored. Each query reads a bounded number of rows. */
import { type SelectQueryBuilder, sql as text } from "kysely"
import { AirpinError } from "../../../certs/error.ts"
import type { Sql } from "./database.ts"
import { deviceKey } from "./devices.ts"
import { fromColumns, quantityColumns, storedQuantities } from "./quantity-columns.ts"
import type { LowestCo2, MeanReading, QuantityName, Reading, ReadingPage, TimeRange } from "./records.ts"
import { type RollUpName, rollUpNames, rollUpSeconds, sumColumns } from "./roll-ups.ts"
import type { ReadingTable, Tables } from "./tables.ts"

/** Readings of which means are made in one query: 35 days of one every 15 s; takes 0.2 s. */
const MAX_SCANNED = 200_000

const readingColumns = ["time", "seq", ...quantityColumns] as const

type ReadingRow = Omit<ReadingTable, "device"> & { bootId: string }

function readingOf(row: ReadingRow): Reading {
    return { time: row.time, boot: row.bootId, seq: row.seq, ...fromColumns(row) }
}

/**
 * The reading of each device that ended last, by device id; of several that ended together, the one of the boot
 * stored later.
 *
 * @param only id of the one device that is wanted
 */
export async function latestReadings(sql: Sql, only?: string): Promise<Map<string, Reading>> {
    let query = sql
        .selectFrom("devices")
        .innerJoin("readings", join =>
            join.onRef("readings.device", "=", "devices.key").onRef("readings.time", "=", "devices.newestAt"),
        )
        .innerJoin("boots", join =>
            join.onRef("boots.device", "=", "readings.device").onRef("boots.boot", "=", "readings.boot"),
        )
        .select(["devices.id", "boots.id as bootId", "readings.boot", ...readingColumns])
    if (only !== undefined) query = query.where("devices.id", "=", only)
    const rows = await query.orderBy("readings.boot").orderBy("seq").execute()
    return new Map(rows.map(({ id, ...row }) => [id, readingOf(row)]))
}

/**
 * At most `limit` readings in the order of time.
 *
 * @param after `next` of the previous page
 * @throws AirpinError DEVICE_UNKNOWN, AFTER_INVALID
 */
export async function readingPage(
    sql: Sql,
    id: string,
    range: TimeRange,
    limit: number,
    after?: string,
): Promise<ReadingPage> {
    const [time, boot, seq] = cursorOf(after)
    const rows = await sql
        .selectFrom("readings")
        .innerJoin("boots", join =>
            join.onRef("boots.device", "=", "readings.device").onRef("boots.boot", "=", "readings.boot"),
        )
        .select(["boots.id as bootId", "readings.boot", ...readingColumns])
        .where("readings.device", "=", await deviceKey(sql, id))
        .where("time", ">=", Math.max(range.from, time))
        .where("time", "<=", range.to)
        .where(({ eb, refTuple, tuple }) => eb(refTuple("time", "readings.boot", "seq"), ">", tuple(time, boot, seq)))
        .orderBy("time")
        .orderBy("readings.boot")
        .orderBy("seq")
        .limit(limit + 1)
        .execute()
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const next = last && rows.length > limit ? `${last.time}.${last.boot}.${last.seq}` : null
    return { readings: page.map(readingOf), next }
}

/** The place of a reading in the order of pages: its time, its boot's number and its sequence number. */
function cursorOf(after = "0.0.0"): [time: number, boot: number, seq: number] {
    const [, time, boot, seq] = /^(\d{1,12})\.(\d{1,9})\.(\d{1,9})$/.exec(after) ?? []
    if (seq === undefined)
        throw new AirpinError("AFTER_INVALID", `after is ${JSON.stringify(after)}, which no page gave as next`)
    return [Number(time), Number(boot), Number(seq)]
}

/**
 * Means over `step` seconds, aligned to multiples of `step` since 1970, rounded to the decimals of each quantity.
 * Whole 5 minutes, hours and days are read from their sums, the seconds before and after them from the readings.
 *
 * @throws AirpinError DEVICE_UNKNOWN; RANGE_TOO_LONG if that takes more than 200,000 rows
 */
export async function meanReadings(sql: Sql, id: string, range: TimeRange, step: number): Promise<MeanReading[]> {
    const device = await deviceKey(sql, id)
    const [first, ...others] = partsOf(range, step).map(part => selectPart(sql, device, part))
    if (first === undefined) return []
    const source = others.reduce((all, part) => all.unionAll(part), first).limit(MAX_SCANNED + 1)
    const rows = await sql
        .selectFrom(source.as("parts"))
        .select(({ ref }) => [
            text<number>`(${ref("time")} + ${text.lit(step - 1)}) / ${text.lit(step)} * ${text.lit(step)}`.as("end"),
            text<number>`cast(sum(${ref("count")}) AS bigint)`.as("readings"),
            text<number>`count(*)`.as("rows"),
            ...sumColumns.map(column => text<number | null>`cast(sum(${ref(column)}) AS bigint)`.as(column)),
        ])
        .groupBy("end")
        .orderBy("end")
        .execute()
    if (rows.reduce((sum, row) => sum + Number(row.rows), 0) > MAX_SCANNED)
        throw new AirpinError(
            "RANGE_TOO_LONG",
            `means of ${step} s over this range are made of more than ${MAX_SCANNED} rows`,
        )
    return rows.map(row => ({ time: row.end, count: row.readings, ...meansOf(row) }))
}

type Sums = Record<(typeof sumColumns)[number], number | null>

function meansOf(sums: Sums): Record<QuantityName, number | null> {
    const means = storedQuantities.map(({ name, column, scale, decimals }) => {
        const [sum, count] = [sums[`${column}Sum`], sums[`${column}Count`]]
        return [name, count && sum !== null ? Number((sum / count / scale).toFixed(decimals)) : null]
    })
    return Object.fromEntries(means)
}

/** A range of time that is read from one table; both ends belong to it. */
interface Part extends TimeRange {
    table: RollUpName | "readings"
}

/** The tables that make up a range, the coarsest first for what fits it; the ends of the range from finer ones. */
export function partsOf(range: TimeRange, step: number, tables: RollUpName[] = rollUpNames): Part[] {
    const [table, ...finer] = tables
    if (table === undefined) return [{ table: "readings", ...range }]
    const seconds = rollUpSeconds[table]
    if (step % seconds !== 0) return partsOf(range, step, finer)
    // a row at `time` holds the seconds after `time - seconds`, up to `time`
    const from = Math.ceil((range.from + seconds - 1) / seconds) * seconds
    const to = Math.floor(range.to / seconds) * seconds
    if (from > to) return partsOf(range, step, finer)
    const before = { from: range.from, to: from - seconds }
    const after = { from: to + 1, to: range.to }
    const ends = [before, after].filter(end => end.from <= end.to)
    return [{ table, from, to }, ...ends.flatMap(end => partsOf(end, step, finer))]
}

type PartRow = { time: number; count: number } & Record<(typeof sumColumns)[number], number>

function selectPart(
    sql: Sql,
    device: number,
    { table, from, to }: Part,
): SelectQueryBuilder<Tables, Part["table"], PartRow> {
    if (table === "readings")
        return sql
            .selectFrom("readings")
            .select(({ ref }) => [
                "time",
                text<number>`1`.as("count"),
                ...quantityColumns.flatMap(column => [
                    text<number>`CASE WHEN ${ref(column)} IS NULL THEN 0 ELSE 1 END`.as(`${column}Count` as const),
                    text<number>`coalesce(${ref(column)}, 0)`.as(`${column}Sum` as const),
                ]),
            ])
            .where("device", "=", device)
            .where("time", ">=", from)
            .where("time", "<=", to)
    return sql
        .selectFrom(table)
        .select(["time", "count", ...sumColumns])
        .where("device", "=", device)
        .where("time", ">=", from)
        .where("time", "<=", to)
}

/**
 * The lowest CO2 in the hours that ended after `from`, by device id; devices without CO2 are absent. Of several hours
 * with it, the last.
 *
 * @param only id of the one device that is wanted
 */
export async function lowestCo2(sql: Sql, from: number, only?: string): Promise<Map<string, LowestCo2>> {
    let query = sql
        .selectFrom("hours")
        .innerJoin("devices", "devices.key", "hours.device")
        .select(["id", "time as at", "co2PpmMin as ppm"])
        .where("time", ">", from)
        .where("co2PpmMin", "is not", null)
    if (only !== undefined) query = query.where("id", "=", only)
    const lowest = new Map<string, LowestCo2>()
    for (const { id, at, ppm } of await query.orderBy("hours.device").orderBy("time").execute()) {
        if (ppm === null) continue
        const { hours = 0, ...before } = lowest.get(id) ?? { ppm, at }
        lowest.set(id, { ...(ppm <= before.ppm ? { ppm, at } : before), hours: hours + 1 })
    }
    return lowest
}

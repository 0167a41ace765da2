/** Reading what is stored. Each query reads a bounded number of rows. */
import { type SelectQueryBuilder, sql as text } from "kysely"
import { AirpinError } from "../../../certs/error.ts"
import type { Sql } from "./database.ts"
import { deviceKey } from "./devices.ts"
import { fromColumns, quantityColumns } from "./quantity-columns.ts"
import type { LowestCo2, MeanReading, QuantityName, Reading, ReadingPage, TimeRange } from "./records.ts"
import { type RollUpName, rollUpNames, rollUpSeconds, sumColumns } from "./roll-ups.ts"
import type { QuantityColumns, ReadingTable, Tables } from "./tables.ts"

/** Readings of which means are made in one query: 35 days of one every 15 s; takes 0.2 s. */
const MAX_SCANNED = 200_000

/** Largest sequence number, which PostgreSQL's INTEGER and the devices' 32 bits hold. */
const MAX_SEQ = 2 ** 31 - 1

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
    // CROSS JOIN: SQLite joins in this order (https://sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join);
    // left to itself, it reads every reading and looks up the device of each
    let query = sql
        .selectFrom("devices")
        .crossJoin("readings")
        .crossJoin("boots")
        .whereRef("readings.device", "=", "devices.key")
        .whereRef("readings.time", "=", "devices.newestAt")
        .whereRef("boots.device", "=", "readings.device")
        .whereRef("boots.boot", "=", "readings.boot")
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
    const rows = await pageQuery(sql, await deviceKey(sql, id), range, limit, after)
        .innerJoin("boots", join =>
            join.onRef("boots.device", "=", "readings.device").onRef("boots.boot", "=", "readings.boot"),
        )
        .select(["boots.id as bootId", "readings.boot", ...readingColumns])
        .execute()
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return { readings: page.map(readingOf), next: last && rows.length > limit ? nextOf(last) : null }
}

/** The readings of a page, and the one after them, in the order of time. @throws AirpinError AFTER_INVALID */
export function pageQuery(sql: Sql, device: number, range: TimeRange, limit: number, after?: string) {
    const [time, boot, seq] = cursorOf(after)
    return sql
        .selectFrom("readings")
        .where("readings.device", "=", device)
        .where("time", ">=", Math.max(range.from, time))
        .where("time", "<=", range.to)
        .where(({ eb, refTuple, tuple }) => eb(refTuple("time", "readings.boot", "seq"), ">", tuple(time, boot, seq)))
        .orderBy("time")
        .orderBy("readings.boot")
        .orderBy("seq")
        .limit(limit + 1)
}

/** `next` of a page that ends with this reading. */
export function nextOf({ time, boot, seq }: Pick<ReadingTable, "time" | "boot" | "seq">): string {
    return `${time}.${boot}.${seq}`
}

/** The place of a reading in the order of pages: its time, its boot's number and its sequence number. */
function cursorOf(after = "0.0.0"): [time: number, boot: number, seq: number] {
    const [, time, boot, seq] = /^(\d{1,12})\.(\d{1,9})\.(\d{1,10})$/.exec(after) ?? []
    if (seq === undefined || Number(seq) > MAX_SEQ)
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
            // a mean instead of its sum and count: half as many values come out of the database
            ...quantityColumns.map(column => {
                const [sum, count] = [ref(`${column}Sum`), ref(`${column}Count`)]
                const asDouble = (value: typeof sum) => text`cast(sum(${value}) AS double precision)`
                return text<number | null>`${asDouble(sum)} / nullif(${asDouble(count)}, 0)`.as(column)
            }),
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

/** Means in the units of the columns, rounded to the decimals of each quantity. */
function meansOf(means: QuantityColumns<number | null>): Record<QuantityName, number | null> {
    const rounded = (mean: number | null) => (mean === null ? null : Math.round(mean))
    return fromColumns({
        co2Ppm: rounded(means.co2Ppm),
        eco2Ppm: rounded(means.eco2Ppm),
        tvocPpb: rounded(means.tvocPpb),
        temperatureC100: rounded(means.temperatureC100),
        humidityRh100: rounded(means.humidityRh100),
    })
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
    const ofHours = sql
        .selectFrom("devices")
        .crossJoin("hours")
        .whereRef("hours.device", "=", "devices.key")
        .where("time", ">", from)
        .where("co2PpmMin", "is not", null)
    let query = ofHours
        .select(({ fn }) => ["key", "id", fn.min("co2PpmMin").as("ppm"), fn.countAll().as("hours")])
        .groupBy(["key", "id"])
    if (only !== undefined) query = query.where("id", "=", only)
    const rows = await sql
        .selectFrom(query.as("lowest"))
        .select(["id", "ppm", "hours"])
        .select(({ selectFrom }) =>
            selectFrom("hours")
                .select(({ fn }) => fn.max("time").as("at"))
                .whereRef("hours.device", "=", "lowest.key")
                .where("time", ">", from)
                .whereRef("co2PpmMin", "=", "lowest.ppm")
                .as("at"),
        )
        .execute()
    const lowest = new Map<string, LowestCo2>()
    for (const { id, ppm, at, hours } of rows)
        if (ppm !== null && at !== null) lowest.set(id, { ppm, at, hours: Number(hours) })
    return lowest
}

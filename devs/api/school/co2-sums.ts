/** What the report of a month and the map of a week need of the roll-ups; the database adds up what it can. */
import { type Expression, type RawBuilder, sql as text } from "kysely"
import type { LessonRange } from "../site/lessons.ts"
import type { Co2Limits } from "../site/site.ts"
import type { Sql } from "../store/database.ts"

/** 15 minutes: offsets of time zones are multiples of it, so that a slice belongs to one local hour. */
const SLICE_S = 900

/** The readings of a device in an hour or a slice of it that ends at `time`; ppm, null where none was measured. */
export interface SliceSums {
    device: number
    time: number
    co2Count: number
    co2Sum: number
    co2Max: number | null
    eco2Count: number
    eco2Sum: number
    /** highest mean over 5 minutes; null from rows over hours, which keep no maximum of it */
    eco2Max: number | null
}

/** Rows of the roll-up over hours (UTC) that lie in a range. */
export function hourSums(sql: Sql, keys: number[], { from, to }: LessonRange): Promise<SliceSums[]> {
    return sql
        .selectFrom("devices")
        .crossJoin("hours")
        .whereRef("hours.device", "=", "devices.key")
        .where("devices.key", "in", keys)
        .where("time", ">", from)
        .where("time", "<=", to)
        .select([
            "device",
            "time",
            "co2PpmCount as co2Count",
            "co2PpmSum as co2Sum",
            "co2PpmMax as co2Max",
            "eco2PpmCount as eco2Count",
            "eco2PpmSum as eco2Sum",
            text<null>`NULL`.as("eco2Max"),
        ])
        .execute()
}

/** Sums over 15 minutes, from those over 5. */
export function sliceSums(sql: Sql, keys: number[], { from, to }: LessonRange): Promise<SliceSums[]> {
    const end = text<number>`(time + ${text.lit(SLICE_S - 1)}) / ${text.lit(SLICE_S)} * ${text.lit(SLICE_S)}`
    return sql
        .selectFrom("devices")
        .crossJoin("fiveMinutes")
        .whereRef("fiveMinutes.device", "=", "devices.key")
        .where("devices.key", "in", keys)
        .where("time", ">", from)
        .where("time", "<=", to)
        .select(({ fn, ref }) => [
            "device",
            end.as("time"),
            fn.sum<number>("co2PpmCount").as("co2Count"),
            fn.sum<number>("co2PpmSum").as("co2Sum"),
            fn.max("co2PpmMax").as("co2Max"),
            fn.sum<number>("eco2PpmCount").as("eco2Count"),
            fn.sum<number>("eco2PpmSum").as("eco2Sum"),
            text<number | null>`max(${mean(ref("eco2PpmSum"), ref("eco2PpmCount"))})`.as("eco2Max"),
        ])
        .groupBy(["device", end])
        .execute()
}

/** A quantity over slots of 5 minutes; means and maxima in ppm, null without a slot. */
export interface SlotSums {
    /** slots in which it was measured */
    slots: number
    /** sum of their means */
    sum: number | null
    max: number | null
    /** slots whose mean is at or above the limit; those above poor count in both */
    fair: number
    poor: number
}

/** A device in one lesson. */
export type LessonSums = { device: number; lesson: number } & {
    [Key in keyof SlotSums as `co2${Capitalize<Key>}` | `eco2${Capitalize<Key>}`]: SlotSums[Key]
}

/**
 * Sums per room and lesson that has data.
 *
 * @param lessons `lesson` of the result is the place in this list
 */
export async function lessonSums(
    sql: Sql,
    rooms: { key: number; limits: Co2Limits }[],
    lessons: LessonRange[],
): Promise<LessonSums[]> {
    if (rooms.length === 0 || lessons.length === 0) return []
    const values = (rows: number[][]) => text.join(rows.map(row => text`(${text.join(row.map(text.lit))})`))
    const room = values(rooms.map(({ key, limits }) => [key, limits.fairPpm, limits.poorPpm]))
    const lesson = values(lessons.map(({ from, to }, at) => [at, from, to]))
    // SQLite and PostgreSQL both call the columns of VALUES column1, column2, …
    const { rows } = await text<LessonSums>`
        SELECT room.column1 AS device, lesson.column1 AS lesson,
            ${slotSums("co2", text`max("co2PpmMax")`)}, ${slotSums("eco2", text`max(${mean(text.ref("eco2PpmSum"), text.ref("eco2PpmCount"))})`)}
        FROM (VALUES ${room}) AS room
        CROSS JOIN (VALUES ${lesson}) AS lesson
        CROSS JOIN "fiveMinutes" AS slot
        WHERE slot.device = room.column1 AND slot.time > lesson.column2 AND slot.time <= lesson.column3
        GROUP BY room.column1, lesson.column1`.execute(sql)
    return rows
}

function slotSums(quantity: "co2" | "eco2", max: RawBuilder<unknown>) {
    const [count, sum] = [text.ref(`${quantity}PpmCount`), text.ref(`${quantity}PpmSum`)]
    const number = (condition: RawBuilder<unknown>) => text`count(CASE WHEN ${condition} THEN 1 END)`
    const columns: Record<keyof SlotSums, RawBuilder<unknown>> = {
        slots: number(text`${count} > 0`),
        sum: text`sum(${mean(sum, count)})`,
        max,
        fair: number(text`${count} > 0 AND ${sum} >= ${count} * room.column2`),
        poor: number(text`${count} > 0 AND ${sum} >= ${count} * room.column3`),
    }
    const named = Object.entries(columns).map(
        ([name, value]) => text`${value} AS ${text.ref(`${quantity}${name[0]?.toUpperCase()}${name.slice(1)}`)}`,
    )
    return text.join(named)
}

function mean(sum: Expression<unknown>, count: Expression<unknown>) {
    return text`cast(${sum} AS double precision) / nullif(${count}, 0)`
}

export function byDevice<Row extends { device: number }>(rows: Row[]): Map<number, Row[]> {
    const devices = new Map<number, Row[]>()
    for (const row of rows) {
        const ofDevice = devices.get(row.device)
        if (ofDevice) ofDevice.push(row)
        else devices.set(row.device, [row])
    }
    return devices
}

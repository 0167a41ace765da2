/** Finds starts and gaps in the order of a device's readings. */
import { sql as text } from "kysely"
import type { Sql } from "../store/database.ts"
import type { TimeRange } from "../store/records.ts"
import type { Gap, Restart } from "./records.ts"

/** A shorter pause is not worth a word, s. */
const MIN_GAP_S = 300
/** nor are so many intervals: one reading is lost in a restart */
const GAP_INTERVALS = 3
/** Only so many of the newest are sent. */
export const MAX_INTERRUPTIONS = 500

/** Two readings in the order of time that do not follow one another. */
export interface Break {
    fromTime: number
    fromBoot: number
    time: number
    boot: number
}

export interface BootLosses {
    boot: number
    undated: number
    damaged: number
}

/** Shortest pause that counts as a gap, s. */
export function minGapS(intervalS: number): number {
    return Math.max(MIN_GAP_S, GAP_INTERVALS * intervalS)
}

/**
 * Starts, and gaps of at least `minS`.
 *
 * A boot may come back: readings whose time is uncertain lie among those of another. It started where it came first.
 *
 * @param breaks in the order of time
 */
export function interruptionsOf(
    breaks: Break[],
    losses: BootLosses[],
    minS: number,
): { restarts: Restart[]; gaps: Gap[] } {
    const seen = new Set(breaks.slice(0, 1).map(({ fromBoot }) => fromBoot))
    const lossy = new Set(losses.filter(({ undated, damaged }) => undated + damaged > 0).map(({ boot }) => boot))
    const restarts: Restart[] = []
    const gaps: Gap[] = []
    for (const { fromTime, fromBoot, time, boot } of breaks) {
        const isStart = boot !== fromBoot && !seen.has(boot)
        seen.add(boot)
        if (isStart) restarts.push({ at: time, reason: null })
        if (time - fromTime < minS) continue
        // within one boot the sequence goes on while the device has power, so that missing numbers were measured
        gaps.push({ from: fromTime, to: time, cause: boot === fromBoot || lossy.has(boot) ? "lost" : "off" })
    }
    return { restarts, gaps }
}

/** Where the readings of a range do not follow one another; also those before the range and after it. */
export async function readBreaks(sql: Sql, device: number, range: TimeRange): Promise<Break[]> {
    const { from, to } = await withNeighbours(sql, device, range)
    const { rows } = await text<Break>`
        SELECT "fromTime", "fromBoot", time, boot FROM (
            SELECT time, boot, seq, lag(time) OVER w AS "fromTime", lag(boot) OVER w AS "fromBoot",
                lag(seq) OVER w AS "fromSeq"
            FROM readings WHERE device = ${device} AND time >= ${from} AND time <= ${to}
            WINDOW w AS (ORDER BY time, boot, seq)) AS pairs
        WHERE boot <> "fromBoot" OR seq <> "fromSeq" + 1
        ORDER BY time DESC, boot DESC, seq DESC LIMIT ${MAX_INTERRUPTIONS}`.execute(sql)
    return rows.reverse()
}

/** Times without a value of the quantity in which the device sent readings, `minS` or longer. */
export async function readSensorGaps(
    sql: Sql,
    device: number,
    range: TimeRange,
    { column, minS }: { column: "co2Ppm" | "eco2Ppm"; minS: number },
): Promise<Gap[]> {
    const { from, to } = await withNeighbours(sql, device, range)
    const { rows } = await text<{ from: number; to: number | null }>`
        WITH numbered AS (
            SELECT time, ${text.ref(column)} AS value, row_number() OVER (ORDER BY time, boot, seq) AS place
            FROM readings WHERE device = ${device} AND time >= ${from} AND time <= ${to}),
        measured AS (
            SELECT time, place, lead(time) OVER w AS "nextTime", lead(place) OVER w AS "nextPlace"
            FROM numbered WHERE value IS NOT NULL WINDOW w AS (ORDER BY place)),
        ends AS (SELECT max(time) AS time, max(place) AS place FROM numbered)
        SELECT measured.time AS "from", "nextTime" AS "to" FROM measured CROSS JOIN ends
        WHERE CASE WHEN "nextPlace" IS NULL THEN ends.place > measured.place AND ends.time - measured.time >= ${minS}
            ELSE "nextPlace" > measured.place + 1 AND "nextTime" - measured.time >= ${minS} END
        ORDER BY measured.place DESC LIMIT ${MAX_INTERRUPTIONS}`.execute(sql)
    return rows.reverse().map(row => ({ ...row, cause: "sensor" }))
}

/** The range with the reading before it and the one after it, so that a gap across its ends has both of its own. */
async function withNeighbours(sql: Sql, device: number, { from, to }: TimeRange): Promise<TimeRange> {
    const readings = sql.selectFrom("readings").select("time").where("device", "=", device)
    const before = await readings.where("time", "<", from).orderBy("time", "desc").limit(1).executeTakeFirst()
    const after = await readings.where("time", ">", to).orderBy("time").limit(1).executeTakeFirst()
    return { from: before?.time ?? from, to: after?.time ?? to }
}

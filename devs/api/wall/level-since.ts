/** Since when the air of a room has been as bad as it is. */
import { sql as text } from "kysely"
import type { Sql } from "../store/database.ts"
import { rollUpSeconds } from "../store/roll-ups.ts"

/** It is not looked for longer ago than this before the newest reading. */
const DAY_S = 86_400

/** A shorter pause cannot be told from an interval of 10 minutes in the 5-minute roll-ups. */
const MIN_PAUSE_S = 900

/** What the readings of a device are compared with. */
export interface BadAir {
    key: number
    newestAt: number
    isEstimated: boolean
    /** the air is bad from here */
    fromPpm: number
    /** readings further apart than this do not belong together, s */
    maxPauseS: number
}

/**
 * By the key of the device, the end of the first reading, Unix s, of the last run of readings at or above the
 * threshold: after the last one below it, and after the last pause.
 */
export async function badSince(sql: Sql, rooms: BadAir[]): Promise<Map<number, number>> {
    if (rooms.length === 0) return new Map()
    const values = rooms.map(
        ({ key, newestAt, isEstimated, fromPpm, maxPauseS }) =>
            text`(${text.join(
                [key, newestAt, Number(isEstimated), fromPpm, Math.max(MIN_PAUSE_S, maxPauseS)].map(text.lit),
            )})`,
    )
    const { rows } = await text<{ key: number; since: number | null }>`
        WITH rooms (key, "newestAt", "isEstimated", "fromPpm", "maxPauseS") AS (VALUES ${text.join(values)}),
        steps AS MATERIALIZED (
            SELECT rooms.*, CASE "isEstimated" WHEN 1 THEN NULL ELSE coalesce((
                SELECT time FROM "fiveMinutes" WHERE device = key
                    AND time > "newestAt" - ${dayS} AND time < "newestAt" + ${stepS} AND "co2PpmMin" < "fromPpm"
                    ORDER BY time DESC LIMIT 1), 0) END AS "goodStep"
            FROM rooms),
        -- where no step is missing there is no pause, and the window function is spared: it was most of the time
        spans AS MATERIALIZED (
            SELECT steps.*,
                (SELECT (max(time) - min(time)) / ${stepS} + 1 - count(*) FROM "fiveMinutes" WHERE ${isMeasured}) AS "missingSteps"
            FROM steps),
        ends AS MATERIALIZED (
            SELECT spans.*,
                (SELECT time FROM readings WHERE device = key
                    AND time > coalesce("goodStep" - ${stepS}, "newestAt" - ${dayS})
                    AND time <= coalesce("goodStep", "newestAt")
                    AND CASE "isEstimated" WHEN 1 THEN "eco2Ppm" ELSE "co2Ppm" END < "fromPpm"
                    ORDER BY time DESC LIMIT 1) AS "goodAt",
                CASE "missingSteps" WHEN 0 THEN NULL ELSE (SELECT max(time) FROM (
                    SELECT time, lag(time) OVER (ORDER BY time) AS earlier FROM "fiveMinutes" WHERE ${isMeasured}
                ) AS pauses WHERE time - earlier > "maxPauseS") END AS "resumedAt"
            FROM spans)
        SELECT key,
            (SELECT time FROM readings WHERE device = key AND time <= "newestAt"
                AND time > coalesce("goodAt", "newestAt" - ${dayS}) AND time > coalesce("resumedAt" - ${stepS}, 0)
                AND CASE "isEstimated" WHEN 1 THEN "eco2Ppm" ELSE "co2Ppm" END IS NOT NULL
                ORDER BY time LIMIT 1) AS since
        FROM ends`.execute(sql)
    return new Map(rows.flatMap(({ key, since }) => (since === null ? [] : [[key, since]])))
}

const dayS = text.lit(DAY_S)
const stepS = text.lit(rollUpSeconds.fiveMinutes)

/** The steps of the day, from the last with good air on, in which a device measured. */
const isMeasured = text`device = key AND time > "newestAt" - ${dayS} AND time >= coalesce("goodStep", 0)
    AND time < "newestAt" + ${stepS}
    AND CASE "isEstimated" WHEN 1 THEN "eco2PpmCount" ELSE "co2PpmCount" END > 0`

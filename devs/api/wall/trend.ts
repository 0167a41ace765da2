/** How fast the air changes. */
import { sql as text } from "kysely"
import type { Sql } from "../store/database.ts"

/** A mean over so many seconds evens out the noise of a sensor and a breath beside it. */
const MEAN_S = 180
const TREND_S = 900
/** The middle of the readings in the last three minutes of a device that measures every minute, s before the newest. */
const MIDDLE_S = 60
/** The three minutes around that middle, 15 minutes earlier, s before the newest reading. */
const EARLIER_FROM_S = TREND_S + MIDDLE_S + MEAN_S / 2
const EARLIER_TO_S = TREND_S + MIDDLE_S - MEAN_S / 2

/** Means in ppm; null where there is no reading. */
export interface TrendMeans {
    newest: number | null
    earlier: number | null
}

export interface Means {
    co2: TrendMeans
    eco2: TrendMeans
}

/** Change of CO2 in 15 minutes, whole ppm; null unless both are known. */
export function trendPpm({ newest, earlier }: TrendMeans): number | null {
    return newest === null || earlier === null ? null : Math.round(newest - earlier)
}

/** The means of each device, by its key: over the 3 minutes up to its newest reading, and 15 minutes before those. */
export async function trendMeans(sql: Sql, keys: number[]): Promise<Map<number, Means>> {
    if (keys.length === 0) return new Map()
    const rows = await sql
        .selectFrom("devices")
        .crossJoin("readings")
        .select(({ ref }) => {
            const [time, newestAt] = [ref("readings.time"), ref("devices.newestAt")]
            const mean = (column: "co2Ppm" | "eco2Ppm", condition: typeof isNewest) =>
                text<number | null>`cast(avg(CASE WHEN ${condition} THEN ${ref(column)} END) AS double precision)`
            const isNewest = text<boolean>`${time} > ${newestAt} - ${text.lit(MEAN_S)}`
            const isEarlier = text<boolean>`${time} <= ${newestAt} - ${text.lit(EARLIER_TO_S)}`
            return [
                "devices.key",
                mean("co2Ppm", isNewest).as("co2Newest"),
                mean("co2Ppm", isEarlier).as("co2Earlier"),
                mean("eco2Ppm", isNewest).as("eco2Newest"),
                mean("eco2Ppm", isEarlier).as("eco2Earlier"),
            ]
        })
        .whereRef("readings.device", "=", "devices.key")
        .whereRef("readings.time", "<=", "devices.newestAt")
        .where(({ ref }) => text<boolean>`${ref("time")} > ${ref("newestAt")} - ${text.lit(EARLIER_FROM_S)}`)
        .where("devices.key", "in", keys)
        .groupBy("devices.key")
        .execute()
    return new Map(
        rows.map(({ key, co2Newest, co2Earlier, eco2Newest, eco2Earlier }) => [
            key,
            {
                co2: { newest: co2Newest, earlier: co2Earlier },
                eco2: { newest: eco2Newest, earlier: eco2Earlier },
            },
        ]),
    )
}

/** What each device measured last. */
import { sql as text } from "kysely"
import type { Sql } from "../store/database.ts"
import { fromColumns, quantityColumns } from "../store/quantity-columns.ts"
import type { QuantityValues } from "../store/records.ts"

const DAY_S = 86_400

/** The latest reading of each device by its key; of several that ended together, the one stored last. */
export async function latestAir(sql: Sql, keys: number[]): Promise<Map<number, QuantityValues>> {
    if (keys.length === 0) return new Map()
    const rows = await sql
        .selectFrom("devices")
        .crossJoin("readings")
        .select(["devices.key", ...quantityColumns])
        .whereRef("readings.device", "=", "devices.key")
        .whereRef("readings.time", "=", "devices.newestAt")
        .where("devices.key", "in", keys)
        .orderBy("boot")
        .orderBy("seq")
        .execute()
    return new Map(rows.map(({ key, ...row }) => [key, fromColumns(row)]))
}

/** Those of the devices that measured CO2 in the day before their newest reading: an estimate would mislead. */
export async function withCo2(sql: Sql, keys: number[]): Promise<Set<number>> {
    if (keys.length === 0) return new Set()
    const rows = await sql
        .selectFrom("devices")
        .select("key")
        .where("key", "in", keys)
        .where(({ exists, selectFrom }) =>
            exists(
                selectFrom("hours")
                    .select("hours.time")
                    .whereRef("hours.device", "=", "devices.key")
                    .where(
                        ({ ref }) =>
                            text<boolean>`${ref("hours.time")} > ${ref("devices.newestAt")} - ${text.lit(DAY_S)}`,
                    )
                    .where("co2PpmCount", ">", 0),
            ),
        )
        .execute()
    return new Set(rows.map(({ key }) => key))
}

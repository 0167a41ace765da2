import type { Sql } from "../store/database.ts"
import { fromColumns, quantityColumns, storedQuantities } from "../store/quantity-columns.ts"
import type { QuantityName, QuantityValues } from "../store/records.ts"

/** Days of readings that show what a device measures. */
const DAYS = 2

/** The latest reading of a device; of several that ended together, the one stored last. */
export async function latestValues(sql: Sql, device: number, newestAt: number): Promise<QuantityValues | undefined> {
    const row = await sql
        .selectFrom("readings")
        .select(quantityColumns)
        .where("device", "=", device)
        .where("time", "=", newestAt)
        .orderBy("boot", "desc")
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst()
    return row && fromColumns(row)
}

/** What a device has measured on its last days with readings, in the order of exports. */
export async function measuredQuantities(sql: Sql, device: number): Promise<QuantityName[]> {
    const days = await sql
        .selectFrom("days")
        .select(storedQuantities.map(({ column }) => `${column}Count` as const))
        .where("device", "=", device)
        .orderBy("time", "desc")
        .limit(DAYS)
        .execute()
    return storedQuantities.filter(({ column }) => days.some(day => day[`${column}Count`] > 0)).map(({ name }) => name)
}

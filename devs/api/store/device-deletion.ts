/** Deletes a device with everything that is stored of it. */
import { sql } from "kysely"
import type { Database, Sql } from "./database.ts"
import { deleteInSteps } from "./delete-in-steps.ts"
import { deviceKey, revokeDevice } from "./devices.ts"
import { readingsDefinition, tableDefinitions } from "./schema.ts"

/** The tables of which a device has rows: a new device may get its key, and must not get them. */
const tables = [readingsDefinition, ...tableDefinitions]
    .filter(({ columns }) => columns.some(column => column.startsWith('"device" ')))
    .map(({ name, primaryKey }) => ({ name, hasManyRows: primaryKey.includes("time") }))

/** What is stored of a device. */
export interface DeviceExtent {
    readings: number
    /** times of the first and the last reading; null without readings */
    oldest: number | null
    newest: number | null
    /** hours of which sums are stored, also where the readings are deleted */
    hours: number
    boots: number
}

/** @throws AirpinError DEVICE_UNKNOWN */
export async function deviceExtent(query: Sql, id: string): Promise<DeviceExtent> {
    const device = await deviceKey(query, id)
    const { boots } = await query
        .selectFrom("devices")
        .select("boots")
        .where("key", "=", device)
        .executeTakeFirstOrThrow()
    const { hours } = await query
        .selectFrom("hours")
        .select(({ fn }) => fn.countAll<number>().as("hours"))
        .where("device", "=", device)
        .executeTakeFirstOrThrow()
    const extent = await query
        .selectFrom("readings")
        .select(({ fn }) => [
            fn.countAll<number>().as("readings"),
            fn.min<number | null>("time").as("oldest"),
            fn.max<number | null>("time").as("newest"),
        ])
        .where("device", "=", device)
        .executeTakeFirstOrThrow()
    return { ...extent, readings: Number(extent.readings), hours: Number(hours), boots }
}

/**
 * Refuses the device's token from now on, then deletes its rows in small steps and the device last: an interrupted
 * deletion goes on when it is started again.
 *
 * @param onStep called after each step with the rows it deleted
 * @throws AirpinError DEVICE_UNKNOWN
 */
export async function deleteDevice(
    db: Database,
    id: string,
    nowS: number,
    onStep: (rows: number) => void = () => undefined,
): Promise<void> {
    const device = await deviceKey(db.sql, id)
    await revokeDevice(db, id, nowS)
    for (const { name: table, hasManyRows } of tables)
        if (hasManyRows) await deleteInSteps(db, { table, device }, { onStep })
    await db.transaction(async query => {
        const alerts = query.selectFrom("alerts").select("id").where("device", "=", device)
        await query.deleteFrom("alertDeliveries").where("alert", "in", alerts).execute()
        for (const { name } of tables) await sql`DELETE FROM ${sql.table(name)} WHERE device = ${device}`.execute(query)
        await query.deleteFrom("devices").where("key", "=", device).execute()
    })
}

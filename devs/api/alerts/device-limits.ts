/** Limits of a device's own, set by `airpin alert limit`. */
import type { Database, Sql } from "../store/database.ts"
import { deviceKey } from "../store/devices.ts"
import type { DeviceLimits } from "./conditions.ts"

const names = ["co2Ppm", "co2Minutes", "silentMinutes"] as const

export const noLimits: DeviceLimits = { co2Ppm: null, co2Minutes: null, silentMinutes: null }

/** By the key of the device; devices without own limits are left out. */
export async function allLimits(sql: Sql): Promise<Map<number, DeviceLimits>> {
    const rows = await sql
        .selectFrom("alertLimits")
        .select(["device", ...names])
        .execute()
    return new Map(rows.map(({ device, ...limits }) => [device, limits]))
}

/**
 * Changes the limits that are given; null: that of the server from now on.
 *
 * @returns the device's limits now
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function setLimits(db: Database, id: string, changes: Partial<DeviceLimits>): Promise<DeviceLimits> {
    return db.transaction(async sql => {
        const device = await deviceKey(sql, id)
        const before = (await allLimits(sql)).get(device) ?? noLimits
        const limits = { ...before, ...changes }
        await sql
            .insertInto("alertLimits")
            .values({ device, ...limits })
            .onConflict(conflict => conflict.column("device").doUpdateSet(limits))
            .execute()
        return limits
    })
}

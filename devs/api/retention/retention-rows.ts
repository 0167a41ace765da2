/** Retention as the database stores it. */
import type { Database, Sql } from "../store/database.ts"
import { changeDevice } from "../store/devices.ts"
import { readState, writeState } from "../store/state.ts"
import { DEFAULT_RETENTION, type DeviceRetention, type Retention } from "./policy.ts"

/**
 * What the server was last started with: commands that are not told otherwise take it, so that `airpin db prune` deletes
 * what `airpin serve` would.
 */
export async function readServerRetention(sql: Sql): Promise<Retention> {
    const value = await readState(sql, "retention")
    return { ...DEFAULT_RETENTION, ...(value === undefined ? {} : JSON.parse(value)) }
}

/** @throws as `Database` */
export async function writeServerRetention(db: Database, retention: Retention): Promise<void> {
    const before = await readState(db.sql, "retention")
    const value = JSON.stringify(retention)
    if (value !== before) await writeState(db, "retention", value)
}

/**
 * Changes what a device keeps of its own; null: as the server.
 *
 * @returns what it keeps of its own now
 * @throws AirpinError DEVICE_UNKNOWN
 */
export async function setDeviceRetention(
    db: Database,
    id: string,
    changes: Partial<DeviceRetention>,
): Promise<DeviceRetention> {
    await changeDevice(db, id, changes)
    return db.sql
        .selectFrom("devices")
        .select(["rawDays", "fiveMinuteDays"])
        .where("id", "=", id)
        .executeTakeFirstOrThrow()
}

/** The devices that keep something of their own, by id. */
export function deviceRetentions(sql: Sql): Promise<(DeviceRetention & { id: string })[]> {
    return sql
        .selectFrom("devices")
        .select(["id", "rawDays", "fiveMinuteDays"])
        .where(({ or, eb }) => or([eb("rawDays", "is not", null), eb("fiveMinuteDays", "is not", null)]))
        .orderBy("id")
        .execute()
}

/** Rows of devices. */
import { AirpinError } from "../../../certs/error.ts"
import type { Database, Sql } from "./database.ts"
import { type Device, type Losses, lossNames, type NewDevice } from "./records.ts"
import type { DeviceTable } from "./tables.ts"

const deviceColumns = ["id", "name", "createdAt", "revokedAt", "lastSeenAt", ...lossNames] as const

/** @throws AirpinError DEVICE_EXISTS */
export function insertDevice(db: Database, device: NewDevice): Promise<void> {
    return db.transaction(sql => writeDevice(sql, device))
}

/** As `insertDevice`, in the transaction of the caller. */
export async function writeDevice(sql: Sql, device: NewDevice): Promise<void> {
    const { last } = await sql
        .selectFrom("devices")
        .select(({ fn }) => fn.max("key").as("last"))
        .executeTakeFirstOrThrow()
    const counts = { lost: 0, rejected: 0, undated: 0, damaged: 0, gap: 0, timeUncertaintyS: 0, boots: 0 }
    const usage = { usageDay: 0, usageBoots: 0, usageBytes: 0 }
    const none = { revokedAt: null, lastSeenAt: null, newestAt: null, rawDays: null, fiveMinuteDays: null }
    const { numInsertedOrUpdatedRows } = await sql
        .insertInto("devices")
        .values({ key: (last ?? 0) + 1, ...device, ...counts, ...usage, ...none })
        .onConflict(conflict => conflict.column("id").doNothing())
        .executeTakeFirst()
    if (Number(numInsertedOrUpdatedRows) === 0)
        throw new AirpinError("DEVICE_EXISTS", `the device ${device.id} already exists`)
}

/** Every device, revoked ones too, by id. */
export function listDevices(sql: Sql): Promise<Device[]> {
    return sql.selectFrom("devices").select(deviceColumns).orderBy("id").execute()
}

/** @throws AirpinError DEVICE_UNKNOWN */
export async function knownDevice(sql: Sql, id: string): Promise<Device> {
    const device = await sql.selectFrom("devices").select(deviceColumns).where("id", "=", id).executeTakeFirst()
    return device ?? deviceUnknown(id)
}

/** Who has a token. */
export interface TokenOwner {
    id: string
    revokedAt: number | null
}

export function ownerOfToken(sql: Sql, tokenSha256: string): Promise<TokenOwner | undefined> {
    return sql
        .selectFrom("devices")
        .select(["id", "revokedAt"])
        .where("tokenSha256", "=", tokenSha256)
        .executeTakeFirst()
}

/**
 * Revokes the token of a device; its readings stay. Once revoked, `revokedAt` does not change.
 *
 * @param revokedAt Unix seconds
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function revokeDevice(db: Database, id: string, revokedAt: number): Promise<void> {
    return db.transaction(async sql => {
        const key = await deviceKey(sql, id)
        await sql
            .updateTable("devices")
            .set(({ fn, val }) => ({ revokedAt: fn.coalesce("revokedAt", val(revokedAt)) }))
            .where("key", "=", key)
            .execute()
    })
}

/** @throws AirpinError DEVICE_UNKNOWN */
export function changeDevice(db: Database, id: string, changes: Partial<DeviceTable>): Promise<void> {
    return db.transaction(async sql => {
        const key = await deviceKey(sql, id)
        await sql.updateTable("devices").set(changes).where("key", "=", key).execute()
    })
}

/** The losses of each boot, in the order in which the boots were first stored. */
export function bootLosses(sql: Sql, id: string): Promise<(Losses & { id: string })[]> {
    return sql
        .selectFrom("boots")
        .innerJoin("devices", "devices.key", "boots.device")
        .select(["boots.id", ...lossNames.map(name => `boots.${name}` as const)])
        .where("devices.id", "=", id)
        .orderBy("boots.boot")
        .execute()
}

/** @throws AirpinError DEVICE_UNKNOWN */
export async function deviceKey(sql: Sql, id: string): Promise<number> {
    const row = await sql.selectFrom("devices").select("key").where("id", "=", id).executeTakeFirst()
    return row?.key ?? deviceUnknown(id)
}

/**
 * Keeps other transactions from changing the device until the end of this one.
 *
 * @returns its key
 * @throws AirpinError DEVICE_UNKNOWN
 */
export async function lockDevice(sql: Sql, id: string): Promise<number> {
    // not SELECT … FOR UPDATE, which SQLite does not have
    const row = await sql
        .updateTable("devices")
        .set(({ ref }) => ({ lastSeenAt: ref("lastSeenAt") }))
        .where("id", "=", id)
        .returning("key")
        .executeTakeFirst()
    return row?.key ?? deviceUnknown(id)
}

function deviceUnknown(id: string): never {
    throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
}

/** What of each device is older than retention. */
import type { Database, Sql } from "../store/database.ts"
import {
    type DeviceRetention,
    expiryOf,
    type PrunedTable,
    prunedTables,
    type Retention,
    retentionOf,
} from "./policy.ts"

/** The rows of a device in a table whose time is at most `until` are to be deleted. */
export interface Expiry {
    /** its key */
    device: number
    id: string
    table: PrunedTable
    /** Unix seconds; before the device's newest reading, which is kept however old it is */
    until: number
}

/** What would be deleted of a device: so many rows with times from `oldest` to `newest`. */
export interface Expired extends Expiry {
    rows: number
    oldest: number
    newest: number
}

/**
 * For each device and table what is older than retention, by id; nothing for what is kept for ever.
 *
 * "Now" is the earlier of `nowS` and the time at which a batch was last stored: a clock that has jumped ahead must not
 * delete anything, and posts are stored only while the clock is not in doubt.
 *
 * @throws as `Database`
 */
export async function expiries({ sql: query }: Database, server: Retention, nowS: number): Promise<Expiry[]> {
    const devices = await query
        .selectFrom("devices")
        .select(["key", "id", "rawDays", "fiveMinuteDays", "newestAt", "lastSeenAt"])
        .orderBy("id")
        .execute()
    const trustedNowS = Math.min(nowS, Math.max(0, ...devices.map(({ lastSeenAt }) => lastSeenAt ?? 0)))
    return devices.flatMap(device => prunedTables.flatMap(table => expiryIn(table, device, server, trustedNowS)))
}

type DeviceRow = DeviceRetention & { key: number; id: string; newestAt: number | null }

function expiryIn(table: PrunedTable, device: DeviceRow, server: Retention, nowS: number): Expiry[] {
    const expiry = expiryOf(table, retentionOf(device, server), nowS)
    if (expiry === null || device.newestAt === null) return []
    const until = table === "readings" ? Math.min(expiry, device.newestAt - 1) : expiry
    return [{ device: device.key, id: device.id, table, until }]
}

/**
 * Counts the rows that `prune` would delete; without devices and tables of which it would delete none.
 *
 * @throws as `Database`
 */
export async function countExpired({ sql: query }: Database, expired: Expiry[]): Promise<Expired[]> {
    const counted: Expired[] = []
    for (const expiry of expired) {
        const { rows, oldest, newest } = await countRows(query, expiry)
        if (oldest !== null && newest !== null) counted.push({ ...expiry, rows: Number(rows), oldest, newest })
    }
    return counted
}

async function countRows(query: Sql, { table, device, until }: Expiry) {
    return query
        .selectFrom(query.dynamic.table(table).as("expired"))
        .select(({ fn }) => [
            fn.countAll<number | string>().as("rows"),
            fn.min<number | null>("expired.time").as("oldest"),
            fn.max<number | null>("expired.time").as("newest"),
        ])
        .where("expired.device", "=", device)
        .where("expired.time", "<=", until)
        .executeTakeFirstOrThrow()
}

/** Drops whole months of readings on PostgreSQL, which takes milliseconds and leaves nothing to vacuum. */
import { sql } from "kysely"
import type { Database, Sql } from "../store/database.ts"
import type { Expiry } from "./expiries.ts"

/** Dropping locks the table; posts wait behind it for at most so long, and the next pruning tries again. */
const LOCK_TIMEOUT = "100ms"
/** SQLSTATE lock_not_available (PostgreSQL manual, appendix A). */
const LOCK_NOT_AVAILABLE = "55P03"

interface Partition {
    name: string
    /** its readings end before this, Unix seconds */
    end: number
}

/**
 * Drops the partitions in which every reading of every device is expired; none where a device keeps its readings for
 * ever or has its newest reading there.
 *
 * @returns the number of readings in each partition that was dropped
 */
export async function dropExpiredPartitions(database: Database, expired: Expiry[]): Promise<number[]> {
    const dropped: number[] = []
    if (database.kind !== "postgres") return dropped
    const keptFrom = await firstKept(database.sql, expired)
    for (const { name, end } of await partitions(database.sql)) {
        if (end > keptFrom) continue
        const { rows } = await sql<{ count: string }>`SELECT count(*) AS count FROM ${sql.table(name)}`.execute(
            database.sql,
        )
        if (await drop(database, name)) dropped.push(Number(rows[0]?.count ?? 0))
    }
    return dropped
}

/** Readings before this are expired, of whichever device; 0 if a device with readings keeps them for ever. */
async function firstKept(query: Sql, expired: Expiry[]): Promise<number> {
    const ofReadings = expired.filter(({ table }) => table === "readings")
    const { count } = await query
        .selectFrom("devices")
        .select(({ fn }) => fn.countAll<number | string>().as("count"))
        .where("newestAt", "is not", null)
        .executeTakeFirstOrThrow()
    if (Number(count) !== ofReadings.length) return 0
    return Math.min(...ofReadings.map(({ until }) => until + 1))
}

/** The partitions of the readings, the oldest first; not the default one, which has no bounds. */
async function partitions(query: Sql): Promise<Partition[]> {
    const { rows } = await sql<{ name: string; bounds: string }>`
        SELECT child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bounds
        FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = to_regclass('readings')`.execute(query)
    return rows
        .flatMap(({ name, bounds }) => {
            const end = /TO \('?(\d+)'?\)/.exec(bounds)?.[1]
            return end === undefined ? [] : [{ name, end: Number(end) }]
        })
        .sort((a, b) => a.end - b.end)
}

async function drop(database: Database, name: string): Promise<boolean> {
    try {
        await database.transaction(async query => {
            await sql`SET LOCAL lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(query)
            // who changes partitions locks this row first: see postgres/partitions.ts
            await sql`UPDATE state SET value = value WHERE name = 'schemaVersion'`.execute(query)
            await sql`DROP TABLE ${sql.table(name)}`.execute(query)
        })
        return true
    } catch (error) {
        if (isLocked(error)) return false
        throw error
    }
}

function isLocked(error: unknown): boolean {
    const { cause = error } = error instanceof Error ? error : {}
    return cause instanceof Error && "code" in cause && cause.code === LOCK_NOT_AVAILABLE
}

/** Deletes many rows of a device, in steps that hold up nothing for longer than one of them. */
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { Database, Sql } from "./database.ts"

/** A step deletes at least and at most so many rows. */
const MIN_ROWS = 100
const MAX_ROWS = 4000
/** What a step should take: about this is added to the time of a post that arrives meanwhile. */
const STEP_MS = 10
/** After a step, so many times as long as it took is left to others, and no less than the minimum. */
const PAUSE_FACTOR = 4
const MIN_PAUSE_MS = 10

/** The rows of a device in a table whose key begins with device and time, up to a time in Unix seconds. */
export interface RowsToDelete {
    table: string
    device: number
    /** all of them if absent */
    until?: number
}

export interface StepOptions {
    /** called after each step with the rows it deleted */
    onStep?: (rows: number) => void
    /** awaited before each step; nothing more is deleted once it says false */
    mayGoOn?: () => Promise<boolean>
}

/**
 * Deletes the rows, the oldest first.
 *
 * @returns how many were deleted
 * @throws as `Database`
 */
export async function deleteInSteps(
    db: Database,
    rows: RowsToDelete,
    { onStep = () => undefined, mayGoOn = async () => true }: StepOptions = {},
): Promise<number> {
    let deleted = 0
    for (let limit = MIN_ROWS; await mayGoOn(); ) {
        const startMs = performance.now()
        const count = await db.transaction(query => deleteOldest(query, rows, limit))
        const tookMs = performance.now() - startMs
        if (count === 0) break
        deleted += count
        onStep(count)
        // the time of a step is about proportional to its rows
        const fitting = (limit * STEP_MS) / Math.max(1, tookMs)
        limit = Math.round(Math.min(MAX_ROWS, 2 * limit, Math.max(MIN_ROWS, fitting)))
        await sleep(Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * tookMs))
    }
    return deleted
}

/** Deletes about `limit` rows: those of one second go together. */
async function deleteOldest(
    query: Sql,
    { table, device, until = Number.MAX_SAFE_INTEGER }: RowsToDelete,
    limit: number,
): Promise<number> {
    const oldest = await sql<{ time: number | null }>`
        SELECT max(time) AS time FROM (
            SELECT time FROM ${sql.table(table)} WHERE device = ${device} AND time <= ${until} ORDER BY time LIMIT ${limit}
        ) AS oldest`.execute(query)
    const last = oldest.rows[0]?.time ?? null
    if (last === null) return 0
    const deleted = await sql`DELETE FROM ${sql.table(table)} WHERE device = ${device} AND time <= ${last}`.execute(
        query,
    )
    return Number(deleted.numAffectedRows ?? 0)
}

/** Deletes what is older than retention. */
import type { Database } from "../store/database.ts"
import { deleteInSteps, type StepOptions } from "../store/delete-in-steps.ts"
import { dropExpiredPartitions } from "./expired-partitions.ts"
import type { Expiry } from "./expiries.ts"
import type { PrunedTable } from "./policy.ts"

/** Rows deleted of a device; of a partition that was dropped, those of all devices, and `device` is null. */
export interface Pruned {
    device: string | null
    table: PrunedTable
    rows: number
}

/**
 * Deletes what is expired in small steps, the oldest first. The sums over hours and days do not change.
 *
 * @returns what was deleted, without devices and tables of which nothing was
 * @throws as `Database`
 */
export async function prune(db: Database, expired: Expiry[], options: StepOptions = {}): Promise<Pruned[]> {
    const pruned: Pruned[] = []
    for (const rows of await dropExpiredPartitions(db, expired)) {
        options.onStep?.(rows)
        if (rows > 0) pruned.push({ device: null, table: "readings", rows })
    }
    for (const { id, ...rows } of expired) {
        const count = await deleteInSteps(db, rows, options)
        if (count > 0) pruned.push({ device: id, table: rows.table, rows: count })
    }
    return pruned
}

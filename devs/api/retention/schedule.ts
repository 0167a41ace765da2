/** Prunes while `airpin serve` runs. */
import { Lease } from "../lease.ts"
import type { Database } from "../store/database.ts"
import { expiries } from "./expiries.ts"
import type { Retention } from "./policy.ts"
import { type Pruned, prune } from "./prune.ts"
import { LEASE_NAME, whileHeld } from "./turn.ts"

/** Time for devices to post, and so to show whether the clock is right. */
const FIRST_AFTER_MS = 5 * 60_000
const EVERY_MS = 3_600_000

export interface PruningOptions {
    database: Database
    retention: Retention
    /** Unix seconds */
    nowS: () => number
    /** nothing is deleted while the clock is in doubt */
    isClockRight: () => boolean
    onPruned: (pruned: Pruned[]) => void
    onError: (error: unknown) => void
    firstAfterMs?: number
    everyMs?: number
}

/**
 * Prunes five minutes from now and then every hour, unless another process that shares the database does.
 *
 * @returns stops it, and resolves once the step that runs has ended
 */
export function schedulePruning({
    firstAfterMs = FIRST_AFTER_MS,
    everyMs = EVERY_MS,
    ...options
}: PruningOptions): () => Promise<void> {
    // one for all times, because it remembers since when the lease of a killed process stands still
    const lease = new Lease(options.database, LEASE_NAME)
    let isStopped = false
    let running = Promise.resolve()
    const run = () => {
        running = pruneOnce(options, lease, () => isStopped).finally(() => {
            if (!isStopped) timer = setTimeout(run, everyMs).unref()
        })
    }
    let timer = setTimeout(run, firstAfterMs).unref()
    return async () => {
        isStopped = true
        clearTimeout(timer)
        await running
    }
}

async function pruneOnce(
    { database, retention, nowS, isClockRight, onPruned, onError }: PruningOptions,
    lease: Lease,
    isStopped: () => boolean,
): Promise<void> {
    const isHeld = whileHeld(lease)
    const mayGoOn = async () => !isStopped() && isClockRight() && (await isHeld())
    try {
        if (!(await mayGoOn())) return
        try {
            const pruned = await prune(database, await expiries(database, retention, nowS()), { mayGoOn })
            if (pruned.length > 0) onPruned(pruned)
        } finally {
            await lease.release()
        }
    } catch (error) {
        onError(error)
    }
}

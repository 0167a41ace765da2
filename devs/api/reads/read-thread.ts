/** Runs queries in a thread of the pool, on a read-only connection of its own. */
import { workerData } from "node:worker_threads"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import type { Sql } from "../store/database.ts"

/** A query by name. Whoever sends it has typed name and arguments: see `Reads`. */
export interface ReadTask {
    name: string
    args: object
}

/** What comes back. An error loses its class and its code between threads, so they are sent as data. */
export type ReadOutcome = { result: unknown } | { error: { code: ErrorCode; message: string } }

const { path }: { path: string } = workerData
let opened: Promise<{ sql: Sql; queries: object }> | undefined

export async function runRead({ name, args }: ReadTask): Promise<ReadOutcome> {
    try {
        opened ??= open()
        const { sql, queries } = await opened
        const query: unknown = Reflect.get(queries, name)
        if (typeof query !== "function") throw new Error(`there is no query ${name}`)
        return { result: await query(sql, args) }
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        return { error: { code: error.code, message: error.message } }
    }
}

/**
 * Loads SQLite with the first query and not with the thread, because a thread that is terminated while it loads a
 * native module aborts the process: `Reads.close` waits for queries, but cannot wait for a thread that starts.
 */
async function open() {
    const { openSqliteToRead } = await import("../store/sqlite/sqlite-database.ts")
    const { queries } = await import("./queries.ts")
    return { sql: openSqliteToRead(path).sql, queries }
}

/** Runs queries in a thread of the pool, on a read-only connection of its own. */
import { workerData } from "node:worker_threads"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { openStoreToRead, type Store } from "../store/store.ts"
import { queries } from "./queries.ts"

/** A query by name. Whoever sends it has typed name and arguments: see `Reads`. */
export interface ReadTask {
    name: string
    args: object
}

/** What comes back. An error loses its class and its code between threads, so they are sent as data. */
export type ReadOutcome = { result: unknown } | { error: { code: ErrorCode; message: string } }

const { path }: { path: string } = workerData
let store: Store | undefined

export function runRead({ name, args }: ReadTask): ReadOutcome {
    try {
        store ??= openStoreToRead(path)
        const query: unknown = Reflect.get(queries, name)
        if (typeof query !== "function") throw new Error(`there is no query ${name}`)
        return { result: query(store, args) }
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        return { error: { code: error.code, message: error.message } }
    }
}

/**
 * Runs the queries of read routes so that they hold up neither the event loop
 * nor a device's post: in threads with read-only connections, which SQLite's
 * WAL mode lets read while a batch is written.
 */
import { availableParallelism } from "node:os"
import { Readable } from "node:stream"
import { Piscina } from "piscina"
import { AirpinError } from "../../../certs/error.ts"
import type { Store } from "../store/store.ts"
import { type QueryArguments, type QueryName, type QueryResult, queries } from "./queries.ts"
import type { ReadOutcome, ReadTask } from "./read-thread.ts"

/** One core stays free for devices' posts. */
const MAX_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1))

/** Requests that may wait for a thread, without exports; a query takes 5 to 50 ms, so the last one waits about 3 s. */
const MAX_WAITING = 64

/** CSV exports at once: each asks for one chunk after the other. */
const MAX_EXPORTS = 16

/** An idle thread ends after this time; to start one takes about half a second. */
const IDLE_TIMEOUT_MS = 600_000

/** Priority below that of posts where the threads share a core with them (setpriority(2)). */
const NICE_INCREMENT = 10

const threadFile = new URL("./read-worker.mjs", import.meta.url).href

export class Reads {
    readonly #store: Store
    #pool: Piscina<ReadTask, ReadOutcome> | undefined
    #exports = 0
    #waiting = 0

    constructor(store: Store) {
        this.#store = store
    }

    /**
     * Runs a query. A database in memory is known to its own thread only, so
     * there the query runs here.
     *
     * @throws AirpinError READS_BUSY; what the query throws
     */
    async run<Name extends QueryName>(name: Name, args: QueryArguments<Name>): Promise<QueryResult<Name>>
    async run(name: QueryName, args: QueryArguments<QueryName>): Promise<unknown> {
        if (this.#store.path === ":memory:") {
            const query: (store: Store, args: never) => unknown = queries[name]
            return query(this.#store, args as never)
        }
        const outcome = await this.#inThread({ name, args })
        if ("error" in outcome) throw new AirpinError(outcome.error.code, outcome.error.message)
        return outcome.result
    }

    /**
     * A stream of an export's chunks, which are made as they are taken.
     *
     * @throws AirpinError READS_BUSY
     */
    exporting(chunks: AsyncGenerator<string>): Readable {
        if (this.#exports >= MAX_EXPORTS) throw busy(`${MAX_EXPORTS} exports are open`)
        this.#exports++
        return Readable.from(chunks, { highWaterMark: 1 }).once("close", () => this.#exports--)
    }

    async close(): Promise<void> {
        await this.#pool?.destroy()
    }

    async #inThread(task: ReadTask): Promise<ReadOutcome> {
        this.#pool ??= newPool(this.#store.path)
        // a chunk is bounded by the number of exports; without it the export would end in the middle
        if (task.name === "csvChunk") return await this.#pool.run(task)
        if (this.#waiting >= MAX_WAITING) throw busy(`${MAX_WAITING} requests wait to be read`)
        this.#waiting++
        try {
            return await this.#pool.run(task)
        } finally {
            this.#waiting--
        }
    }
}

function newPool(path: string): Piscina<ReadTask, ReadOutcome> {
    return new Piscina({
        filename: threadFile,
        workerData: { path },
        minThreads: 0,
        maxThreads: MAX_THREADS,
        idleTimeout: IDLE_TIMEOUT_MS,
        niceIncrement: NICE_INCREMENT,
    })
}

function busy(what: string): AirpinError {
    return new AirpinError("READS_BUSY", `${what}, as many as this server takes at once`)
}

/**
 * Runs the queries of read routes so that they hold up neither the event loop
 * nor a device's post. On SQLite: in threads with read-only connections, which its
 * WAL mode lets read while a batch is written. On PostgreSQL: on its pool of connections.
 */
import { availableParallelism } from "node:os"
import { Readable } from "node:stream"
import { Piscina } from "piscina"
import { AirpinError } from "../../../certs/error.ts"
import type { Database, Sql } from "../store/database.ts"
import { type QueryArguments, type QueryName, type QueryResult, queries } from "./queries.ts"
import type { ReadOutcome, ReadTask } from "./read-thread.ts"

/** One core stays free for devices' posts. */
const MAX_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1))

/** Of the 10 connections to PostgreSQL the others stay free for devices' posts and their tokens. */
const MAX_QUERIES = 6

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
    readonly #db: Database
    readonly #isInThread: boolean
    readonly #running = new Set<Promise<unknown>>()
    #pool: Piscina<ReadTask, ReadOutcome> | undefined
    /** Starts the task, or ends its wait because the server is being stopped. */
    readonly #queue: (() => void)[] = []
    #underWay = 0
    #exports = 0
    #waiting = 0
    #closed = false

    /** @param threads false: on this thread, where the half second that a thread takes to start is not worth it */
    constructor(db: Database, threads = true) {
        this.#db = db
        // a database in memory is known to its own thread only
        this.#isInThread = threads && db.kind === "sqlite" && db.place !== ":memory:"
    }

    /** @throws AirpinError READS_BUSY; what the query throws */
    async run<Name extends QueryName>(name: Name, args: QueryArguments<Name>): Promise<QueryResult<Name>>
    async run(name: QueryName, args: QueryArguments<QueryName>): Promise<unknown> {
        // a chunk is bounded by the number of exports; without it the export would end in the middle
        if (name === "exportChunk") return await this.#query(name, args)
        if (this.#waiting >= MAX_WAITING) throw busy(`${MAX_WAITING} requests wait to be read`)
        this.#waiting++
        try {
            return await this.#query(name, args)
        } finally {
            this.#waiting--
        }
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

    /**
     * Waits for the queries that run, not for those that wait for a thread: a thread that is terminated during a query
     * aborts the process, because SQLite's binding cannot be interrupted there.
     */
    async close(): Promise<void> {
        this.#closed = true
        for (const start of this.#queue.splice(0)) start()
        await Promise.allSettled(this.#running)
        await this.#pool?.destroy()
    }

    async #query(name: QueryName, args: QueryArguments<QueryName>): Promise<unknown> {
        if (this.#closed) throw stopping()
        const running = this.#inTurn(() => (this.#isInThread ? this.#inThread({ name, args }) : this.#here(name, args)))
        this.#running.add(running)
        try {
            return await running
        } finally {
            this.#running.delete(running)
        }
    }

    #here(name: QueryName, args: QueryArguments<QueryName>): Promise<unknown> {
        const query: (sql: Sql, args: never) => Promise<unknown> = queries[name]
        return query(this.#db.sql, args as never)
    }

    async #inThread(task: ReadTask): Promise<unknown> {
        this.#pool ??= newPool(this.#db.place)
        const outcome = await this.#pool.run(task)
        if ("error" in outcome) throw new AirpinError(outcome.error.code, outcome.error.message)
        return outcome.result
    }

    async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
        const most = this.#isInThread ? MAX_THREADS : MAX_QUERIES
        if (this.#underWay >= most) await new Promise<void>(resolve => this.#queue.push(resolve))
        if (this.#closed) throw stopping()
        this.#underWay++
        try {
            return await work()
        } finally {
            this.#underWay--
            this.#queue.shift()?.()
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

function stopping(): AirpinError {
    return busy("the server is being stopped")
}

function busy(what: string): AirpinError {
    return new AirpinError("READS_BUSY", `${what}, as many as this server takes at once`)
}

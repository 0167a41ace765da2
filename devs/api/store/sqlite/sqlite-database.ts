/** A database in one SQLite file. */

import { closeSync, openSync, statSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite"
import { Kysely } from "kysely"
import { AirpinError } from "../../../../certs/error.ts"
import { groupChanges, planOf } from "../appending.ts"
import { type Database, MAX_GROUP_POSTS, type Sql } from "../database.ts"
import type { Appended, Post } from "../records.ts"
import type { Tables } from "../tables.ts"
import { sqliteDialect } from "./dialect.ts"
import { GroupStatements } from "./group-statements.ts"
import { migrate, schemaVersion } from "./migrate.ts"
import { translated } from "./sqlite-error.ts"
import type { OnProgress } from "./upgrade-5-to-6.ts"

/**
 * How long a write waits for another process (`airpin device add`) to release the file: far shorter than the 20 s
 * after which a device gives up. The event loop is free meanwhile.
 */
const MAX_WAIT_MS = 1000
const PAUSE_MS = 20

/** How long opening waits for another process to release the file. */
const OPEN_TIMEOUT_MS = 1000

/** For so long after a write, `check` does not write: each write takes a sync of the disk. */
const WRITE_CHECK_INTERVAL_MS = 5000

/** Twice the 1,000 pages after which SQLite begins the log anew: https://sqlite.org/wal.html#ckpt */
const LOG_BYTES = 8_400_000

export interface SqliteOptions {
    /** called while tables of an earlier version are upgraded, with the share that is done, from 0 to 1 */
    onUpgrade?: OnProgress
    /** make the log as long as many commits will make it: for a server that stores readings */
    extendLog?: boolean
}

/**
 * Opens the file, creates it if it does not exist, and creates or upgrades its tables.
 *
 * A commit is on the disk when it returns: in WAL mode synchronous=FULL syncs
 * the log on every commit (https://sqlite.org/pragma.html#pragma_synchronous).
 *
 * @param file a path, or ":memory:"
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_VERSION, STORE_BUSY
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Database {
    return translated(() => {
        if (file !== ":memory:") createPrivate(file)
        const database = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS })
        try {
            database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            migrate(database, options.onUpgrade ?? (() => undefined))
            if (options.extendLog && file !== ":memory:") extendLog(database, file)
            database.exec("PRAGMA busy_timeout = 0")
            return new SqliteDatabase(database, file)
        } catch (error) {
            database.close()
            throw error
        }
    }, file)
}

/**
 * Creates the file for its owner only: SQLite would let everyone read it. The files beside it (WAL) get its mode. What
 * is wrong with the path, SQLite says.
 */
function createPrivate(file: string): void {
    try {
        closeSync(openSync(file, "ax", 0o600))
    } catch {
        // it exists, or cannot be created
    }
}

/**
 * Makes the log as long as it will be, so that a commit overwrites blocks that the file has, and what a sync has to
 * write is the data alone. A commit that lengthens the file takes twice as long, for the file system's own journal; and
 * while ext4 shuts down after an error of the disk, the sync of such a commit can succeed although the new length is not
 * kept: the last commit was gone 11 of 300 times after the disk had been checked, 2 of 600 times with a log of 980
 * pages, and 0 of 400 times with this one (Linux 6.18).
 *
 * A transaction that does not fit into the cache writes to the log before it is rolled back.
 */
function extendLog(database: DatabaseSyncInstance, file: string): void {
    // there is no log where SQLite cannot have one
    const { size = 0 } = statSync(`${file}-wal`, { throwIfNoEntry: false }) ?? {}
    if (size >= LOG_BYTES) return
    try {
        database.exec("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE filler (bytes)")
        database.exec(`INSERT INTO filler VALUES (zeroblob(${LOG_BYTES}))`)
    } catch {
        // another process writes, or the disk is full: the log becomes longer as it is written
    }
    if (database.isTransaction) database.exec("ROLLBACK")
    database.exec("PRAGMA cache_size = -2000")
}

/** Typed queries on the file of a running server, for reading; `close` ends them. */
export interface SqliteReader {
    sql: Sql
    close(): void
}

/** @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_BUSY */
export function openSqliteToRead(file: string): SqliteReader {
    const database = translated(() => new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS, readOnly: true }), file)
    return { sql: new Kysely<Tables>({ dialect: sqliteDialect(database) }), close: () => database.close() }
}

class SqliteDatabase implements Database {
    readonly kind = "sqlite"
    readonly groups = { maxPosts: MAX_GROUP_POSTS, atOnce: 1 }
    readonly place: string
    readonly sql: Kysely<Tables>
    readonly #database: DatabaseSyncInstance
    readonly #group: GroupStatements
    /** `performance.now()` at the last write, if that succeeded */
    #wroteAtMs = -Infinity

    constructor(database: DatabaseSyncInstance, file: string) {
        this.place = file === ":memory:" ? file : path.resolve(file)
        this.#database = database
        this.#group = new GroupStatements(database)
        this.sql = new Kysely<Tables>({ dialect: sqliteDialect(database) })
    }

    transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
        return this.#write(() => this.sql.transaction().execute(work))
    }

    append(posts: Post[]): Promise<(Appended | AirpinError)[]> {
        // the connection is taken, so that no transaction of `sql` is open
        return this.#write(() => this.sql.connection().execute(async () => this.#append(posts)))
    }

    check(): Promise<void> {
        const isDue = performance.now() - this.#wroteAtMs >= WRITE_CHECK_INTERVAL_MS
        // rewriting the version writes one page to the disk, and changes nothing
        const write = `PRAGMA user_version = ${schemaVersion(this.#database)}; COMMIT`
        return this.#write(() =>
            this.sql.connection().execute(async () => this.#transaction(isDue ? write : "ROLLBACK", () => undefined)),
        )
    }

    async close(): Promise<void> {
        await this.sql.destroy()
        this.#emptyLog()
        this.#database.close()
    }

    /**
     * Moves what is in the log to the file, so that a copy of the file alone is complete. SQLite does so when the last
     * connection closes; but @photostructure/sqlite keeps a closed one open until its statements are garbage.
     */
    #emptyLog(): void {
        try {
            this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)")
        } catch {
            // a full or failing disk: then it stays in the log, which the next who opens the file reads
        }
    }

    #append(posts: Post[]): (Appended | AirpinError)[] {
        return this.#transaction("COMMIT", () => {
            const plans = posts.map(post => planOf(post, this.#group.knownRows(post)))
            this.#group.write(groupChanges(plans.flatMap(plan => ("changes" in plan ? plan.changes : []))))
            return plans.map(plan => ("changes" in plan ? plan.result : plan.error))
        })
    }

    /** Does synchronous work in a transaction. */
    #transaction<Result>(end: string, work: () => Result): Result {
        return translated(() => {
            this.#database.exec("BEGIN IMMEDIATE")
            try {
                const result = work()
                this.#database.exec(end)
                return result
            } catch (error) {
                // SQLite rolls back by itself when the disk is full
                if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
                throw error
            }
        })
    }

    /** While another process holds the file, the work is tried again for a second. @throws AirpinError STORE_BUSY */
    async #write<Result>(work: () => Promise<Result>): Promise<Result> {
        const endMs = performance.now() + MAX_WAIT_MS
        for (;;) {
            try {
                const result = await work()
                this.#wroteAtMs = performance.now()
                return result
            } catch (error) {
                if (!isBusy(error) || performance.now() >= endMs) {
                    this.#wroteAtMs = -Infinity
                    throw error
                }
            }
            await sleep(PAUSE_MS)
        }
    }
}

function isBusy(error: unknown): boolean {
    return error instanceof AirpinError && error.code === "STORE_BUSY"
}

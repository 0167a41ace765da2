/** Makes sure that no other process has an SQLite file open. */
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"

/**
 * Locks the file against every other process, and writes what is in its log into it. In WAL mode a process holds a
 * shared lock for as long as it has the file open, so even an idle server is noticed
 * (https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode).
 *
 * @returns releases the lock; a file that is no database is not locked
 * @throws AirpinError DATABASE_IN_USE
 */
export function holdAlone(file: string): () => void {
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
        database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
    } catch (error) {
        database.close()
        if (codeOf(error) === "SQLITE_NOTADB" || codeOf(error) === "SQLITE_CORRUPT") return () => undefined
        if (codeOf(error) !== "SQLITE_BUSY") throw error
        throw new AirpinError("DATABASE_IN_USE", `another process has ${path.resolve(file)} open`)
    }
    return () => database.close()
}

const codeOf = (error: unknown) => (error instanceof Error && "sqliteCodeName" in error ? error.sqliteCodeName : "")

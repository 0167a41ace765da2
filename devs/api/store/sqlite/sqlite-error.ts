import { AirpinError } from "../../../../certs/error.ts"
import type { ErrorCode } from "../../../../certs/error-codes/table.ts"

/** Result codes of SQLite (https://sqlite.org/rescode.html) with an error code of their own. */
const meanings: Record<string, [code: ErrorCode, message: string]> = {
    SQLITE_BUSY: ["STORE_BUSY", "another process is writing to the database"],
    SQLITE_FULL: ["STORE_FULL", "the database or its disk is full"],
    SQLITE_CANTOPEN: ["STORE_UNOPENED", "the database file cannot be opened"],
    SQLITE_IOERR: ["STORE_DISK_FAILED", "the disk of the database does not read or write"],
    SQLITE_READONLY: ["STORE_DISK_FAILED", "the database or its disk is read-only"],
    SQLITE_NOTADB: ["STORE_NOT_A_DATABASE", "the file is not an SQLite database"],
}

/**
 * Does work on a database and turns an error of SQLite into an AirpinError: STORE_BUSY, STORE_FULL,
 * STORE_DISK_FAILED, STORE_UNOPENED, STORE_NOT_A_DATABASE or STORE_FAILED. Throws any other error unchanged.
 *
 * @param path of the database, for the message; the responses of the API leave it out
 */
export function translated<Result>(work: () => Result, path?: string): Result {
    try {
        return work()
    } catch (error) {
        if (!isSqliteError(error)) throw error
        const [code, message] = meanings[error.sqliteCodeName] ?? [
            "STORE_FAILED",
            `the database failed: ${error.message}`,
        ]
        throw new AirpinError(code, path === undefined ? message : `${path}: ${message}`, { cause: error })
    }
}

function isSqliteError(error: unknown): error is Error & { sqliteCodeName: string } {
    return error instanceof Error && "sqliteCodeName" in error
}

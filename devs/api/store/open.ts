import type { Database } from "./database.ts"
import { openSqlite, type SqliteOptions } from "./sqlite/sqlite-database.ts"

/**
 * Opens a database; creates the file or the tables if they do not exist, and upgrades those of an earlier version.
 *
 * @param place a file, or ":memory:"
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_VERSION, STORE_BUSY
 */
export async function openDatabase(place: string, options: SqliteOptions = {}): Promise<Database> {
    return openSqlite(place, options)
}

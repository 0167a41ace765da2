import type { Database } from "./database.ts"
import { openPostgres, type PostgresOptions } from "./postgres/postgres-database.ts"
import { isPostgresUrl } from "./postgres/url.ts"
import { openSqlite, type SqliteOptions } from "./sqlite/sqlite-database.ts"

/**
 * Opens a database; creates the file or the tables if they do not exist, and upgrades those of an earlier version.
 *
 * @param place a file, ":memory:", or postgres://user:password@host:port/database
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_VERSION, STORE_BUSY; for PostgreSQL also
 * STORE_URL_INVALID, STORE_UNREACHABLE, STORE_UNTRUSTED, STORE_LOGIN_REFUSED, STORE_UNSAFE
 */
export async function openDatabase(place: string, options: SqliteOptions & PostgresOptions = {}): Promise<Database> {
    return isPostgresUrl(place) ? openPostgres(place, options) : openSqlite(place, options)
}

/** How commands open the database of the service. */
import { stat } from "node:fs/promises"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { makePrivateFolder } from "../../../certs/replace-file.ts"
import { assertNotMoving } from "../../api/maintenance/move.ts"
import type { Database } from "../../api/store/database.ts"
import { deviceIdOf } from "../../api/store/device-lookup.ts"
import { openDatabase } from "../../api/store/open.ts"
import { isPostgresUrl } from "../../api/store/postgres/url.ts"
import type { SqliteOptions } from "../../api/store/sqlite/sqlite-database.ts"
import type { Terminal } from "../../display/terminal.ts"
import { DEFAULT_DATABASE } from "../command.ts"

export interface DatabaseOption {
    db: string
}

/** For the commands that concern one device: its id or name. */
export interface DeviceOptions extends DatabaseOption {
    device: string
}

/** Where the database is: `DATABASE_URL` keeps a password out of the list of processes. */
export const databaseOption = () =>
    new Option("--db <place>", "database: an SQLite file, or postgres://user:password@host/name")
        .env("DATABASE_URL")
        .default(DEFAULT_DATABASE)

/**
 * Opens a database; creates it if it does not exist, and shows the progress of upgrading one of an earlier version.
 *
 * @throws AirpinError MOVE_UNFINISHED; as `openDatabase`
 */
export async function openPlace(
    place: string,
    terminal: Terminal,
    options: Pick<SqliteOptions, "extendLog"> = {},
): Promise<Database> {
    if (!isPostgresUrl(place)) await makePrivateFolder(path.dirname(place))
    const onWarning = (message: string) => terminal.warn(message)
    const db = await openDatabase(place, { ...options, onUpgrade: upgradeProgress(place, terminal), onWarning })
    try {
        await assertNotMoving(db)
        return db
    } catch (error) {
        await db.close()
        throw error
    }
}

function upgradeProgress(file: string, terminal: Terminal): (done: number) => void {
    const startMs = performance.now()
    let isAnnounced = false
    return done => {
        if (!isAnnounced)
            terminal.line("upgrade", `${path.resolve(file)} is of an earlier version: interrupted, it stays as it was`)
        isAnnounced = true
        const tookMs = performance.now() - startMs
        const leftS = Math.ceil((tookMs / done - tookMs) / 1000)
        terminal.progress(`${Math.floor(done * 100)} % upgraded, ${leftS} s left`)
    }
}

/** Opens a database for `use`; creates it if it does not exist. */
export async function withDatabase<Result>(
    place: string,
    terminal: Terminal,
    use: (db: Database) => Promise<Result>,
): Promise<Result> {
    const db = await openPlace(place, terminal)
    try {
        return await use(db)
    } finally {
        await db.close()
    }
}

/** @throws AirpinError DATABASE_MISSING instead of creating a file */
export async function withExistingDatabase<Result>(
    place: string,
    terminal: Terminal,
    use: (db: Database) => Promise<Result>,
): Promise<Result> {
    if (!isPostgresUrl(place)) await assertExists(place)
    return withDatabase(place, terminal, use)
}

/** @throws AirpinError DEVICE_UNKNOWN, DEVICE_AMBIGUOUS; as `withExistingDatabase` */
export function withDevice<Result>(
    { db: place, device }: DeviceOptions,
    terminal: Terminal,
    use: (db: Database, id: string) => Promise<Result>,
): Promise<Result> {
    return withExistingDatabase(place, terminal, async db => use(db, await deviceIdOf(db.sql, device)))
}

/** @throws AirpinError DATABASE_MISSING */
export async function assertExists(file: string): Promise<void> {
    const found = await stat(file).catch(() => undefined) // what else is wrong with it, opening it says
    if (!found) throw new AirpinError("DATABASE_MISSING", `there is no database ${path.resolve(file)}`)
    if (found.isFile() && found.size === 0)
        throw new AirpinError("DATABASE_MISSING", `${path.resolve(file)} is an empty file`)
}

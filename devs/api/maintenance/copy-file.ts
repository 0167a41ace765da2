/** Copies an SQLite database that may be in use, and verifies the copy. */
import { open, rm } from "node:fs/promises"
import { backup, DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import { PRIVATE_MODE } from "../../../certs/replace-file.ts"
import { translated } from "../store/sqlite/sqlite-error.ts"

/** Pages copied at a time: 8 MB, some ms. */
const PAGES_PER_STEP = 2000

/** Number of rows by table. */
export type RowCounts = Record<string, number>

/** Called with the share that is done, from 0 to 1, and what is being done. */
export type OnCopyProgress = (done: number, what: "copying" | "checking") => void

/**
 * Copies one state of the database, whatever is written meanwhile, into a file that must not exist. Writers do not wait
 * for it. The copy is checked page by page, and its rows are counted and compared with those of the state copied.
 *
 * @returns the number of rows in each table
 * @throws AirpinError BACKUP_DAMAGED, BACKUP_NOT_AIRPIN, STORE_NOT_A_DATABASE, STORE_UNOPENED, STORE_FULL, STORE_FAILED;
 * the copy is removed then
 */
export async function copyDatabase(from: string, to: string, onProgress: OnCopyProgress): Promise<RowCounts> {
    await (await open(to, "wx", PRIVATE_MODE)).close()
    try {
        const counts = await copyPages(from, to, onProgress)
        onProgress(1, "checking")
        checkCopy(to, counts)
        const file = await open(to, "r+")
        await file.sync().finally(() => file.close())
        return counts
    } catch (error) {
        await Promise.all([to, `${to}-journal`].map(file => rm(file, { force: true })))
        throw error
    }
}

async function copyPages(from: string, to: string, onProgress: OnCopyProgress): Promise<RowCounts> {
    const source = translated(() => new DatabaseSync(from, { readOnly: true }), from)
    try {
        source.exec("BEGIN") // holds one state of the database for counting and for copying
        const counts = rowCounts(source)
        if (counts.devices === undefined || counts.readings === undefined)
            throw new AirpinError("BACKUP_NOT_AIRPIN", `${from} has no tables of airpin`)
        const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) =>
            onProgress(1 - remainingPages / Math.max(1, totalPages), "copying")
        await backup(source, to, { rate: PAGES_PER_STEP, progress })
        return counts
    } catch (error) {
        if (error instanceof Error && "sqliteCodeName" in error && error.sqliteCodeName === "SQLITE_CORRUPT")
            throw new AirpinError("BACKUP_DAMAGED", `${from} is damaged: ${error.message}`)
        return translated(() => {
            throw error
        }, from)
    } finally {
        // the binding closes the file only with the last compiled statement, which the garbage collector frees
        if (source.isTransaction) source.exec("COMMIT")
        source.close()
    }
}

/** @throws AirpinError BACKUP_DAMAGED */
function checkCopy(file: string, expected: RowCounts): void {
    const copy = new DatabaseSync(file)
    try {
        // a file of its own: in WAL mode the newest changes would be in a second one
        copy.exec("PRAGMA journal_mode = DELETE")
        const problems = copy
            .prepare("PRAGMA integrity_check(3)")
            .all()
            .map(row => String(row.integrity_check))
        if (problems.join() !== "ok") throw damaged(file, problems.join("; "))
        const counts = rowCounts(copy)
        for (const [table, count] of Object.entries(expected))
            if (counts[table] !== count)
                throw damaged(file, `${table} has ${counts[table] ?? "no"} rows instead of ${count}`)
    } catch (error) {
        throw error instanceof AirpinError ? error : damaged(file, error instanceof Error ? error.message : "")
    } finally {
        copy.close()
    }
}

const damaged = (file: string, why: string) => new AirpinError("BACKUP_DAMAGED", `the copy ${file} is damaged: ${why}`)

function rowCounts(database: DatabaseSyncInstance): RowCounts {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    return Object.fromEntries(
        tables.map(({ name }) => {
            const row = database.prepare(`SELECT count(*) AS count FROM "${name}"`).get()
            return [String(name), Number(row?.count)]
        }),
    )
}

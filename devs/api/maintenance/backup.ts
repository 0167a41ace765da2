/** Backs up an SQLite database, and puts a backup in its place. */
import { randomBytes } from "node:crypto"
import { link, open, rename, rm, stat } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { exists, makePrivateFolder } from "../../../certs/replace-file.ts"
import { copyDatabase, type OnCopyProgress, type RowCounts } from "./copy-file.ts"
import { holdAlone } from "./hold-alone.ts"

export interface Backup {
    bytes: number
    /** rows in each table */
    counts: RowCounts
}

/**
 * Copies a database, also while a server writes to it, into a new file that only its owner may read. The file has its
 * name only once the copy was verified.
 *
 * @throws AirpinError BACKUP_EXISTS; as `copyDatabase`
 */
export async function backUp(database: string, file: string, onProgress: OnCopyProgress): Promise<Backup> {
    if (await exists(file)) throw new AirpinError("BACKUP_EXISTS", `${path.resolve(file)} exists already`)
    const temporary = temporaryName(file)
    const counts = await copyDatabase(database, temporary, onProgress)
    const { size } = await stat(temporary)
    await moveInto(temporary, file)
    return { bytes: size, counts }
}

export interface Restored extends Backup {
    /** where the database that was there before is now */
    former?: string
}

/**
 * Makes a database of a backup, which is verified before anything is replaced.
 *
 * @param replace a database that is there is kept under another name; without it, it is an error
 * @throws AirpinError RESTORE_EXISTS, DATABASE_IN_USE; as `copyDatabase`
 */
export async function restore(
    file: string,
    database: string,
    { replace, nowMs, onProgress }: { replace: boolean; nowMs: number; onProgress: OnCopyProgress },
): Promise<Restored> {
    const isThere = await exists(database)
    if (isThere && !replace) throw new AirpinError("RESTORE_EXISTS", `there is a database ${path.resolve(database)}`)
    await makePrivateFolder(path.dirname(database))
    const release = isThere ? holdAlone(database) : () => undefined
    try {
        const temporary = temporaryName(database)
        const counts = await copyDatabase(file, temporary, onProgress)
        const { size } = await stat(temporary)
        const former = isThere ? await setAside(database, nowMs) : undefined
        // SQLite would write a log of a database that is gone into this one
        for (const log of logsOf(database)) await rm(log, { force: true })
        await moveInto(temporary, database)
        return { bytes: size, counts, ...(former === undefined ? {} : { former }) }
    } finally {
        release()
    }
}

/** Gives a database another name, with its log if it has one; where it can, it keeps its own until it is replaced. */
async function setAside(database: string, nowMs: number): Promise<string> {
    const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-")
    const former = `${database}.before-restore-${stamp}Z`
    for (const log of ["-wal", "-journal"]) if (await exists(database + log)) await rename(database + log, former + log)
    // not every file system has a second name for a file
    await link(database, former).catch(() => rename(database, former))
    return former
}

/** The log of a database, its index, and the log of a database that is not in WAL mode. */
const logsOf = (database: string) => ["-wal", "-shm", "-journal"].map(ending => `${database}${ending}`)

const temporaryName = (file: string) =>
    path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}.tmp`)

/** Renames a file; the new name is on the disk when this resolves. */
async function moveInto(temporary: string, file: string): Promise<void> {
    await rename(temporary, file).catch(async error => {
        await rm(temporary, { force: true })
        throw error
    })
    const folder = await open(path.dirname(path.resolve(file)), "r")
    await folder.sync().finally(() => folder.close())
}

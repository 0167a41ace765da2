/** One round at a time in an edge folder. This file touches the disk. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import { PUBLIC_MODE, replaceFile } from "../../../certs/replace-file.ts"

const LOCK = "lock"
const HOLDER = "lock-holder"

/**
 * Locks the folder against other rounds, in this process and in others. The lock is one of the system's on an SQLite file
 * and ends with its process, however that ends; so it is never left behind, and nobody has to decide whether it was.
 *
 * @returns releases it
 * @throws AirpinError EDGE_BUSY, with the process that holds it; DISK_FULL, and those of the disk
 */
export async function lockFolder(folder: string): Promise<() => void> {
    const database = new DatabaseSync(path.join(folder, LOCK), { timeout: 0 })
    try {
        database.exec("BEGIN EXCLUSIVE")
        await replaceFile(folder, HOLDER, `${process.pid}\n`, PUBLIC_MODE)
    } catch (error) {
        database.close()
        throw lockError(error, folder)
    }
    return () => database.close()
}

function lockError(error: unknown, folder: string): unknown {
    const code = error instanceof Error && "sqliteCodeName" in error ? error.sqliteCodeName : undefined
    if (code === "SQLITE_BUSY")
        return new AirpinError("EDGE_BUSY", `another round is running in ${folder}${holderText(folder)}`)
    if (code === "SQLITE_FULL") return new AirpinError("DISK_FULL", `no space is left in ${folder}`)
    return error
}

/** The file is for people: it may still have the process before. */
function holderText(folder: string): string {
    try {
        return ` (process ${readFileSync(path.join(folder, HOLDER), "utf8").trim()})`
    } catch {
        return ""
    }
}

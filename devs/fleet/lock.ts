/** One run at a time works on a class set. */
import { rmSync } from "node:fs"
import { readFile, rm } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { atExit } from "../../certs/pull/end-with-process.ts"
import { PRIVATE_MODE, writeSynced } from "../../certs/replace-file.ts"

/**
 * Keeps other processes away from a folder until this one exits. A lock whose process is gone counts as none.
 *
 * @throws AirpinError FLEET_BUSY
 */
export async function lockFolder(folder: string): Promise<void> {
    const file = path.join(folder, "lock")
    const write = () => writeSynced(file, `${process.pid}\n`, PRIVATE_MODE)
    await write().catch(async (cause: NodeJS.ErrnoException) => {
        if (cause.code !== "EEXIST") throw cause
        const owner = Number(await readFile(file, "utf8").catch(() => ""))
        if (isRunning(owner)) throw new AirpinError("FLEET_BUSY", `process ${owner} works on ${folder}`)
        await rm(file, { force: true })
        await write()
    })
    atExit(() => rmSync(file, { force: true }))
}

function isRunning(pid: number): boolean {
    if (!Number.isInteger(pid) || pid <= 0) return false
    try {
        return process.kill(pid, 0)
    } catch (error) {
        return Object(error).code === "EPERM"
    }
}

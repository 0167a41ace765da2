/** Prints what /ready says while the small file system at the path given fills up, and has space again. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { buildApp } from "../../../../devs/api/app.ts"
import { openDatabase } from "../../../../devs/api/store/open.ts"

/** A result of /ready counts for 2 s, a successful write for 5 s. */
const RESULT_MS = 2_100
const WRITE_MS = 5_200
const MIN_FREE_BYTES = 200_000

const folder = process.argv[2] ?? ""
const db = await openDatabase(path.join(folder, "readings.db"))
const app = buildApp({ db, minFreeBytes: MIN_FREE_BYTES })
const filler = path.join(folder, "filler")

await print("space", 0)
fill(150_000)
await print("little space", RESULT_MS)
fill(Infinity)
await print("no space", WRITE_MS)
rmSync(filler)
await print("space again", RESULT_MS)
await app.close()
await db.close()

/** Writes so many bytes to the file, or until no space is left. */
function fill(bytes: number): void {
    const descriptor = openSync(filler, "a")
    try {
        for (let written = 0; written < bytes; written += 1024) writeSync(descriptor, Buffer.alloc(1024))
    } catch {
        // full
    } finally {
        closeSync(descriptor)
    }
}

async function print(what: string, afterMs: number): Promise<void> {
    await wait(afterMs)
    const { statusCode, body } = await app.inject({ url: "/ready" })
    console.log(what, statusCode, JSON.parse(body).code ?? "ok")
}

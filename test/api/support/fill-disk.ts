/** Fills the small file system at the path given while a database is open there, and prints what it says. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { openStored } from "./stored.ts"
import { co2Batch, NOW_S } from "./world.ts"

const folder = process.argv[2] ?? ""
const store = await openStored(path.join(folder, "readings.db"))
await addDevice(store.db, { id: "kitchen", createdAt: NOW_S })
await store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)
const filler = path.join(folder, "filler")
fill(filler)
await print("full: append", () => store.append("kitchen", co2Batch(2, NOW_S, [1]), NOW_S))
await print("full: check", () => store.check())
rmSync(filler)
await print("space again: check", () => store.check())
await print("space again: append", () => store.append("kitchen", co2Batch(2, NOW_S, [1]), NOW_S))
await store.close()

/** Writes to the file until no space is left. */
function fill(file: string): void {
    const descriptor = openSync(file, "w")
    try {
        for (;;) writeSync(descriptor, Buffer.alloc(1024))
    } catch {
        closeSync(descriptor)
    }
}

async function print(what: string, attempt: () => Promise<unknown>): Promise<void> {
    try {
        await attempt()
        console.log(`${what} ok`)
    } catch (error) {
        console.log(`${what} ${error instanceof AirpinError ? error.code : error}`)
    }
}

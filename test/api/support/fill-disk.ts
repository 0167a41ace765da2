/** Fills the small file system at the path given while a store is open there, and prints what the store says. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { openStore } from "../../../devs/api/store/store.ts"
import { co2Batch, NOW_S } from "./world.ts"

const folder = process.argv[2] ?? ""
const store = openStore(path.join(folder, "readings.db"))
addDevice(store, { id: "kitchen", createdAt: NOW_S })
store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)
const filler = path.join(folder, "filler")
fill(filler)
print("full: append", () => store.append("kitchen", co2Batch(2, NOW_S, [1]), NOW_S))
print("full: check", () => store.check())
rmSync(filler)
print("space again: check", () => store.check())
print("space again: append", () => store.append("kitchen", co2Batch(2, NOW_S, [1]), NOW_S))
store.close()

/** Writes to the file until no space is left. */
function fill(file: string): void {
    const descriptor = openSync(file, "w")
    try {
        for (;;) writeSync(descriptor, Buffer.alloc(1024))
    } catch {
        closeSync(descriptor)
    }
}

function print(what: string, attempt: () => unknown): void {
    try {
        attempt()
        console.log(`${what} ok`)
    } catch (error) {
        console.log(`${what} ${error instanceof AirpinError ? error.code : error}`)
    }
}

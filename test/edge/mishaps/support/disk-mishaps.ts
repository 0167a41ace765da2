/**
 * Run in a mount namespace of its own, with TMPDIR on a small disk: the edge folder is there. Each mishap of the disk, one
 * after the other; prints as JSON what the round said in each, or why the promise was broken.
 */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { renewalWorld } from "../../support/renewal-world.ts"
import { type Mishap, runHere, suffer } from "./mishap.ts"

// mocha's, with which the world is removed; here the disk goes with the namespace
Object.assign(globalThis, { after: () => undefined })

const disk = tmpdir()
const world = await renewalWorld()
assert.equal((await runHere(world)).exit, 0)

const mount = (...args: string[]) => execFileSync("mount", args)

function fill(): () => void {
    const filler = path.join(disk, "filler")
    const descriptor = openSync(filler, "w")
    try {
        for (;;) writeSync(descriptor, Buffer.alloc(4096))
    } catch {
        closeSync(descriptor)
    }
    return () => rmSync(filler)
}

function forbidStaging(): () => void {
    const staging = path.join(world.folder, "staging")
    mount("-t", "tmpfs", "-o", "ro", "tmpfs", staging)
    return () => execFileSync("umount", [staging])
}

function forbidAll(): () => void {
    mount("-o", "remount,ro", disk)
    return () => mount("-o", "remount,rw", disk)
}

const mishaps: Record<string, Mishap> = {
    full: { begin: fill, exit: 1, code: "DISK_FULL" },
    staging: { begin: forbidStaging, exit: 1, code: "PATH_FORBIDDEN" },
    all: { begin: forbidAll, exit: 1, code: "PATH_FORBIDDEN" },
}

const results: Record<string, string> = {}
for (const [name, mishap] of Object.entries(mishaps))
    results[name] = await suffer(world, mishap).then(
        () => "kept",
        (error: Error) => error.stack ?? error.message,
    )
console.log(JSON.stringify(results))
process.exit()

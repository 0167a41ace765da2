/**
 * Run in a mount namespace of its own: `disk-under-load.ts full|read-only FOLDER`, where FOLDER/disk is a small disk.
 * Does something to the disk while devices post, mends it, and prints what it saw as JSON.
 */
import { execFileSync } from "node:child_process"
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs"
import path from "node:path"
import { Service } from "./service.ts"

const [fault = "", folder = ""] = process.argv.slice(2)
const disk = path.join(folder, "disk")

const service = await Service.open(path.join(disk, "readings.db"), folder)
const load = service.load()
await load.progress()
const before = await service.ready()
if (fault === "full") fill()
else makeReadOnly()
const refusals = await load.refusals()
await service.untilReady(false)
const during = await service.ready()
if (fault === "full") rmSync(path.join(disk, "filler"))
else await replaceDisk()
await load.progress()
await service.untilReady(true)
await load.deliver()
await service.end("SIGTERM")
const [stored, expected] = [await service.stored(), load.expected()]
const [missing, unknown] = [difference(expected, stored), difference(stored, expected)]
const doubled = stored.length - new Set(stored).size
console.log(JSON.stringify({ before, refusals, during, readings: stored.length > 0, missing, unknown, doubled }))

/** Writes until no space is left. */
function fill(): void {
    const descriptor = openSync(path.join(disk, "filler"), "w")
    try {
        for (;;) writeSync(descriptor, Buffer.alloc(1024))
    } catch {
        closeSync(descriptor)
    }
}

/** As ext4 does when a card fails: it ends its journal, and takes no more writes (errors=remount-ro). */
function makeReadOnly(): void {
    const device = path.basename(diskDevice())
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, "1")
}

/** What a person does then: checks the disk, mounts it again, and starts the server. */
async function replaceDisk(): Promise<void> {
    await service.end("SIGKILL")
    execFileSync("umount", [disk])
    try {
        execFileSync("e2fsck", ["-p", path.join(folder, "disk.img")], { stdio: "ignore" })
    } catch {
        // exit status 1: errors were corrected
    }
    execFileSync("mount", ["-o", "loop,errors=remount-ro", path.join(folder, "disk.img"), disk])
    await service.start()
}

function diskDevice(): string {
    const mounts = readFileSync("/proc/mounts", "utf8")
        .split("\n")
        .map(line => line.split(" "))
    return mounts.find(([, place]) => place === disk)?.[0] ?? ""
}

function difference(some: string[], others: string[]): string[] {
    const known = new Set(others)
    return some.filter(one => !known.has(one))
}

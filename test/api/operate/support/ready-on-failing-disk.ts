/**
 * Makes a file system in the file at the first path, mounts it at the second, and prints what /ready says before and
 * after the kernel has found an error there and made it read-only.
 */
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { buildApp } from "../../../../devs/api/app.ts"
import { openDatabase } from "../../../../devs/api/store/open.ts"

/** A successful write counts for 5 s. */
const WRITE_MS = 5_200

const [image = "", folder = ""] = process.argv.slice(2)
run("truncate", "--size=20M", image)
run("mkfs.ext4", "-q", image)
run("mount", "-o", "loop,errors=remount-ro", image, folder)
try {
    const device = path.basename(run("findmnt", "--noheadings", "--output=SOURCE", folder).trim())
    const db = await openDatabase(path.join(folder, "readings.db"))
    const app = buildApp({ db, minFreeBytes: 0 })
    await print(app)
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, "1")
    await wait(WRITE_MS)
    await print(app)
    await app.close()
    await db.close()
} finally {
    run("umount", "--lazy", folder)
}

async function print(app: ReturnType<typeof buildApp>): Promise<void> {
    const { statusCode, body } = await app.inject({ url: "/ready" })
    console.log(statusCode, JSON.parse(body).code ?? "ok")
}

/** Ends this process with 77 where the machine does not allow it. */
function run(command: string, ...args: string[]): string {
    const { status, stdout } = spawnSync(command, args, { encoding: "utf8" })
    if (status !== 0) process.exit(77)
    return stdout
}

import assert from "node:assert/strict"
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { DatabaseSync } from "@photostructure/sqlite"
import { addDevice } from "../../devs/api/device-registry.ts"
import { openStored } from "../api/support/stored.ts"
import { co2Batch } from "../api/support/world.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"

const nowS = Math.floor(Date.now() / 1000)
const endS = Math.floor(nowS / 3600) * 3600

describe("airpin db", function () {
    this.timeout(60_000)
    let folder: string
    let db: string

    before(async () => {
        folder = await temporaryFolder()
        db = path.join(folder, "readings.db")
        const opened = await openStored(db)
        await addDevice(opened.db, { id: "kitchen", name: "Kitchen", createdAt: 5 })
        // a reading an hour for 100 days
        const batch = { ...co2Batch(1, endS - 2399 * 3600, Array(2400).fill(700)), step: 3600 }
        await opened.append("kitchen", batch, nowS)
        await opened.close()
    })

    /** Counts in a copy: closing a file drops the locks that this process has on it, and SQLite closes it late. */
    let copies = 0
    const count = async (file: string) => {
        const copy = path.join(folder, `copy-${++copies}`)
        await copyFile(file, copy)
        await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined)
        const database = new DatabaseSync(copy)
        const row = database.prepare("SELECT count(*) AS count FROM readings").get()
        database.close()
        return Number(row?.count)
    }
    const time = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`

    it("prune --dry-run shows rows and times, and deletes nothing; prune deletes them", async () => {
        const shown = await airpin(["db", "prune", "--dry-run", "--db", db])
        assert.equal(shown.code, 0, shown.stderr)
        const lines = shown.stdout.trimEnd().split("\n")
        assert.equal(lines[0], "kept      readings 90 days, means of 5 minutes 2 years, of hours and days for ever")
        assert.match(lines[2]!, new RegExp(`^ {10}kitchen  readings  24[01]   ${time(endS - 2399 * 3600)}  `))
        assert.match(lines[3]!, /^total {5}24[01] rows would be deleted$/)
        assert.equal(await count(db), 2400)

        const pruned = await airpin(["--json", "db", "prune", "--keep-raw", "50d", "--db", db])
        const [{ device, table, rows }] = JSON.parse(pruned.stdout).pruned
        assert.deepEqual([device, table, await count(db)], ["kitchen", "readings", 2400 - rows])
        assert.ok(Math.abs(rows - 1200) <= 1)
    })

    it("backup copies one state of a database that is written to, readable by its owner only", async () => {
        const file = path.join(folder, "backup.db")
        const opened = await openStored(db)
        let seq = 3000
        let isWriting = true
        const writing = (async () => {
            while (isWriting) {
                await opened.append("kitchen", co2Batch(seq++, nowS + seq, [800]), nowS)
                await sleep(1)
            }
        })()
        const { code, stdout, stderr } = await airpin(["db", "backup", file, "--db", db])
        isWriting = false
        await writing
        await opened.close()
        assert.equal(code, 0, stderr)
        const copied = Number(
            /^verified {2}every page, and ([\d,]+) readings of 1 devices/m.exec(stdout)![1]!.replace(",", ""),
        )
        assert.equal(await count(file), copied)
        assert.ok(
            copied > 1200 && copied < (await count(db)),
            `${copied} of ${await count(db)}, after ${seq - 3000} posts`,
        )
        assert.equal((await stat(file)).mode & 0o777, 0o600)
        assert.deepEqual(
            (await readdir(folder)).filter(name => name.endsWith(".tmp")),
            [],
        )

        const again = await airpin(["db", "backup", file, "--db", db])
        assert.match(again.stderr, /exists already \[BACKUP_EXISTS\]/)
    })

    it("restore makes a backup the database, and keeps the one before", async () => {
        const [file, target] = [path.join(folder, "backup.db"), path.join(folder, "restored.db")]
        const first = await airpin(["db", "restore", file, "--db", target])
        assert.equal(first.code, 0, first.stderr)
        assert.equal(await count(target), await count(file))

        const refused = await airpin(["db", "restore", file, "--db", target])
        assert.match(refused.stderr, /there is a database .*restored\.db \[RESTORE_EXISTS\]\nnext +add --replace/)

        await copyFile(db, target)
        const before = await count(target)
        const replaced = await airpin(["--json", "db", "restore", file, "--replace", "--db", target])
        const { former } = JSON.parse(replaced.stdout)
        assert.deepEqual([await count(target), await count(former)], [await count(file), before])
        assert.notEqual(before, await count(file))
    })

    it("restore puts nothing into the backup from the log of a database that was deleted", async () => {
        const [file, target] = [path.join(folder, "backup.db"), path.join(folder, "deleted", "readings.db")]
        await mkdir(path.dirname(target))
        await copyFile(file, target)
        const writing = new DatabaseSync(target)
        writing.exec("PRAGMA journal_mode = WAL; DELETE FROM readings")
        await copyFile(`${target}-wal`, `${target}-killed`)
        writing.close()
        for (const ending of ["", "-wal", "-shm"]) await rm(`${target}${ending}`, { force: true })
        await rename(`${target}-killed`, `${target}-wal`)
        const { code, stderr } = await airpin(["db", "restore", file, "--db", target])
        assert.equal(code, 0, stderr)
        assert.equal(await count(target), await count(file))
    })

    it("restore makes the folder of the database", async () => {
        const target = path.join(folder, "new", ".airpin", "readings.db")
        const { code, stderr } = await airpin(["db", "restore", path.join(folder, "backup.db"), "--db", target])
        assert.equal(code, 0, stderr)
        assert.equal((await stat(path.dirname(target))).mode & 0o777, 0o700)
    })

    it("restore changes nothing while a server has the database open", async () => {
        // in a process of its own: this one has closed the file before, which drops the locks it has on it
        const isReady = (stdout: string) => stdout.includes("Ctrl-C")
        const server = await airpinUntil(["serve", "--port", "0", "--db", db], isReady, 30_000, folder)
        const before = (await stat(db)).ino
        const backup = path.join(folder, "backup.db")
        const { code, stderr } = await airpin(["db", "restore", backup, "--replace", "--db", db])
        const ended = await server.stop()
        assert.equal(code, 1)
        assert.match(
            stderr,
            /another process has .*readings\.db open \[DATABASE_IN_USE\]\nnext +stop airpin serve first/,
        )
        assert.deepEqual([(await stat(db)).ino, ended.code], [before, 0])
    })

    for (const [what, damage, code] of [
        ["with a damaged page", (bytes: Buffer) => bytes.fill(0xff, 3 * 4096 + 8, 3 * 4096 + 400), "BACKUP_DAMAGED"],
        ["that was cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 3 * 4096), "BACKUP_DAMAGED"],
        ["that is another file", () => Buffer.from("milk, bread, ".repeat(999)), "STORE_NOT_A_DATABASE"],
    ] as const)
        it(`restore refuses a backup ${what}, and leaves the database as it is`, async () => {
            const file = path.join(folder, "damaged.db")
            const target = path.join(folder, "restored.db")
            await writeFile(file, damage(await readFile(path.join(folder, "backup.db"))))
            const before = await count(target)
            const { code: exit, stderr } = await airpin(["db", "restore", file, "--replace", "--db", target])
            assert.equal(exit, 1)
            assert.match(stderr, new RegExp(`\\[${code}\\]`))
            assert.equal(await count(target), before)
            assert.deepEqual(
                (await readdir(folder)).filter(name => name.endsWith(".tmp")),
                [],
            )
        })

    it("says which tool of PostgreSQL makes and restores backups, without a password", async () => {
        const url = "postgres://joe:s3cret@localhost/air"
        for (const [verb, tool] of [
            ["backup", "pg_dump --format=custom"],
            ["restore", "pg_restore --exit-on-error"],
        ]) {
            const { code, stdout, stderr } = await airpin(["db", verb!, "air.dump", "--db", url])
            assert.equal(code, 2)
            assert.ok(stderr.includes(tool!), stderr)
            assert.ok(stderr.includes("--dbname=postgres://joe@localhost:5432/air"), stderr)
            assert.ok(!`${stdout}${stderr}`.includes("s3cret"))
        }
    })

    it("status shows version, size, rows and retention", async () => {
        await airpin(["device", "keep", "Kitchen", "--raw", "forever", "--db", db])
        const { stdout } = await airpin(["db", "status", "--db", db])
        assert.match(stdout, /^system {4}SQLite 3[.\d]+, schema version 8$/m)
        assert.match(stdout, /^size {6}[\d.]+ kB/m)
        assert.match(stdout, /^ {10}readings +[\d,]+ +[\d.]+ kB$/m)
        assert.match(stdout, /^ {10}[\d.]+ bytes a reading, [\d.]+ with all other tables$/m)
        assert.match(
            stdout,
            /^kept {6}readings 90 days, .*\n {10}kitchen: readings for ever, means of 5 minutes for ever/m,
        )
    })

    it("device delete asks, and refuses without a terminal", async () => {
        const { code, stdout, stderr } = await airpin(["device", "delete", "Kitchen", "--db", db])
        assert.equal(code, 1)
        assert.match(stdout, /^deletes {3}[\d,]+ readings of 1 boot from /)
        assert.match(stderr, /nobody confirmed to delete kitchen, Kitchen, for ever \[CONFIRMATION_NEEDED\]/)
        assert.equal((await airpin(["device", "delete", "Kitchen", "--yes", "--db", db])).code, 0)
        assert.equal((await airpin(["device", "list", "--db", db])).stdout.includes("kitchen"), false)
    })
})

import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { DatabaseSync } from "@photostructure/sqlite"
import { sql } from "kysely"
import { addDevice } from "../../devs/api/device-registry.ts"
import { openDatabase } from "../../devs/api/store/open.ts"
import { openStored, type Stored } from "./support/stored.ts"
import { co2Batch, NOW_S, openWorld, type World } from "./support/world.ts"

describe("errors of the store", () => {
    let world: World
    let store: Stored

    beforeEach(async () => {
        world = await openWorld()
        store = world.store
    })
    afterEach(() => world.end())

    it("throws STORE_BUSY while another process writes, and takes the batch afterwards", async () => {
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        await assert.rejects(store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S), { code: "STORE_BUSY" })
        await assert.rejects(store.check(), { code: "STORE_BUSY" })
        other.exec("ROLLBACK")
        other.close()
        assert.equal((await store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)).inserted, 1)
    })

    it("throws STORE_FULL when the disk is full, and keeps what it has", async () => {
        const file = join(world.directory, "small.db")
        const small = await openStored(file)
        await addDevice(small.db, { id: "kitchen", createdAt: NOW_S })
        await small.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)
        await sql`PRAGMA max_page_count = 1`.execute(small.db.sql)
        const large = co2Batch(
            2,
            NOW_S,
            Array.from({ length: 2000 }, () => 1),
        )
        await assert.rejects(small.append("kitchen", large, NOW_S), { code: "STORE_FULL" })
        assert.deepEqual(
            (await small.readings("kitchen", { from: 0, to: NOW_S }, 10)).readings.map(({ seq }) => seq),
            [1],
        )
        await small.close()
    })

    it("reports a full disk when asked whether it can take a batch, until there is space again", function () {
        this.timeout(30_000)
        const script = fileURLToPath(new URL("support/fill-disk.ts", import.meta.url))
        const command = 'mount -t tmpfs -o size=400k tmpfs "$1" || exit 77; exec "$2" --import tsx "$3" "$1"'
        const args = ["-Urm", "sh", "-c", command, "sh", world.directory, process.execPath, script]
        const { error, status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" })
        if (error || status === 77 || stderr.startsWith("unshare:")) return this.skip() // this machine lets no user mount
        assert.deepEqual(stdout.trim().split("\n"), [
            "full: append STORE_FULL",
            "full: check STORE_FULL",
            "space again: check ok",
            "space again: append ok",
        ])
    })

    it("refuses a file that is not a database", async () => {
        const file = join(world.directory, "notes.txt")
        await writeFile(file, "milk, bread, ".repeat(100))
        await assert.rejects(openDatabase(file), {
            code: "STORE_NOT_A_DATABASE",
            message: `${file}: the file is not an SQLite database`,
        })
    })

    it("refuses a database of a later version, and leaves it as it is", async () => {
        const file = join(world.directory, "later.db")
        const later = new DatabaseSync(file)
        later.exec("CREATE TABLE later (x); PRAGMA user_version = 99")
        await assert.rejects(openDatabase(file), { code: "STORE_VERSION", message: /99.*version 8/ })
        assert.deepEqual(
            later
                .prepare("SELECT name FROM sqlite_schema")
                .all()
                .map(row => row.name),
            ["later"],
        )
        later.close()
    })

    it("refuses a folder that does not exist", async () => {
        const file = join(world.directory, "no", "airpin.db")
        await assert.rejects(openDatabase(file), {
            code: "STORE_UNOPENED",
            message: `${file}: the database file cannot be opened`,
        })
    })
})

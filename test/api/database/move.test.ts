import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { DatabaseSync } from "@photostructure/sqlite"
import { sql } from "kysely"
import { backUp } from "../../../devs/api/maintenance/backup.ts"
import { move } from "../../../devs/api/maintenance/move.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { readServerRetention, writeServerRetention } from "../../../devs/api/retention/retention-rows.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { airpin, BIN, temporaryFolder } from "../../support/airpin.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch, NOW_S } from "../support/world.ts"
import { type PostgresServer, releases, startPostgres } from "./support/postgres-server.ts"

const always = { from: 0, to: 9_999_999_999 }

for (const { name, bin } of releases)
    describe(`a move to ${name}`, function () {
        this.timeout(30_000)
        let server: PostgresServer
        let file: string
        let source: Database
        let url: string
        let target: Database

        before(async function () {
            if (bin === undefined) return this.skip()
            server = await startPostgres(bin)
            file = path.join(await temporaryFolder(), "readings.db")
            const former = new DatabaseSync(file)
            former.exec(await readFile(new URL("../../fixtures/api/database-v5.sql", import.meta.url), "utf8"))
            former.close()
        })
        after(() => server?.stop())

        beforeEach(async () => {
            source = await openDatabase(file)
            url = await server.createDatabase()
            target = await openDatabase(url)
        })
        afterEach(() => Promise.all([source?.close(), target?.close()]))

        const moveAll = () => move(source, target, () => undefined)
        /** Rows of a table, whose numbers SQLite and PostgreSQL return alike. */
        const rows = async (db: Database, table: string) => {
            const { rows } = await sql<object>`SELECT * FROM ${sql.table(table)}`.execute(db.sql)
            return rows.map(row => JSON.stringify(Object.entries(row).sort())).sort()
        }
        /** Cuts a move off when so many rows were copied. */
        const moveUntil = (limit: number) =>
            move(source, target, done => {
                if (done >= limit) throw new Error("cut off")
            })

        it("copies every row of every table, and counts both sides", async () => {
            const image = { imageFile: "kitchen.bin", imageSha256: "11".repeat(32), board: "M5Stack" }
            await storePins(source, "kitchen", { ...image, hosts: [], anchors: [], bundle: Buffer.of(0, 1) }, NOW_S)
            const counts = await moveAll()
            assert.deepEqual(
                counts.filter(({ table }) => ["devices", "received", "devicePins", "readings"].includes(table)),
                [
                    { table: "devices", from: 3, to: 3 },
                    { table: "received", from: 5, to: 5 },
                    { table: "devicePins", from: 1, to: 1 },
                    { table: "readings", from: 56, to: 56 },
                ],
            )
            for (const { table } of counts)
                if (table !== "state") assert.deepEqual(await rows(target, table), await rows(source, table), table)
        })

        it("lets the devices post on as before", async () => {
            await moveAll()
            const repeated = await storedIn(target).append("kitchen", co2Batch(14, NOW_S, [1, 2, 3]), NOW_S)
            assert.deepEqual([repeated.inserted, repeated.repeated], [3, 0])
            const batch = { ...co2Batch(14, NOW_S, [1, 2, 3]), boot: "7-00000002" }
            const known = await storedIn(target).append("kitchen", batch, NOW_S)
            assert.deepEqual([known.inserted, known.repeated], [1, 2])
        })

        for (const limit of [1, 8, 20, 60])
            it(`that was cut off after ${limit} rows goes on when it is started again`, async () => {
                await assert.rejects(moveUntil(limit), /cut off/)
                const counts = await moveAll()
                assert.equal(counts.find(({ table }) => table === "readings")?.to, 56)
                assert.deepEqual(await rows(target, "readings"), await rows(source, "readings"))
            })

        it("starts over when the source has changed since it was cut off", async () => {
            await assert.rejects(moveUntil(60), /cut off/)
            const late = { ...co2Batch(4, NOW_S - 2 * 86_400 - 270, [1, 2, 3]), boot: "6-00000001" }
            await storedIn(source).append("kitchen", late, NOW_S + 5)
            await moveAll()
            assert.deepEqual(await rows(target, "readings"), await rows(source, "readings"))
            assert.deepEqual(await rows(target, "hours"), await rows(source, "hours"))
        })

        it("starts over with what the server remembers, too", async () => {
            await writeServerRetention(source, { rawDays: 30, fiveMinuteDays: 60 })
            await assert.rejects(moveUntil(60), /cut off/)
            await writeServerRetention(source, { rawDays: 0, fiveMinuteDays: 0 })
            await moveAll()
            assert.deepEqual(await readServerRetention(target.sql), { rawDays: 0, fiveMinuteDays: 0 })
        })

        it("refuses a target with data of its own, and leaves it", async () => {
            await moveAll()
            await assert.rejects(moveAll(), { code: "MOVE_TARGET_USED", message: /postgres:.* has data of its own/ })
            const { readings } = await storedIn(target).readings("kitchen", always, 1000)
            assert.ok(readings.length > 0)
        })

        it("is made by the command, and a server does not start on half of one", async () => {
            await assert.rejects(moveUntil(60), /cut off/)
            // a file that this process has not open
            const other = path.join(path.dirname(file), `moved-${server.port}.db`)
            await backUp(file, other, () => undefined)
            const value = JSON.stringify({ from: other, state: "" })
            await target.sql.updateTable("state").set({ value }).where("name", "=", "moving").execute()
            const half = await airpin(["db", "status", "--db", url])
            assert.match(
                half.stderr,
                /holds a part of .*moved-\d+\.db.*\[MOVE_UNFINISHED\]\nnext +run the same airpin db move/,
            )
            const { code, stdout, stderr } = await airpin(["db", "move", "--from", other, "--to", url])
            assert.equal(code, 0, stderr)
            assert.match(stdout, /^ {10}readings +(\d+) +\1$/m)
            const status = await airpin(["db", "status", "--db", url])
            assert.match(status.stdout, /^system {4}PostgreSQL 1\d[.\d]*.*, schema version 8$/m)
            assert.match(status.stdout, /^devices {3}3$/m)
        })

        it("whose command is killed goes on with the next run", async () => {
            const large = path.join(path.dirname(file), `killed-${server.port}.db`)
            await backUp(file, large, () => undefined)
            const filling = new DatabaseSync(large)
            filling.exec(`INSERT INTO readings SELECT device, time + 60 * n, boot, 1000000 + n, 700, NULL, NULL, NULL, NULL
                FROM (SELECT device, max(time) AS time, boot FROM readings WHERE device = 1),
                    (WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 150000) SELECT n FROM t)`)
            filling.close()
            const readings = async (db: Database) => {
                const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM readings`.execute(db.sql)
                return Number(rows[0]?.count)
            }
            const expected = (await readings(source)) + 150_000
            const copied = () => readings(target)
            const args = ["db", "move", "--from", large, "--to", url]
            const child = spawn(process.execPath, [BIN, ...args], { stdio: "ignore" })
            const ended = once(child, "exit")
            while (child.exitCode === null && (await copied()) === 0) await sleep(20)
            child.kill("SIGKILL")
            assert.deepEqual(await ended, [null, "SIGKILL"])
            const half = await copied()
            assert.ok(half > 0 && half < expected, `${half} readings`)
            assert.match((await airpin(["db", "status", "--db", url])).stderr, /\[MOVE_UNFINISHED\]/)

            const again = await airpin(args)
            assert.equal(again.code, 0, again.stderr)
            const shown = expected.toLocaleString("en")
            assert.match(again.stdout, new RegExp(`^ {10}readings +${shown} +${shown}$`, "m"))
            assert.equal(await copied(), expected)
        })
    })

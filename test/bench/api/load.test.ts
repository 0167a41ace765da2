import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { sql } from "kysely"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { makeCredentials, startBare, startOnSqlite } from "../../../devs/bench/api/contenders.ts"
import { runFleet } from "../../../devs/bench/api/fleet.ts"
import { measureReads, measureUnderReads } from "../../../devs/bench/api/reads.ts"
import { type Contender, measureRounds } from "../../../devs/bench/api/rounds.ts"
import { fillYear } from "../../../devs/bench/api/year.ts"
import { Resources } from "../../../devs/resources.ts"

describe("the load of the API", function () {
    this.timeout(60_000)
    const resources = new Resources()
    let [folder, file, endS] = ["", "", 0]
    let [airpin, bare]: Contender[] = []

    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "airpin-load-"))
        file = path.join(folder, "airpin.db")
        endS = Math.floor(Date.now() / 60_000) * 60
        const db = await openDatabase(file)
        await fillYear(db, { devices: 2, days: 3 }, endS)
        await db.close()
        const credentials = await makeCredentials(folder)
        bare = await startBare(resources, folder, credentials)
        airpin = await startOnSqlite(resources, file, credentials, ["--public"])
    })
    after(async () => {
        await resources.close()
        await rm(folder, { recursive: true })
    })

    const count = async () => {
        const db = await openDatabase(file)
        const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM readings`.execute(db.sql)
        await db.close()
        return rows[0]?.count ?? 0
    }

    it("finds what the store keeps of a reading a minute: each of a day, in 5 minutes, hours and days", async () => {
        const db = await openDatabase(file)
        const { rows } = await sql<{ device: number; count: number }>`
            SELECT device, count(*) AS count FROM readings GROUP BY device`.execute(db.sql)
        assert.deepEqual(
            rows.map(row => row.count),
            [4320, 4320],
        )
        for (const table of ["readings", "fiveMinutes", "hours", "days"]) {
            const value = table === "readings" ? "co2Ppm" : "co2PpmSum"
            const sums = await sql<{ sum: number }>`SELECT sum(${sql.id(value)}) AS sum FROM ${sql.id(table)}`.execute(
                db.sql,
            )
            assert.deepEqual([table, sums.rows[0]?.sum], [table, expectedSum()])
        }
        await db.close()
    })

    /** Of the CO2 of both devices, by the formula of the room written out. */
    function expectedSum(): number {
        let sum = 0
        for (let seq = 1; seq <= 4320; seq++)
            sum += 420 + Math.round(240 * (1 - Math.cos((2 * Math.PI * seq) / 480))) + (seq % 7)
        return 2 * sum
    }

    it("posts to both servers in turn, and each acknowledged reading is stored", async () => {
        assert.ok(bare && airpin)
        const before = await count()
        const options = { connections: 3, rounds: 2, durationMs: 300, warmsUp: false, onRound: () => undefined }
        const [first, second] = await measureRounds([bare, airpin], 5, options)
        assert.ok(first && second)
        assert.deepEqual([first.errors, second.errors], [{}, {}])
        assert.deepEqual(first.ratios, [1, 1])
        assert.equal(second.ratios.length, 2)
        assert.ok(second.p50Ms > 0 && second.p50Ms <= second.p99Ms && second.p99Ms <= second.worstMs)
        const stored = (await count()) - before
        assert.ok(stored > 0 && stored % 5 === 0, `${stored} readings`)
    })

    it("connects many devices, which post at their pace", async () => {
        assert.ok(airpin)
        const { server, ca } = airpin
        const tokens = await airpin.tokens(30)
        const options = { server, ca, tokens, intervalS: 1, durationMs: 2000, onProgress: () => undefined }
        const { clients, periods, rssBytes } = await runFleet(options)
        assert.equal(clients, 30)
        assert.equal(
            periods.reduce((sum, { posts }) => sum + posts, 0),
            60,
        )
        assert.deepEqual(
            periods.flatMap(({ errors }) => errors),
            [],
        )
        assert.ok(rssBytes.connected > rssBytes.idle / 2)
    })

    it("reads, and posts while others read", async () => {
        assert.ok(airpin)
        const { server, ca } = airpin
        const year = { file, devices: ["room-1", "room-2"], readings: 8640, endS }
        const reads = await measureReads(server, ca, year, 3)
        assert.deepEqual(
            reads.map(({ what }) => what),
            [
                "overview",
                "a day by 5 minutes",
                "a day, each reading",
                "a year by day",
                "a year by hour",
                "CSV, first page",
            ],
        )
        for (const { bytes, what } of reads) assert.ok(bytes > 500, `${what}: ${bytes} bytes`)
        const tokens = await airpin.tokens(2)
        const under = await measureUnderReads({ server, ca, year, readers: 2, tokens, durationMs: 1500 })
        assert.deepEqual([under.errors, under.posts], [[], 3])
        assert.ok(under.reads > 0)
    })
})

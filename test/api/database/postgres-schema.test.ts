import assert from "node:assert/strict"
import { sql } from "kysely"
import pg from "pg"
import { insertDevice } from "../../../devs/api/store/devices.ts"
import { Partitions } from "../../../devs/api/store/postgres/partitions.ts"
import { openPostgres } from "../../../devs/api/store/postgres/postgres-database.ts"
import { layoutFor, tableTexts } from "../../../devs/api/store/postgres/schema.ts"
import { embedded, type PostgresServer, releases, sharedServer, startPostgres } from "./support/postgres-server.ts"

const at = (date: string) => Date.parse(date) / 1000

for (const { name, bin } of releases)
    describe(`tables on ${name}`, () => {
        let server: PostgresServer

        before(async function () {
            if (bin === undefined) return this.skip()
            server = await sharedServer(bin)
        })

        const nameOf = (url: string) => new URL(url).pathname.slice(1)

        /** The partitions of the readings, with their bounds. */
        async function partitions(url: string): Promise<Record<string, unknown>[]> {
            return server.query(
                `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
                FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'readings'::regclass ORDER BY 1`,
                nameOf(url),
            )
        }

        it("are created once by processes that open an empty database at the same moment", async () => {
            const url = await server.createDatabase()
            const opened = await Promise.all(Array.from({ length: 6 }, () => openPostgres(url)))
            for (const database of opened) await database.close()
            const versions = await server.query("SELECT value FROM state WHERE name = 'schemaVersion'", nameOf(url))
            assert.deepEqual(versions, [{ value: "8" }])
            assert.equal((await partitions(url)).length, 2)
        })

        it("of a later version are refused and left as they are", async () => {
            const url = await server.createDatabase()
            await (await openPostgres(url)).close()
            await server.query("UPDATE state SET value = '99' WHERE name = 'schemaVersion'", nameOf(url))
            await assert.rejects(openPostgres(url), { code: "STORE_VERSION", message: /version 99.*version 8/ })
            assert.equal((await partitions(url)).length, 2)
        })

        it("have partitions for this month and the next in advance", async () => {
            const url = await server.createDatabase()
            await (await openPostgres(url)).close()
            const now = new Date()
            const months = [0, 1].map(more => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + more)))
            assert.deepEqual(
                (await partitions(url)).map(({ name }) => name),
                months.map(month => `readings_${month.toISOString().slice(0, 7).replace("-", "_")}`),
            )
        })

        it("get partitions for late readings while another transaction writes, and reads, without waiting for it", async () => {
            const url = await server.createDatabase()
            const database = await openPostgres(url)
            const writer = new pg.Client(url)
            await writer.connect()
            await writer.query("BEGIN")
            await writer.query("INSERT INTO readings (device, time, boot, seq) VALUES (1, $1, 1, 1)", [
                Math.floor(Date.now() / 1000),
            ])
            const others = [1, 2, 3].map(() => new Partitions(database.sql))
            await Promise.all(others.map(one => one.make([at("2023-12-31T23:59:59Z"), at("2020-02-29T12:00:00Z")])))
            await writer.query("COMMIT")
            await writer.end()
            await database.close()
            assert.deepEqual((await partitions(url)).slice(0, 3), [
                { name: "readings_2020_02", bounds: "FOR VALUES FROM ('1580515200') TO ('1583020800')" },
                { name: "readings_2023_12", bounds: "FOR VALUES FROM ('1701388800') TO ('1704067200')" },
                { name: "readings_2024_01", bounds: "FOR VALUES FROM ('1704067200') TO ('1706745600')" },
            ])
        })

        it("have one B-tree, over device, time, boot and sequence number, and a BRIN over time", async () => {
            const url = await server.createDatabase()
            await (await openPostgres(url)).close()
            const indexes =
                "SELECT replace(indexdef, tablename, 'T') AS sql FROM pg_indexes WHERE tablename LIKE 'readings%'"
            const found = (await server.query(indexes, nameOf(url))).map(({ sql }) =>
                String(sql).replace(/^.* USING /, ""),
            )
            assert.deepEqual([...new Set(found)].sort(), [
                "brin (\"time\") WITH (autosummarize='on')",
                'btree (device, "time", boot, seq)',
            ])
            const [{ sequences }] = (await server.query(
                "SELECT count(*)::int AS sequences FROM pg_class WHERE relkind = 'S'",
                nameOf(url),
            )) as [{ sequences: number }]
            assert.equal(sequences, 0)
        })

        it("are shown by views with units and times; their conditions on unix_time read one partition", async () => {
            const url = await server.createDatabase()
            const database = await openPostgres(url)
            await new Partitions(database.sql).make([at("2024-03-01T00:00:00Z"), at("2024-05-05T00:00:00Z")])
            const run = (text: string) => server.query(text, nameOf(url))
            await insertDevice(database, { id: "kitchen", name: "Kitchen", tokenSha256: "x", createdAt: 0 })
            await run(`INSERT INTO readings (device, time, boot, seq, "co2Ppm", "temperatureC100", "humidityRh100")
                VALUES (1, ${at("2024-03-05T12:00:00Z")}, 1, 1, 712, -137, 4000)`)
            await run(`INSERT INTO hours (device, time, count, "co2PpmMin", "co2PpmMax", "co2PpmCount", "co2PpmSum", "eco2PpmCount",
                "eco2PpmSum", "tvocPpbCount", "tvocPpbSum", "temperatureC100Count", "temperatureC100Sum", "humidityRh100Count",
                "humidityRh100Sum") VALUES (1, ${at("2024-03-05T12:00:00Z")}, 3, 700, 730, 2, 1430, 0, 0, 0, 0, 3, 6015, 0, 0)`)
            const where = `unix_time BETWEEN ${at("2024-03-05T00:00:00Z")} AND ${at("2024-03-06T00:00:00Z")}`
            const common = { time: new Date("2024-03-05T12:00:00Z"), device: "kitchen", name: "Kitchen" }
            assert.deepEqual(await run(`SELECT * FROM measurements WHERE ${where}`), [
                {
                    ...common,
                    unix_time: String(at("2024-03-05T12:00:00Z")),
                    co2_ppm: 712,
                    eco2_ppm: null,
                    tvoc_ppb: null,
                    temperature_c: -1.37,
                    humidity_rh: 40,
                },
            ])
            assert.deepEqual(
                await run("SELECT time, device, name, readings, co2_ppm, temperature_c, humidity_rh FROM hourly_means"),
                [{ ...common, readings: 3, co2_ppm: 715, temperature_c: 20.05, humidity_rh: null }],
            )
            const plan = (await run(`EXPLAIN SELECT * FROM measurements WHERE ${where}`))
                .map(row => row["QUERY PLAN"])
                .join()
            assert.match(plan, /readings_2024_03/)
            assert.doesNotMatch(plan, /readings_2024_0[45]/)
            await database.close()
        })
    })

describe("a PostgreSQL server", () => {
    before(function () {
        if (embedded.bin === undefined) return this.skip()
    })

    it("with fsync off is refused", async () => {
        const server = await startPostgres(embedded.bin!, { fsync: "off" })
        try {
            await assert.rejects(openPostgres(await server.createDatabase()), {
                code: "STORE_UNSAFE",
                message: /fsync = off/,
            })
        } finally {
            await server.stop()
        }
    })

    it("with weak settings of commits gets stronger ones for airpin's connections, and a warning", async () => {
        const server = await startPostgres(embedded.bin!, { synchronous_commit: "off", full_page_writes: "off" })
        try {
            const warnings: string[] = []
            const database = await openPostgres(await server.createDatabase(), {
                onWarning: warning => warnings.push(warning),
            })
            const { rows } = await sql<{ synchronous_commit: string }>`SHOW synchronous_commit`.execute(database.sql)
            await database.close()
            assert.deepEqual(rows, [{ synchronous_commit: "on" }])
            assert.deepEqual(warnings, [
                `${database.place}: PostgreSQL runs with full_page_writes = off: safe only if its file system never tears a page`,
                `${database.place}: PostgreSQL has synchronous_commit = off; airpin sets it to on for its own connections`,
            ])
        } finally {
            await server.stop()
        }
    })

    it("of another make gets tables without what it does not have", () => {
        const cockroach = layoutFor("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", [])
        const yugabyte = layoutFor("PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu", ["plpgsql"])
        const timescale = layoutFor("PostgreSQL 17.4 on x86_64-pc-linux-gnu", ["plpgsql", "timescaledb"])
        const plain = layoutFor("PostgreSQL 18.4 on x86_64-pc-linux-gnu", ["plpgsql"])
        const has = (text: RegExp) =>
            [cockroach, yugabyte, timescale, plain].map(layout =>
                tableTexts(layout).some(statement => text.test(statement)),
            )
        assert.deepEqual(has(/PARTITION BY/), [false, true, false, true])
        assert.deepEqual(has(/USING brin/), [false, false, false, true])
        assert.deepEqual(has(/create_hypertable/), [false, false, true, false])
    })
})

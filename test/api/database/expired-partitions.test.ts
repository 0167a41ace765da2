import assert from "node:assert/strict"
import { sql } from "kysely"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { expiries } from "../../../devs/api/retention/expiries.ts"
import { prune } from "../../../devs/api/retention/prune.ts"
import { setDeviceRetention } from "../../../devs/api/retention/retention-rows.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch, NOW_S } from "../support/world.ts"
import { type PostgresServer, releases, startPostgres } from "./support/postgres-server.ts"

const DAY_S = 86_400
const retention = { rawDays: 30, fiveMinuteDays: 730 }

for (const { name, bin } of releases)
    describe(`pruning the months of ${name}`, () => {
        let server: PostgresServer
        let db: Database

        before(async function () {
            if (bin === undefined) return this.skip()
            server = await startPostgres(bin)
        })
        after(() => server?.stop())

        // 2025-01-15; a reading a day of two devices since October
        beforeEach(async () => {
            db = await openDatabase(await server.createDatabase())
            for (const id of ["kitchen", "office"]) await addDevice(db, { id, createdAt: NOW_S })
            await storeDays("kitchen", 100)
            await storeDays("office", 100)
        })
        afterEach(() => db?.close())

        async function storeDays(id: string, days: number): Promise<void> {
            for (let day = 0; day < days; day += 10) {
                const batch = co2Batch(day + 1, NOW_S - (days - 1 - day) * DAY_S, Array(10).fill(700), { step: DAY_S })
                await storedIn(db).append(id, batch, NOW_S)
            }
        }
        const months = async () => {
            const { rows } = await sql<{ name: string }>`SELECT inhrelid::regclass::text AS name FROM pg_inherits
                WHERE inhparent = 'readings'::regclass ORDER BY 1`.execute(db.sql)
            // opening the database makes those of the present
            return rows.map(({ name }) => name.slice("readings_".length)).filter(month => month < "2025_03")
        }
        const pruneAll = async () => prune(db, await expiries(db, retention, NOW_S))

        it("drops those in which everything is expired, and deletes the rest row by row", async () => {
            assert.deepEqual(await months(), ["2024_10", "2024_11", "2024_12", "2025_01", "2025_02"])
            assert.deepEqual(await pruneAll(), [
                { device: null, table: "readings", rows: 48 },
                { device: null, table: "readings", rows: 60 },
                { device: "kitchen", table: "readings", rows: 16 },
                { device: "office", table: "readings", rows: 16 },
            ])
            assert.deepEqual(await months(), ["2024_12", "2025_01", "2025_02"])
        })

        it("drops none while a device keeps its readings for ever", async () => {
            await setDeviceRetention(db, "office", { rawDays: 0 })
            assert.deepEqual(await pruneAll(), [{ device: "kitchen", table: "readings", rows: 70 }])
            assert.equal((await months()).length, 5)
        })

        it("keeps the month that has the newest reading of a silent device", async () => {
            await addDevice(db, { id: "attic", createdAt: NOW_S })
            await storedIn(db).append("attic", co2Batch(1, NOW_S - 60 * DAY_S, [700, 710]), NOW_S)
            await pruneAll()
            assert.deepEqual(await months(), ["2024_11", "2024_12", "2025_01", "2025_02"])
            assert.equal((await storedIn(db).latest("attic"))?.co2Ppm, 710)
        })

        it("tries again later when a query holds the month", async () => {
            const pruned = await db.transaction(async query => {
                await sql`SELECT count(*) FROM readings`.execute(query)
                return pruneAll()
            })
            assert.equal(
                pruned.find(({ device }) => device === null),
                undefined,
            )
            assert.equal((await months()).length, 5)
            await pruneAll()
            assert.equal((await months()).length, 3)
        })
    })

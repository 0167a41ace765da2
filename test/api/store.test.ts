import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { sql } from "kysely"
import { addDevice } from "../../devs/api/device-registry.ts"
import { latestReadings, readingPage } from "../../devs/api/store/readings.ts"
import type { TimeRange } from "../../devs/api/store/records.ts"
import { planOf } from "./support/query-plan.ts"
import { openStored, type Stored } from "./support/stored.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "./support/world.ts"

const always: TimeRange = { from: 0, to: 9_999_999_999 }

describe("the store", () => {
    let world: World
    let store: Stored

    beforeEach(async () => {
        world = await openWorld()
        store = world.store
    })
    afterEach(() => world.end())

    /** A file of schema version 3, after some more SQL. */
    async function oldDatabase(more = ""): Promise<string> {
        const file = join(world.directory, "old.db")
        const database = new DatabaseSync(file)
        database.exec(await readFile(join(import.meta.dirname, "../fixtures/api/database-v3.sql"), "utf8"))
        database.exec(more)
        database.close()
        return file
    }

    const stored = async (device = "kitchen") => (await store.readings(device, always, 1000)).readings

    it("returns every value unchanged, also after it was closed", async () => {
        const first = { co2Ppm: 721, eco2Ppm: 400, tvocPpb: 0, temperatureC: 23.18, humidityRh: 27.27 }
        const second = { co2Ppm: 40000, eco2Ppm: null, tvocPpb: null, temperatureC: -44.99, humidityRh: 99.07 }
        await store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 0, values: [first, second] },
            NOW_S,
        )
        const again = await openStored(world.file)
        const { readings } = await again.readings("kitchen", always, 10)
        await again.close()
        assert.deepEqual(
            readings.map(reading => ({ ...reading })),
            [
                {
                    time: NOW_S,
                    boot: "b1",
                    seq: 1,
                    co2Ppm: 721,
                    eco2Ppm: 400,
                    tvocPpb: 0,
                    temperatureC: 23.18,
                    humidityRh: 27.27,
                },
                {
                    time: NOW_S + 60,
                    boot: "b1",
                    seq: 2,
                    co2Ppm: 40000,
                    eco2Ppm: null,
                    tvocPpb: null,
                    temperatureC: -44.99,
                    humidityRh: 99.07,
                },
            ],
        )
    })

    it("stores a batch that is sent twice only once", async () => {
        const batch = co2Batch(1, NOW_S, [700, 710, 720])
        assert.deepEqual(await store.append("kitchen", batch, NOW_S), { ack: 3, inserted: 3, repeated: 0 })
        assert.deepEqual(await store.append("kitchen", batch, NOW_S), { ack: 3, inserted: 0, repeated: 3 })
        assert.deepEqual(
            (await stored()).map(({ seq, co2Ppm }) => [seq, co2Ppm]),
            [
                [1, 700],
                [2, 710],
                [3, 720],
            ],
        )
    })

    it("keeps the first of two readings with one sequence number when batches overlap", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [700, 710, 720]), NOW_S)
        assert.deepEqual(await store.append("kitchen", co2Batch(2, NOW_S + 999, [1, 2, 3]), NOW_S), {
            ack: 4,
            inserted: 1,
            repeated: 2,
        })
        assert.deepEqual(
            (await stored()).map(({ seq, time, co2Ppm }) => [seq, time - NOW_S, co2Ppm]),
            [
                [1, 0, 700],
                [2, 60, 710],
                [3, 120, 720],
                [4, 1119, 3],
            ],
        )
    })

    it("counts once the intervals without a reading before a boot that does not report them", async () => {
        const grid = Math.ceil(NOW_S / 60) * 60
        await store.append("kitchen", co2Batch(1, grid, [700, 710], { boot: "b1" }), NOW_S)
        assert.equal((await store.device("kitchen"))!.gap, 0)
        await store.append("kitchen", co2Batch(1, grid + 60 + 5 * 60 + 30, [720], { boot: "b2" }), NOW_S)
        await store.append("kitchen", co2Batch(2, grid + 60 + 6 * 60 + 30, [730], { boot: "b2" }), NOW_S)
        assert.equal((await store.device("kitchen"))!.gap, 5)
        await store.append("kitchen", co2Batch(3, grid + 60 + 7 * 60 + 30, [740], { boot: "b2", gap: 5 }), NOW_S)
        await store.append("kitchen", co2Batch(4, grid + 60 + 12 * 60 + 30, [750], { boot: "b3", lost: 3 }), NOW_S)
        assert.equal(
            (await store.device("kitchen"))!.gap,
            6,
            "the three before the first reading sent are lost, not a gap",
        )
    })

    it("acknowledges the end of a batch after missing numbers, because the device dropped those readings", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)
        assert.equal(
            (await store.append("kitchen", co2Batch(50, NOW_S + 600, [700, 701], { lost: 48 }), NOW_S)).ack,
            51,
        )
    })

    it("keeps readings of one second that differ in sequence number, boot or device", async () => {
        await addDevice(world.db, { id: "office", createdAt: NOW_S })
        await store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)
        await store.append("kitchen", co2Batch(2, NOW_S, [2]), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [3], { boot: "b2" }), NOW_S)
        await store.append("office", co2Batch(1, NOW_S, [4]), NOW_S)
        assert.deepEqual(
            (await stored()).map(({ boot, seq, co2Ppm }) => [boot, seq, co2Ppm]),
            [
                ["b1", 1, 1],
                ["b1", 2, 2],
                ["b2", 1, 3],
            ],
        )
        assert.deepEqual(
            (await stored("office")).map(({ co2Ppm }) => co2Ppm),
            [4],
        )
    })

    it("counts as lost the largest number that each boot reported", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { lost: 3 }), NOW_S)
        await store.append("kitchen", co2Batch(2, NOW_S, [1], { lost: 7 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { lost: 0 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { boot: "b2", lost: 10 }), NOW_S)
        assert.equal((await store.device("kitchen"))?.lost, 17)
    })

    it("keeps the reasons of losses, the gaps around power cuts and the time uncertainty of each boot", async () => {
        await store.append(
            "kitchen",
            co2Batch(1, NOW_S, [1], { lost: 9, rejected: 1, undated: 2, damaged: 3, gap: 4, timeUncertaintyS: 50 }),
            NOW_S,
        )
        await store.append("kitchen", co2Batch(2, NOW_S, [1], { lost: 8, gap: 4 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { boot: "b2", gap: 10, timeUncertaintyS: 30 }), NOW_S)
        const { lost, rejected, undated, damaged, gap, timeUncertaintyS } = (await store.device("kitchen"))!
        assert.deepEqual([lost, rejected, undated, damaged, gap, timeUncertaintyS], [9, 1, 2, 3, 14, 50])
    })

    it("upgrades a database of version 1", async () => {
        const file = join(world.directory, "old.db")
        const old = new DatabaseSync(file)
        old.exec(`CREATE TABLE devices (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, tokenSha256 TEXT NOT NULL UNIQUE,
            createdAt INTEGER NOT NULL, revokedAt INTEGER, lastSeenAt INTEGER) STRICT;
            CREATE TABLE boots (key INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES devices (key), id TEXT NOT NULL, lost INTEGER NOT NULL, UNIQUE (device, id)) STRICT;
            CREATE TABLE readings (device INTEGER NOT NULL REFERENCES devices (key), boot INTEGER NOT NULL REFERENCES boots (key), seq INTEGER NOT NULL,
            time INTEGER NOT NULL, co2Ppm REAL, eco2Ppm REAL, tvocPpb REAL, temperatureC REAL, humidityRh REAL, PRIMARY KEY (boot, seq)) STRICT, WITHOUT ROWID;
            INSERT INTO devices VALUES (1, 'attic', 'Attic', 'x', 5, NULL, NULL);
            INSERT INTO boots VALUES (1, 1, 'b1', 7);
            PRAGMA user_version = 1`)
        old.close()
        const opened = await openStored(file)
        await opened.append("attic", co2Batch(1, NOW_S, [700], { lost: 3, gap: 2 }), NOW_S)
        const { lost, gap } = (await opened.device("attic"))!
        await opened.close()
        await (await openStored(file)).close()
        assert.deepEqual([lost, gap], [7, 2])
    })

    it("upgrades a database of version 2 and keeps its readings", async () => {
        const file = await oldDatabase(
            "DROP TABLE statuses; DROP TABLE starts; DROP TABLE settings; PRAGMA user_version = 2",
        )
        const opened = await openStored(file)
        await opened.append("kitchen", co2Batch(3, NOW_S, [740], { boot: "7-00000002" }), NOW_S, {
            status: { uptimeS: 12 },
            unread: [],
        })
        const state = await opened.deviceState("kitchen")
        const { readings } = await opened.readings("kitchen", always, 10)
        const { lost, undated, timeUncertaintyS } = (await opened.device("kitchen"))!
        await opened.close()
        assert.deepEqual(state, {
            status: { at: NOW_S, uptimeS: 12, unread: [] },
            boots: 2,
            starts: { power: 1 },
            settings: null,
        })
        assert.deepEqual(
            readings.map(({ co2Ppm }) => co2Ppm),
            [700, 710, 720, 730, 740],
        )
        assert.deepEqual([lost, undated, timeUncertaintyS], [9, 2, 50])
    })

    it("upgrades a database of version 3 and keeps all of its data under the new names", async () => {
        const file = await oldDatabase()
        await (await openStored(file)).close()
        const opened = await openStored(file)
        const states = [await opened.deviceState("kitchen"), await opened.deviceState("attic")]
        const devices = await opened.devices()
        const { readings } = await opened.readings("kitchen", always, 10)
        await opened.close()
        assert.deepEqual(states, [
            {
                status: {
                    at: NOW_S,
                    unread: ["status.volts"],
                    uptimeS: 30,
                    ram: 12,
                    flash: 480,
                    rssi: -61,
                    handshakes: 3,
                    handshakeFailures: 1,
                    handshakeFailureAgeS: 500,
                    failures: 2,
                    lastError: "no-connection:name",
                    sensors: {
                        scd41: { recalibrated: -12 },
                        sgp30: { state: "failed", nack: 7, selfTestFailed: true },
                    },
                },
                boots: 2,
                starts: { power: 1, stalled: 1 },
                settings: {
                    revision: 1,
                    setAt: NOW_S - 3600,
                    desired: { INTERVAL_S: 30, ASC: 0 },
                    applied: { revision: 1, at: NOW_S, refused: ["ASC"] },
                },
            },
            {
                status: null,
                boots: 0,
                starts: {},
                settings: { revision: 1, setAt: NOW_S - 3600, desired: { BATCH: 2 }, applied: null },
            },
        ])
        assert.deepEqual(
            devices.map(({ id, name, createdAt, revokedAt, lastSeenAt }) => [
                id,
                name,
                createdAt,
                revokedAt,
                lastSeenAt,
            ]),
            [
                ["attic", "Attic", NOW_S - 80_000, NOW_S, null],
                ["kitchen", "Kitchen", NOW_S - 86_400, null, NOW_S],
            ],
        )
        const { lost, rejected, undated, damaged, gap, timeUncertaintyS } = devices[1]!
        assert.deepEqual([lost, rejected, undated, damaged, gap, timeUncertaintyS], [9, 1, 2, 3, 11, 50])
        assert.deepEqual(
            readings.map(({ time, boot, seq, co2Ppm, temperatureC }) => [time, boot, seq, co2Ppm, temperatureC]),
            [
                [NOW_S - 600, "6-00000001", 1, 700, 21.37],
                [NOW_S - 540, "6-00000001", 2, 710, 21.37],
                [NOW_S - 60, "7-00000002", 1, 720, 21.37],
                [NOW_S, "7-00000002", 2, 730, 21.37],
            ],
        )
    })

    it("records when a device last posted", async () => {
        assert.equal((await store.device("kitchen"))?.lastSeenAt, null)
        await store.append("kitchen", co2Batch(1, NOW_S - 500, [1]), NOW_S)
        assert.equal((await store.device("kitchen"))?.lastSeenAt, NOW_S)
    })

    it("stores a whole batch or none of it", async () => {
        const bad = { ...values({}), co2Ppm: "many" as unknown as number }
        const batch = { ...co2Batch(1, NOW_S, [700, 710], { lost: 5 }), values: [values({ co2Ppm: 700 }), bad] }
        await assert.rejects(store.append("kitchen", batch, NOW_S), { code: "STORE_FAILED" })
        assert.deepEqual(await stored(), [])
        assert.equal((await store.device("kitchen"))?.lost, 0)
        assert.equal((await store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)).inserted, 1)
    })

    it("refuses a batch of an unknown device", async () => {
        await assert.rejects(store.append("attic", co2Batch(1, NOW_S, [1]), NOW_S), { code: "DEVICE_UNKNOWN" })
    })

    it("returns the reading that ended last as the latest, in whatever order they arrived", async () => {
        await store.append("kitchen", co2Batch(5, NOW_S, [705]), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S - 600, [701]), NOW_S)
        assert.equal((await store.latest("kitchen"))?.co2Ppm, 705)
        await store.append("kitchen", co2Batch(1, NOW_S, [801], { boot: "b2" }), NOW_S)
        assert.equal((await store.latest("kitchen"))?.co2Ppm, 801)
    })

    it("pages through readings of one second without losing or repeating one", async () => {
        for (const seq of [1, 2, 3, 4, 5]) await store.append("kitchen", co2Batch(seq, NOW_S, [seq]), NOW_S)
        for (const seq of [1, 2]) await store.append("kitchen", co2Batch(seq, NOW_S, [5 + seq], { boot: "b2" }), NOW_S)
        const seen: (number | null)[] = []
        let after: string | undefined
        for (let page = 0; page < 3; page++) {
            const { readings, next } = await store.readings("kitchen", always, 3, after)
            seen.push(...readings.map(({ co2Ppm }) => co2Ppm))
            after = next ?? undefined
        }
        assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7])
        assert.equal(after, undefined)
    })

    it("has no next page when the rows exactly fill one", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [1, 2, 3]), NOW_S)
        assert.equal((await store.readings("kitchen", always, 3)).next, null)
        assert.notEqual((await store.readings("kitchen", always, 2)).next, null)
    })

    it("refuses an `after` that no page returned", async () => {
        await assert.rejects(store.readings("kitchen", always, 3, "1 OR 1=1"), { code: "AFTER_INVALID" })
    })

    it("puts a reading that ends at a multiple of the step into the step that ends there, and rounds means to the quantity's decimals", async () => {
        const batch = [
            values({ co2Ppm: 700, temperatureC: 20.01 }),
            values({ co2Ppm: 701, temperatureC: 20.02 }),
            values({ co2Ppm: 705, temperatureC: null }),
            values({ co2Ppm: 1000, temperatureC: 21 }),
        ]
        // ends at 11:58:00, 11:59:00, 12:00:00 and 12:01:00, in steps of 5 minutes
        await store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S - 120, step: 60, lost: 0, values: batch },
            NOW_S,
        )
        const empty = { eco2Ppm: null, tvocPpb: null, humidityRh: null }
        assert.deepEqual(
            (await store.means("kitchen", always, 300)).map(mean => ({ ...mean })),
            [
                { time: NOW_S, count: 3, co2Ppm: 702, temperatureC: 20.02, ...empty },
                { time: NOW_S + 300, count: 1, co2Ppm: 1000, temperatureC: 21, ...empty },
            ],
        )
    })

    it("finds the latest and each page by the index on time, without sorting", async () => {
        const range = { from: NOW_S - 86_400, to: NOW_S }
        const page = await planOf(world.file, sql => readingPage(sql, "kitchen", range, 10))
        assert.match(page.join(), /SEARCH readings USING PRIMARY KEY \(device=\? AND time>/)
        const latest = await planOf(world.file, sql => latestReadings(sql, "kitchen"))
        assert.match(latest.join(), /SEARCH readings USING PRIMARY KEY \(device=\? AND time=\?\)/)
        assert.doesNotMatch(page.join() + latest.join(), /SCAN readings|USE TEMP B-TREE FOR ORDER BY.*SCAN/)
    })

    it("has committed a batch when append returns: another connection sees it", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [1, 2, 3]), NOW_S)
        const other = new DatabaseSync(world.file)
        assert.equal(other.prepare("SELECT count(*) AS count FROM readings").get().count, 3)
        other.close()
    })

    it("writes to the disk before it returns: WAL with synchronous FULL", async () => {
        const pragma = async (name: string) =>
            Object.values((await sql.raw(`PRAGMA ${name}`).execute(world.db.sql)).rows[0]!)
        assert.deepEqual([await pragma("journal_mode"), await pragma("synchronous")], [["wal"], [2]])
    })
})

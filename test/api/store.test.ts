import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { sql } from "kysely"
import { latestReadings, readingPage } from "../../devs/api/store/readings.ts"
import type { TimeRange } from "../../devs/api/store/records.ts"
import { planOf } from "./support/query-plan.ts"
import { openStored, type Stored } from "./support/stored.ts"
import { co2Batch, NOW_S, openWorld, type World } from "./support/world.ts"

const always: TimeRange = { from: 0, to: 9_999_999_999 }

describe("the SQLite store", () => {
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

import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { statSync } from "node:fs"
import { copyFile, readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { DatabaseSync } from "@photostructure/sqlite"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { co2Batch } from "../support/world.ts"

type Row = Record<string, number | string | null | undefined>

const DAY_S = 86_400
const NOW_S = 1_736_942_400
const columns = ["co2Ppm", "eco2Ppm", "tvocPpb", "temperatureC100", "humidityRh100"]

/** The readings of the file of version 5, in the order of version 6, with the numbers of their boots. */
function formerReadings(file: string): Row[] {
    const database = new DatabaseSync(file, { readOnly: true })
    const boots = database.prepare("SELECT key, device FROM boots ORDER BY key").all()
    const numberOf = new Map(
        boots.map(({ key, device }) => [key, boots.filter(boot => boot.device === device && boot.key <= key).length]),
    )
    const rows: Row[] = database.prepare("SELECT * FROM readings").all()
    database.close()
    const hundredths = (value: unknown) => (typeof value === "number" ? Math.round(value * 100) : null)
    return rows
        .map(({ device, time, boot, seq, co2Ppm, eco2Ppm, tvocPpb, temperatureC, humidityRh }) => ({
            ...{ device, time, boot: numberOf.get(boot)!, seq, co2Ppm, eco2Ppm, tvocPpb },
            temperatureC100: hundredths(temperatureC),
            humidityRh100: hundredths(humidityRh),
        }))
        .sort((a, b) => compare(a, b, ["device", "time", "boot", "seq"]))
}

function compare(a: Row, b: Row, names: string[]): number {
    return names.map(name => Number(a[name]) - Number(b[name])).find(difference => difference !== 0) ?? 0
}

/** Sums of readings over steps, as the tables of roll-ups hold them. */
function sumsOver(readings: Row[], lengthS: number): Row[] {
    const groups = new Map<string, Row[]>()
    for (const reading of readings) {
        const key = `${reading.device} ${Math.ceil(Number(reading.time) / lengthS) * lengthS}`
        groups.set(key, [...(groups.get(key) ?? []), reading])
    }
    return [...groups].map(([key, group]) => {
        const [device, time] = key.split(" ").map(Number)
        const measured = (name: string) => group.flatMap(row => (row[name] === null ? [] : Number(row[name])))
        const co2 = measured("co2Ppm")
        const sums = columns.flatMap(name => [
            [`${name}Count`, measured(name).length],
            [`${name}Sum`, measured(name).reduce((sum, value) => sum + value, 0)],
        ])
        return {
            ...{ device: device!, time: time!, count: group.length, ...Object.fromEntries(sums) },
            co2PpmMin: co2.length > 0 ? Math.min(...co2) : null,
            co2PpmMax: co2.length > 0 ? Math.max(...co2) : null,
        }
    })
}

const all = (file: string, sql: string): Row[] => {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
        return database
            .prepare(sql)
            .all()
            .map(row => ({ ...row }))
    } finally {
        database.close()
    }
}

describe("the upgrade of a database of version 5", () => {
    let folder: string
    let former: string
    let file: string

    before(async () => {
        folder = await temporaryFolder()
        former = join(folder, "former.db")
        const database = new DatabaseSync(former)
        const fixture = new URL("../../fixtures/api/database-v5.sql", import.meta.url)
        database.exec(await readFile(fixture, "utf8"))
        database.close()
    })

    let files = 0
    beforeEach(async () => {
        file = join(folder, `upgraded-${++files}.db`)
        await copyFile(former, file)
    })

    const upgrade = async () => (await openDatabase(file)).close()

    it("keeps every reading, in whole numbers and in the order of device and time", async () => {
        const expected = formerReadings(former)
        await upgrade()
        assert.equal(expected.length, 56)
        assert.deepEqual(all(file, `SELECT device, time, boot, seq, ${columns.join(", ")} FROM readings`), expected)
        const [coldest] = all(file, "SELECT co2Ppm, temperatureC100 FROM readings WHERE seq = 10 AND device = 1")
        assert.deepEqual(coldest, { co2Ppm: null, temperatureC100: -3999 })
    })

    it("makes the sums over 5 minutes, hours and days of the readings", async () => {
        await upgrade()
        const readings = formerReadings(former)
        for (const [table, lengthS] of Object.entries({ fiveMinutes: 300, hours: 3600, days: DAY_S }))
            assert.deepEqual(
                all(file, `SELECT * FROM ${table} ORDER BY device, time`),
                sumsOver(readings, lengthS).sort((a, b) => compare(a, b, ["device", "time"])),
                table,
            )
    })

    it("finds the ranges of sequence numbers of each boot", async () => {
        await upgrade()
        assert.deepEqual(all(file, "SELECT * FROM received").map(Object.values), [
            [1, 1, 1, 3],
            [1, 1, 7, 12],
            [1, 2, 1, 15],
            [2, 1, 1, 30],
            [2, 2, 1, 2],
        ])
    })

    it("keeps devices, boots and settings, and adds up the losses of each device", async () => {
        await upgrade()
        const losses = "lost, rejected, undated, damaged, gap, timeUncertaintyS"
        assert.deepEqual(
            all(file, `SELECT id, boots, newestAt, ${losses} FROM devices ORDER BY key`).map(Object.values),
            [
                ["kitchen", 2, NOW_S - 60, 8, 1, 2, 4, 2862, 50],
                ["attic", 2, NOW_S, 1, 0, 0, 0, 1435, 0],
                ["cellar", 0, null, 0, 0, 0, 0, 0, 0],
            ],
        )
        assert.deepEqual(all(file, "SELECT device, boot, id, lost FROM boots").map(Object.values), [
            [1, 1, "6-00000001", 3],
            [1, 2, "7-00000002", 5],
            [2, 1, "3-0000000a", 0],
            [2, 2, "4-0000000b", 1],
        ])
        assert.deepEqual(all(file, "SELECT id, name, revokedAt, rawDays FROM devices WHERE key = 2"), [
            { id: "attic", name: "Attic, upstairs", revokedAt: NOW_S, rawDays: null },
        ])
        assert.deepEqual(all(file, "SELECT device, revision, desired, appliedRevision, refused FROM settings"), [
            { device: 1, revision: 1, desired: '{"INTERVAL_S":30,"ASC":0}', appliedRevision: 1, refused: '["ASC"]' },
        ])
        assert.deepEqual(all(file, "SELECT * FROM starts").map(Object.values), [
            [1, "power", 1],
            [2, "stalled", 1],
        ])
    })

    it("still knows which readings it has: one that is sent again is not stored twice, a late one is", async () => {
        const [device] = all(file, "SELECT tokenSha256 FROM devices WHERE key = 1")
        const tokenSha256 = String(device!.tokenSha256)
        const database = await openDatabase(file)
        const late = { ...co2Batch(3, NOW_S - 2 * DAY_S - 330, [1, 2, 3, 4, 5]), boot: "6-00000001" }
        const [result] = await database.append([
            { device: "kitchen", tokenSha256, batch: late, seenAt: NOW_S, bytes: 100 },
        ])
        await database.close()
        assert.deepEqual(result, { ack: 7, inserted: 3, repeated: 2 })
        assert.deepEqual(all(file, "SELECT firstSeq, lastSeq FROM received WHERE device = 1 AND boot = 1"), [
            { firstSeq: 1, lastSeq: 12 },
        ])
    })

    it("takes a file of version 4, which has no hours and no clock", async () => {
        const database = new DatabaseSync(file)
        database.exec("DROP TABLE hours; DROP TABLE clock; PRAGMA user_version = 4")
        database.close()
        await upgrade()
        assert.equal(all(file, "SELECT count(*) AS count FROM readings")[0]?.count, 56)
        assert.equal(all(file, "SELECT sum(count) AS count FROM hours")[0]?.count, 56)
        assert.deepEqual(all(file, "SELECT name FROM state"), [])
    })

    describe("that is cut off", () => {
        /** More readings, so that it takes some time. */
        const addReadings = (file: string): void => {
            const database = new DatabaseSync(file)
            database.exec(`WITH RECURSIVE n AS (SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 60000)
                INSERT INTO readings (device, boot, seq, time, co2Ppm) SELECT 1, 1, 1000 + seq, 1700000000 + 60 * seq, 700 FROM n`)
            database.close()
        }
        const script = fileURLToPath(new URL("../support/upgrade-file.ts", import.meta.url))
        const version = (file: string) => all(file, "PRAGMA user_version")[0]?.user_version
        const count = (file: string) => all(file, "SELECT count(*) AS count FROM readings")[0]?.count

        it("by kill -9 in the middle leaves the file as it was, and succeeds later", async function () {
            this.timeout(20_000)
            addReadings(file)
            const killed = spawnSync(process.execPath, ["--import", "tsx", script, file, "kill"])
            assert.equal(killed.signal, "SIGKILL")
            assert.deepEqual([version(file), count(file)], [5, 60_056])
            assert.equal(all(file, "SELECT count(*) AS count FROM hours WHERE device = 1")[0]?.count, 3)
            await upgrade()
            assert.deepEqual([version(file), count(file)], [8, 60_056])
        })

        it("by a full disk leaves the file as it was, and succeeds once there is space", function () {
            this.timeout(30_000)
            addReadings(file)
            const small = join(folder, "small")
            const steps = `mkdir "$1" && mount -t tmpfs -o size="$5" tmpfs "$1" || exit 77
                cp "$2" "$1/full.db" && "$3" --import tsx "$4" "$1/full.db"
                mount -o remount,size=60000k "$1" && "$3" --import tsx "$4" "$1/full.db"`
            const args = [
                "-Urm",
                "sh",
                "-c",
                steps,
                "sh",
                small,
                file,
                process.execPath,
                script,
                `${Math.ceil(statSync(file).size / 1024) + 1000}k`,
            ]
            const { error, status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" })
            if (error || status === 77 || stderr.startsWith("unshare:")) return this.skip() // no user may mount here
            assert.deepEqual(
                stdout.trim().split("\n"),
                ["STORE_FULL: version 5, 60056 readings", "upgraded: version 8, 60056 readings"],
                stderr,
            )
        })
    })
})

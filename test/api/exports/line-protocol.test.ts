import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { lineWriter, tagValue } from "../../../devs/api/reads/exports/line-protocol.ts"
import { NOW_S, openWorld, values, type World } from "../support/world.ts"

/** InfluxDB of Debian (apt install influxdb). */
const INFLUXD = "/usr/bin/influxd"

const NAME = String.raw`Room 2, "north"=cold\ – Küche \\`

describe("the export in line protocol", () => {
    let world: World

    before(async () => {
        world = await openWorld()
        await addDevice(world.db, { id: "room-2", name: NAME, createdAt: NOW_S })
        const rows = [
            values({ co2Ppm: 749, temperatureC: -0.05, humidityRh: 26 }),
            values({}),
            values({ eco2Ppm: 400, tvocPpb: 0 }),
        ]
        await world.store.append("room-2", { boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 0, values: rows }, NOW_S)
    })
    after(() => world.end())

    const url = "/api/v1/devices/room-2/readings.lp"

    it("has a line per reading in which anything was measured, with escaped tags and nanoseconds", async () => {
        const response = await world.get(url)
        const series = String.raw`airpin,device=room-2,name=Room\ 2\,\ "north"\=cold\\ –\ Küche\ `
        assert.equal(
            response.body,
            `${series} co2Ppm=749,temperatureC=-0.05,humidityRh=26 1736942400000000000\n` +
                `${series} eco2Ppm=400,tvocPpb=0 1736942520000000000\n`,
        )
        assert.equal(response.headers["content-type"], "text/plain; charset=utf-8")
        assert.equal(response.headers["content-disposition"], 'attachment; filename="room-2.lp"')
    })

    it("has means over steps", async () => {
        const lines = (await world.get(`${url}?step=300`)).body.trimEnd().split("\n")
        assert.deepEqual(
            lines.map(line => line.replace(/^.*(?<!\\) (?=co2|eco2)/, "")),
            [
                "co2Ppm=749,temperatureC=-0.05,humidityRh=26 1736942400000000000",
                "eco2Ppm=400,tvocPpb=0 1736942700000000000",
            ],
        )
    })

    it("is empty without readings, and 404 without the device", async () => {
        const response = await world.get("/api/v1/devices/kitchen/readings.lp")
        assert.deepEqual([response.statusCode, response.body], [200, ""])
        assert.equal((await world.get("/api/v1/devices/none/readings.lp")).statusCode, 404)
    })

    it("has no tag for a name of which nothing is left", () => {
        const row = { time: NOW_S, ...values({ co2Ppm: 700 }) }
        assert.equal(lineWriter("kitchen", "\\")(row), `airpin,device=kitchen co2Ppm=700 ${NOW_S}000000000\n`)
    })

    it("escapes commas, equals signs and spaces of a tag, and drops a backslash at its end", () => {
        assert.deepEqual(["a b", "a,b=c", String.raw`a\b`, String.raw`a\\`, '"a"'].map(tagValue), [
            String.raw`a\ b`,
            String.raw`a\,b\=c`,
            String.raw`a\b`,
            "a",
            '"a"',
        ])
    })

    it("is what InfluxDB reads: names, values and times", async function () {
        this.timeout(60_000)
        if (!existsSync(INFLUXD)) {
            this.test!.title += " (apt install influxdb)"
            return this.skip()
        }
        const influx = await openInflux()
        try {
            await influx.ask("POST", "query?q=CREATE+DATABASE+school")
            const { status, text } = await influx.ask("POST", "write?db=school", (await world.get(url)).body)
            assert.deepEqual([status, text], [204, ""])
            const query = encodeURIComponent("SELECT * FROM airpin")
            const { results } = JSON.parse((await influx.ask("GET", `query?db=school&epoch=s&q=${query}`)).text)
            const { columns, values: rows } = results[0].series[0]
            assert.deepEqual(columns, [
                "time",
                "co2Ppm",
                "device",
                "eco2Ppm",
                "humidityRh",
                "name",
                "temperatureC",
                "tvocPpb",
            ])
            const name = NAME.replace(/\\+$/, "")
            assert.deepEqual(rows, [
                [NOW_S, 749, "room-2", null, 26, name, -0.05, null],
                [NOW_S + 120, null, "room-2", 400, null, name, null, 0],
            ])
        } finally {
            await influx.close()
        }
    })
})

/** InfluxDB with an empty folder, on a free port of this machine. */
async function openInflux() {
    const folder = await mkdtemp(join(tmpdir(), "airpin-influx-"))
    const [http, rpc] = [await freePort(), await freePort()]
    const config = join(folder, "influxdb.conf")
    const data = `[meta]\ndir = "${folder}/meta"\n[data]\ndir = "${folder}/data"\nwal-dir = "${folder}/wal"\n`
    const ports = `bind-address = "127.0.0.1:${rpc}"\nreporting-disabled = true\n`
    await writeFile(config, `${ports}${data}[http]\nbind-address = "127.0.0.1:${http}"\n`)
    const influxd = spawn(INFLUXD, ["-config", config], { stdio: "ignore" })
    const ask = async (method: string, path: string, body?: string) => {
        const response = await fetch(`http://127.0.0.1:${http}/${path}`, { method, body: body ?? null })
        return { status: response.status, text: await response.text() }
    }
    const isUp = () => ask("GET", "ping").catch(() => undefined)
    while ((await isUp()) === undefined) {
        assert.equal(influxd.exitCode, null, "influxd has ended")
        await new Promise(resolve => setTimeout(resolve, 100))
    }
    const close = async () => {
        influxd.kill("SIGKILL")
        await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 100 })
    }
    return { ask, close }
}

function freePort(): Promise<number> {
    return new Promise(resolve => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const address = server.address()
            server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0))
        })
    })
}

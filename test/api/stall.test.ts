import assert from "node:assert/strict"
import { DatabaseSync } from "@photostructure/sqlite"
import { serve } from "../../devs/api/server.ts"
import { RawConnection } from "./support/raw-connection.ts"
import { NOW_S, openWorld, type World } from "./support/world.ts"
import { storeYear } from "./support/year.ts"

/** A device gives up after 20 s; what holds the event loop holds every device. */
const MAX_PAUSE_MS = 250

const csv = "/api/v1/devices/kitchen/readings.csv"
const batch = (seq: number) => ({ boot: "b1", seq, time: NOW_S, step: 60, co2Ppm: [700] })

/** Longest time in which the event loop did nothing else while `work` ran, ms. */
async function longestPauseMs(work: () => Promise<unknown>): Promise<number> {
    let [lastMs, longestMs] = [performance.now(), 0]
    const look = () => {
        const nowMs = performance.now()
        longestMs = Math.max(longestMs, nowMs - lastMs)
        lastMs = nowMs
    }
    const timer = setInterval(look, 5)
    await work()
    await new Promise(resolve => setTimeout(resolve, 10))
    clearInterval(timer)
    return longestMs
}

describe("nothing stalls the devices' posts:", () => {
    let world: World

    before(async () => {
        world = await openWorld(undefined, { readThreads: true })
        storeYear(world.store, "kitchen", NOW_S)
        // starts the thread
        await world.get("/api/v1/devices")
    })
    after(() => world.end())

    const times = <Result>(count: number, work: () => Promise<Result>) =>
        Promise.all(Array.from({ length: count }, work))
    const pause = () => new Promise(resolve => setTimeout(resolve, 20))
    /** status of an export of one line, which ends at once if it is made */
    const status = async () => (await world.get(`${csv}?from=${NOW_S}&to=${NOW_S}`)).statusCode
    const head = (url: string) => world.app.inject({ method: "HEAD", url })

    it("HEAD on a year's CSV has the headers of GET, and the export is not made", async () => {
        const startMs = performance.now()
        const responses = await times(8, () => head(csv))
        const tookMs = performance.now() - startMs
        for (const { statusCode, headers, body } of responses) {
            assert.deepEqual([statusCode, body], [200, ""])
            assert.equal(headers["content-type"], "text/csv; charset=utf-8")
            assert.equal(headers["content-disposition"], 'attachment; filename="kitchen.csv"')
        }
        assert.ok(tookMs < 1000, `8 HEAD took ${tookMs} ms`)
    })

    it("HEAD on any read has the status and type of GET, without a body or a length", async () => {
        const paths = [
            "",
            "/kitchen",
            "/kitchen/latest",
            "/kitchen/readings",
            "/kitchen/readings?step=86400&from=2024-02-01",
        ]
        for (const path of paths) {
            const { statusCode, headers, body } = await head(`/api/v1/devices${path}`)
            assert.deepEqual(
                [path, statusCode, headers["content-type"], headers["content-length"], body],
                [path, 200, "application/json", undefined, ""],
            )
        }
        for (const path of ["/attic", "/attic/latest", "/attic/readings", "/attic/readings.csv"])
            assert.deepEqual([path, (await head(`/api/v1/devices${path}`)).statusCode], [path, 404])
        assert.equal((await head("/api/v1/devices/kitchen/readings?step=0")).statusCode, 400)
    })

    it("means over a year", async () => {
        const url = `/api/v1/devices/kitchen/readings?step=86400&from=${NOW_S - 365 * 86_400}&to=${NOW_S}`
        const pauseMs = await longestPauseMs(async () => {
            const responses = await times(4, () => world.get(url))
            for (const response of responses) assert.equal(response.json().readings.length, 366)
        })
        assert.ok(pauseMs < MAX_PAUSE_MS, `the event loop stood still for ${pauseMs} ms`)
    })

    it("a year's CSV", async () => {
        const pauseMs = await longestPauseMs(async () => {
            const { body } = await world.get(`${csv}?columns=co2Ppm`)
            assert.equal(body.split("\n").length, 525_602)
        })
        assert.ok(pauseMs < MAX_PAUSE_MS, `the event loop stood still for ${pauseMs} ms`)
    })

    it("a database that another process holds: posts get 503 with Retry-After, and meanwhile the rest goes on", async () => {
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        const pauseMs = await longestPauseMs(async () => {
            const posts = times(10, () => world.post(batch(1)))
            assert.equal((await world.get("/api/v1/devices/kitchen/latest")).statusCode, 200)
            for (const { statusCode, headers, ...response } of await posts)
                assert.deepEqual([statusCode, response.json().code, headers["retry-after"]], [503, "STORE_BUSY", "5"])
        })
        other.exec("ROLLBACK")
        other.close()
        assert.ok(pauseMs < MAX_PAUSE_MS, `the event loop stood still for ${pauseMs} ms`)
        assert.equal((await world.post(batch(1))).statusCode, 200)
    })

    it("a database that another process holds for a moment: the post waits, and is stored", async () => {
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        const posted = world.post(batch(2))
        setTimeout(() => other.exec("ROLLBACK"), 200)
        assert.deepEqual((await posted).json(), { ack: 2 })
        other.close()
    })

    it("more reads than it takes at once: the rest get 503 READS_BUSY with Retry-After", async () => {
        const responses = await times(100, () => world.get("/api/v1/devices/kitchen/readings"))
        const refused = responses.filter(({ statusCode }) => statusCode !== 200)
        assert.equal(refused.length, 36)
        for (const { statusCode, headers, ...response } of refused)
            assert.deepEqual([statusCode, response.json().code, headers["retry-after"]], [503, "READS_BUSY", "5"])
    })

    it("more exports than it makes at once, none of them taken: the next gets 503, until one is given up", async function () {
        this.timeout(180_000)
        const serving = await serve({ app: world.app, port: 0 })
        const ask = async () => {
            const connection = await RawConnection.open(serving.port)
            connection.socket.pause()
            connection.socket.write(`GET ${csv} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
            return connection.socket
        }
        const open = await times(16, ask)
        // each has begun: an export asked for meanwhile could take the place of one of them
        while (open.some(({ bytesRead }) => bytesRead === 0)) await pause()
        assert.deepEqual([(await head(csv)).statusCode, await status()], [200, 503])
        assert.equal((await world.post(batch(3))).statusCode, 200)
        open[0]!.destroy()
        while ((await status()) !== 200) await pause()
        for (const socket of open) socket.destroy()
        await serving.close()
    })
})

import assert from "node:assert/strict"
import { brotliDecompressSync, createGunzip, gunzipSync, gzipSync } from "node:zlib"
import { serve } from "../../../devs/api/server.ts"
import { RawConnection } from "../support/raw-connection.ts"
import { NOW_S, openWorld, postHeaders, type World } from "../support/world.ts"

const readings = "/api/v1/devices/kitchen/readings"

describe("compression", () => {
    let world: World

    before(async () => {
        // as the server has them: a chunk is on its way while a thread makes the next one
        world = await openWorld(undefined, { readThreads: true })
        for (let at = 0; at < 50; at++)
            await world.post({
                boot: "b1",
                seq: at * 60 + 1,
                time: NOW_S - at * 3600,
                step: 1,
                co2Ppm: Array(60).fill(700 + at),
            })
    })
    after(() => world.end())

    const get = (url: string, encoding: string, method: "GET" | "HEAD" = "GET") =>
        world.app.inject({ method, url, headers: { "accept-encoding": encoding } })

    for (const [accepted, encoding, decompress] of [
        ["gzip, deflate, br", "br", brotliDecompressSync],
        ["gzip", "gzip", gunzipSync],
    ] as const)
        for (const url of [readings, `${readings}.csv`, "/assets/wall.js"])
            it(`of ${url} is ${encoding} for a client that accepts ${accepted}`, async () => {
                const plain = await world.get(url)
                const response = await get(url, accepted)
                assert.equal(response.headers["content-encoding"], encoding)
                assert.match(`${response.headers.vary}`, /accept-encoding/i)
                assert.ok(response.rawPayload.length < plain.rawPayload.length / 2)
                assert.deepEqual(decompress(response.rawPayload), plain.rawPayload)
            })

    it("is left out below 1 kB, and for a client that does not accept it", async () => {
        assert.equal((await get("/health", "br")).headers["content-encoding"], undefined)
        assert.equal((await world.get(readings)).headers["content-encoding"], undefined)
        assert.equal((await get(readings, "zstd")).headers["content-encoding"], undefined)
    })

    it("is not undone for a device: a compressed batch is refused", async () => {
        const headers = { ...postHeaders(world.token), "content-encoding": "gzip" }
        const payload = gzipSync(JSON.stringify({ boot: "b2", seq: 1, time: NOW_S, step: 60, co2Ppm: [700] }))
        const response = await world.app.inject({ method: "POST", url: "/api/v1/readings", headers, payload })
        assert.deepEqual([response.statusCode, response.json().code], [400, "BODY_MALFORMED"])
    })

    it("leaves a response to HEAD without a body", async () => {
        for (const url of [readings, `${readings}.csv`, "/assets/wall.js"]) {
            const { statusCode, rawPayload } = await get(url, "gzip", "HEAD")
            assert.deepEqual([statusCode, rawPayload.length], [200, 0])
        }
    })

    it("answers 304 without a body for a file of the page that the browser has", async () => {
        const { headers } = await get("/assets/wall.js", "br")
        const known = { "accept-encoding": "br", "if-none-match": `${headers.etag}` }
        const { statusCode, rawPayload } = await world.app.inject({ url: "/assets/wall.js", headers: known })
        assert.deepEqual([statusCode, rawPayload.length], [304, 0])
    })

    it("sends the first chunk of an export before the second is made", async () => {
        const serving = await serve({ app: world.app, port: 0 })
        const connection = await RawConnection.open(serving.port)
        const { socket } = connection
        // only the first chunk is the header line alone
        const head = `GET ${readings}.csv HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n`
        const gunzip = createGunzip()
        const received = new Promise<string>(resolve => gunzip.once("data", data => resolve(String(data))))
        socket.on("data", (bytes: Buffer) => {
            const body = bytes.indexOf("\r\n\r\n")
            const chunk = bytes.subarray(body < 0 ? 0 : body + 4)
            gunzip.write(chunk.subarray(chunk.indexOf("\r\n") + 2))
        })
        gunzip.on("error", () => undefined)
        socket.write(head)
        assert.equal(await received, "time,device,co2Ppm,eco2Ppm,tvocPpb,temperatureC,humidityRh\n")
        socket.destroy()
        await serving.close()
    })
})

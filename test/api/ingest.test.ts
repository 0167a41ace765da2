import assert from "node:assert/strict"
import { DatabaseSync } from "@photostructure/sqlite"
import { addDevice } from "../../devs/api/device-registry.ts"
import { revokeDevice } from "../../devs/api/store/devices.ts"
import { NOW_DATE, NOW_S, openWorld, postHeaders, type World } from "./support/world.ts"

const batch = { boot: "b1", seq: 1, time: NOW_S - 300, step: 60, co2Ppm: [721, 722], temperatureC: [23.18, null] }
const url = "/api/v1/readings"
/** what a device keeps of a body: src/uplink/response.ts */
const KEPT_BODY_BYTES = 224

describe("POST /api/v1/readings", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const stored = async () => (await world.get("/api/v1/devices/kitchen/readings")).json().readings

    it("responds with the last sequence number of a stored batch", async () => {
        const response = await world.post({ ...batch, seq: 41 })
        assert.equal(response.statusCode, 200)
        assert.equal(response.body, '{"ack":42}')
    })

    it("stores the readings, each with its own time", async () => {
        await world.post(batch)
        assert.deepEqual(await stored(), [
            {
                time: NOW_S - 300,
                boot: "b1",
                seq: 1,
                co2Ppm: 721,
                eco2Ppm: null,
                tvocPpb: null,
                temperatureC: 23.18,
                humidityRh: null,
            },
            {
                time: NOW_S - 240,
                boot: "b1",
                seq: 2,
                co2Ppm: 722,
                eco2Ppm: null,
                tvocPpb: null,
                temperatureC: null,
                humidityRh: null,
            },
        ])
    })

    it("subtracts an age from the whole second of its own Date", async () => {
        world.clock.ms = 1_736_942_400_999
        const { time: _, ...untimed } = batch
        const response = await world.post({ ...untimed, age: 125 })
        assert.equal(response.headers.date, "Wed, 15 Jan 2025 12:00:00 GMT")
        assert.deepEqual(
            (await stored()).map((reading: { time: number }) => reading.time),
            [1_736_942_275, 1_736_942_335],
        )
    })

    it("responds to a repeated batch as before, and stores nothing twice", async () => {
        const responses = [await world.post(batch), await world.post(batch), await world.post({ ...batch, seq: 2 })]
        assert.deepEqual(
            responses.map(response => response.body),
            ['{"ack":2}', '{"ack":2}', '{"ack":3}'],
        )
        assert.deepEqual(
            (await stored()).map((reading: { seq: number }) => reading.seq),
            [1, 2, 3],
        )
    })

    it("takes a batch of 60 readings", async () => {
        const response = await world.post({
            ...batch,
            time: NOW_S - 3600,
            co2Ppm: Array(60).fill(721),
            temperatureC: Array(60).fill(-12.34),
        })
        assert.equal(response.body, '{"ack":60}')
    })

    it("takes a reading in which nothing was measured among others", async () => {
        await world.post({ ...batch, co2Ppm: [721, null], temperatureC: [23.18, null] })
        assert.equal((await stored()).length, 2)
    })

    const wrong: [what: string, status: number, code: string, body: object | string][] = [
        ["a body that is not JSON", 400, "BODY_MALFORMED", "{"],
        ["an empty body", 400, "BODY_MALFORMED", ""],
        ["JSON that is not a batch", 400, "BODY_MALFORMED", "[]"],
        ["JSON with a __proto__ key", 400, "BODY_MALFORMED", '{"__proto__":{}}'],
        ["a batch without a boot", 400, "BODY_MALFORMED", { ...batch, boot: undefined }],
        ["a boot id of other characters", 400, "BODY_MALFORMED", { ...batch, boot: "B1" }],
        ["a boot id of 33 characters", 400, "BODY_MALFORMED", { ...batch, boot: "b".repeat(33) }],
        ["a number in a string", 400, "BODY_MALFORMED", { ...batch, seq: "1" }],
        ["a null for a number", 400, "BODY_MALFORMED", { ...batch, seq: null }],
        ["half a second", 400, "BODY_MALFORMED", { ...batch, step: 0.5 }],
        ["an unknown field", 400, "BODY_MALFORMED", { ...batch, co2: [1, 2] }],
        ["a column without readings", 400, "BODY_MALFORMED", { ...batch, co2Ppm: [] }],
        ["sequence number 0", 422, "VALUE_OUT_OF_RANGE", { ...batch, seq: 0 }],
        ["a negative age", 422, "VALUE_OUT_OF_RANGE", { ...batch, age: -1 }],
        ["CO2 above the range of a sensor", 422, "VALUE_OUT_OF_RANGE", { ...batch, co2Ppm: [721, 40000] }],
        ["CO2 that no air has", 422, "VALUE_OUT_OF_RANGE", { ...batch, co2Ppm: [249, 721] }],
        ["the temperature of a broken sensor", 422, "VALUE_OUT_OF_RANGE", { ...batch, temperatureC: [-45, 20] }],
        ["a negative humidity", 422, "VALUE_OUT_OF_RANGE", { ...batch, humidityRh: [-0.01, 50] }],
        ["columns of different length", 422, "COLUMNS_DIFFER", { ...batch, humidityRh: [50] }],
        ["no column", 422, "COLUMNS_MISSING", { boot: "b1", seq: 1, time: NOW_S, step: 60 }],
        ["neither time nor age", 422, "TIME_OR_AGE", { ...batch, time: undefined }],
        ["a time before 2015", 422, "TIME_OUT_OF_RANGE", { ...batch, time: 1_400_000_000 }],
        ["a time in milliseconds", 422, "TIME_OUT_OF_RANGE", { ...batch, time: 1_736_942_400_500 }],
        [
            "61 readings",
            413,
            "BATCH_TOO_LONG",
            { ...batch, co2Ppm: Array(61).fill(721), temperatureC: Array(61).fill(20) },
        ],
        ["more than 16 kB", 413, "BODY_TOO_LARGE", `{"boot":"${"b".repeat(16 * 1024)}"}`],
    ]
    /** the reading to blame, where there is one */
    const rejections: Record<string, number> = {
        "CO2 above the range of a sensor": batch.seq + 1,
        "CO2 that no air has": batch.seq,
        "the temperature of a broken sensor": batch.seq,
        "a negative humidity": batch.seq,
        "a time before 2015": batch.seq,
        "a time in milliseconds": batch.seq,
    }
    for (const [what, status, code, body] of wrong) {
        it(`responds with ${status} ${code} to ${what}, and stores nothing`, async () => {
            const response = await world.post(body)
            assert.deepEqual([response.statusCode, response.json().code], [status, code])
            const { rejected, ...error } = response.json()
            assert.deepEqual(Object.keys(error), ["code", "message"])
            assert.equal(rejected, rejections[what])
            assert.ok(rejected === undefined || response.payload.length <= KEPT_BODY_BYTES, response.payload)
            assert.equal(response.headers.date, NOW_DATE)
            assert.equal(response.headers["content-type"], "application/problem+json")
            assert.deepEqual(await stored(), [])
        })
    }

    it("responds with 415 MEDIA_TYPE_UNSUPPORTED to a body that does not say it is JSON", async () => {
        const headers = { ...postHeaders(world.token), "content-type": "text/plain" }
        const response = await world.app.inject({ method: "POST", url, headers, payload: JSON.stringify(batch) })
        assert.deepEqual([response.statusCode, response.json().code], [415, "MEDIA_TYPE_UNSUPPORTED"])
    })

    it("responds with 401 TOKEN_MISSING without a token, before it reads the body", async () => {
        const response = await world.app.inject({
            method: "POST",
            url,
            headers: { "content-type": "application/json" },
            payload: "{",
        })
        assert.deepEqual([response.statusCode, response.json().code], [401, "TOKEN_MISSING"])
        assert.equal(response.headers["www-authenticate"], "Bearer")
    })

    it("responds with 401 TOKEN_UNKNOWN to an unknown token, and does not repeat it", async () => {
        for (const token of ["A".repeat(32), "", "a b", `${world.token}x`, world.token.slice(1)]) {
            const response = await world.post(batch, token)
            assert.deepEqual(
                [response.statusCode, response.json()],
                [401, { code: "TOKEN_UNKNOWN", message: "no device has this token" }],
            )
        }
    })

    it("responds with 403 TOKEN_REVOKED as soon as a token is revoked, and keeps what was stored", async () => {
        assert.equal((await world.post(batch)).statusCode, 200)
        await revokeDevice(world.db, "kitchen", NOW_S)
        const response = await world.post({ ...batch, seq: 3 })
        assert.deepEqual([response.statusCode, response.json().code], [403, "TOKEN_REVOKED"])
        assert.ok(!response.body.includes(world.token))
        assert.equal((await stored()).length, 2)
    })

    it("stores a batch for the device whose token it is", async () => {
        const { token } = await addDevice(world.db, { id: "office", createdAt: NOW_S })
        await world.post({ ...batch, co2Ppm: [801, 802] }, token)
        await world.post(batch)
        assert.deepEqual(
            (await stored()).map((reading: { co2Ppm: number }) => reading.co2Ppm),
            [721, 722],
        )
    })

    it("responds with 503 STORE_BUSY with Retry-After while another process writes, and takes the batch later", async () => {
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        const busy = await world.post(batch)
        other.exec("ROLLBACK")
        other.close()
        assert.deepEqual([busy.statusCode, busy.json().code, busy.headers["retry-after"]], [503, "STORE_BUSY", "5"])
        assert.equal((await world.post(batch)).body, '{"ack":2}')
    })

    it("responds with 500 without internal details when the store is closed", async () => {
        const lost = await openWorld()
        await lost.app.ready()
        await lost.db.close()
        const response = await lost.post(batch)
        assert.equal(response.statusCode, 500)
        assert.deepEqual(response.json(), { code: "INTERNAL", message: "the server failed; its log says why" })
        await lost.end().catch(() => undefined)
    })
})

import assert from "node:assert/strict"
import { setDevice } from "../../devs/api/device-registry.ts"
import { NOW_S, openWorld, type World } from "./support/world.ts"

const whole = {
    ...{ boot: "b1", seq: 1, time: NOW_S - 120, age: 120, step: 60 },
    co2Ppm: [721, null, 719],
    temperatureC: [19.77, 19.8, 18.99],
    humidityRh: [33.18, 33.18, 100],
}
const short = {
    ...{ boot: "b1", seq: 1, time: NOW_S - 120 },
    co2: [721, null, -2],
    tem: [19.77, 3, -81],
    hum: [33.18, 0, 6682],
}

describe("POST /r, the short form of a batch", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const postShort = (body: object | string, headers: Record<string, string> = {}) =>
        world.app.inject({
            ...{ method: "POST", url: "/r", headers: { authorization: `Bearer ${world.token}`, ...headers } },
            payload: typeof body === "string" ? body : JSON.stringify(body),
        })
    const stored = async () => (await world.get("/api/v1/devices/kitchen/readings")).json().readings
    const device = async () => (await world.get("/api/v1/devices/kitchen")).json().device

    it("stores the same as the whole batch, whose readings it knows again", async () => {
        assert.equal((await postShort(short)).body, "3")
        const readings = await stored()
        assert.deepEqual(
            readings.map((reading: Record<string, number | null>) => [
                ...[reading.time, reading.co2Ppm, reading.temperatureC, reading.humidityRh],
            ]),
            [
                [NOW_S - 120, 721, 19.77, 33.18],
                [NOW_S - 60, null, 19.8, 33.18],
                [NOW_S, 719, 18.99, 100],
            ],
        )
        assert.equal((await world.post(whole)).body, '{"ack":3}')
        assert.deepEqual(await stored(), readings)
    })

    it("is acknowledged with its Date and the bare number", async () => {
        const { headers, body } = await postShort(short)
        assert.deepEqual([Object.keys(headers).sort().join(), body], ["content-length,date", "3"])
    })

    it("has a step and an age of its own where they are not the usual ones", async () => {
        const { time: _, ...undated } = short
        await postShort({ ...undated, step: 30, age: 100 })
        const times = (await stored()).map(({ time }: { time: number }) => time)
        assert.deepEqual(times, [NOW_S - 100, NOW_S - 70, NOW_S - 40])
    })

    it("is dated by its arrival where it has neither time nor age", async () => {
        const { time: _, ...undated } = short
        await postShort(undated)
        assert.equal((await stored()).at(-1).time, NOW_S)
    })

    it("shows no clock of the device where the age is null, and its clock where there is none", async () => {
        const old = { ...short, time: NOW_S - 86_400 }
        assert.equal((await postShort({ ...old, age: null })).body, "3")
        assert.equal((await postShort(old)).json().code, "DEVICE_CLOCK_WRONG")
    })

    it("keeps the status that an earlier post had, and brings settings without one", async () => {
        await postShort({ ...short, status: { uptimeS: 100, handshakes: 1 } })
        await setDevice(world.db, "kitchen", { INTERVAL_S: 30 }, NOW_S)
        const more = { ...short, seq: 4, time: NOW_S }
        assert.deepEqual((await postShort({ ...more, age: 120 })).json().desired, { revision: 1, INTERVAL_S: 30 })
        assert.equal((await device()).status.handshakes, 1)
        await postShort({ ...more, seq: 7, age: 120, status: { uptimeS: 200, settings: { revision: 1 } } })
        assert.equal((await postShort({ ...more, seq: 10, age: 120 })).body, "12")
    })

    it("names the reading whose value is out of range", async () => {
        const { statusCode, body } = await postShort({ ...short, co2: [721, 10, -700] })
        assert.deepEqual([statusCode, JSON.parse(body).code, JSON.parse(body).rejected], [422, "VALUE_OUT_OF_RANGE", 3])
    })

    const malformed: [string, object | string][] = [
        ["no JSON", "{"],
        ["no object", "7"],
        ["a difference that is no whole number", { ...short, tem: [19.77, 0.03, 1] }],
        ["text for a value", { ...short, co2: [721, "1", 2] }],
        ["text for a step", { ...short, step: "x" }],
        ["a name that it does not have", { ...short, ppm: [1, 2, 3] }],
        ["a prototype", '{"boot":"b1","seq":1,"co2":[721],"__proto__":{"step":60}}'],
    ]
    for (const [name, body] of malformed)
        it(`is refused with ${name}`, async () => {
            const response = await postShort(body)
            assert.deepEqual([response.statusCode, response.json().code], [400, "BODY_MALFORMED"])
            assert.deepEqual(await stored(), [])
        })

    it("is refused with columns of different lengths, and without any", async () => {
        assert.equal((await postShort({ ...short, tem: [19.77] })).json().code, "COLUMNS_DIFFER")
        assert.equal((await postShort({ boot: "b1", seq: 1 })).json().code, "COLUMNS_MISSING")
    })

    it("is refused without the token of a device, and read by nobody who has none", async () => {
        assert.equal(
            (await world.app.inject({ method: "POST", url: "/r", payload: "{}" })).json().code,
            "TOKEN_MISSING",
        )
        assert.equal(
            (await postShort(short, { authorization: `Bearer ${"x".repeat(32)}` })).json().code,
            "TOKEN_UNKNOWN",
        )
    })
})

import assert from "node:assert/strict"
import { fullStatus } from "./support/full-status.ts"
import { NOW_MS, NOW_S, openWorld, type World } from "./support/world.ts"

const batch = { boot: "7-0a1b2c3d", seq: 1, time: NOW_S - 60, step: 60, co2Ppm: [721, 722] }

describe("the status of a device", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const device = async () => (await world.get("/api/v1/devices/kitchen")).json().device

    /** Posts a batch with a status, `atS` seconds after noon. */
    async function report(status: unknown, atS = 0): Promise<void> {
        world.clock.ms = NOW_MS + atS * 1000
        const response = await world.post({ ...batch, status })
        assert.deepEqual([response.statusCode, response.json().ack], [200, 2])
    }

    it("is shown as it was posted, with its time and age", async () => {
        await report(fullStatus)
        world.clock.ms += 95_000
        assert.deepEqual((await device()).status, { at: NOW_S, age: 95, unread: [], ...fullStatus })
        assert.deepEqual((await world.get("/api/v1/devices")).json().devices[0].status, {
            at: NOW_S,
            age: 95,
            unread: [],
            ...fullStatus,
        })
    })

    it("replaces the one before; a post without a status keeps it", async () => {
        await report(fullStatus)
        await report({ uptimeS: 4300 }, 300)
        await report(undefined, 600)
        assert.deepEqual((await device()).status, { at: NOW_S + 300, age: 300, unread: [], uptimeS: 4300 })
    })

    it("is not stored when the readings are not", async () => {
        const response = await world.post({ ...batch, co2Ppm: [99_999], status: fullStatus })
        assert.equal(response.statusCode, 422)
        assert.equal((await device()).status, null)
    })

    const odd: [what: string, status: unknown, unread: string[], kept: object][] = [
        ["a field of a later firmware", { uptimeS: 5, volts: 5.1 }, ["status.volts"], { uptimeS: 5 }],
        [
            "a field of another type",
            { uptimeS: 5, ram: "12", rssi: null },
            ["status.ram", "status.rssi"],
            { uptimeS: 5 },
        ],
        ["a number out of range", { uptimeS: 5, rssi: -200 }, ["status.rssi"], { uptimeS: 5 }],
        [
            "a field of a sensor of later firmware",
            { uptimeS: 5, sensors: { scd41: { crc: 1, hours: 9 } } },
            ["status.sensors.scd41.hours"],
            { uptimeS: 5, sensors: { scd41: { crc: 1 } } },
        ],
        [
            "a recalibration by half a ppm",
            { uptimeS: 5, sensors: { scd41: { recalibrated: 0.5 } } },
            ["status.sensors.scd41.recalibrated"],
            { uptimeS: 5, sensors: { scd41: {} } },
        ],
        [
            "a sensor's name with other characters",
            { uptimeS: 5, sensors: { "SCD-41": {}, sgp30: {} } },
            ["status.sensors.SCD-41"],
            { uptimeS: 5, sensors: { sgp30: {} } },
        ],
        [
            "nine sensors",
            { uptimeS: 5, sensors: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}, h: {}, i: {} } },
            ["status.sensors"],
            { uptimeS: 5 },
        ],
        [
            "a reason that is a sentence",
            { uptimeS: 5, restartReason: "who can say?" },
            ["status.restartReason"],
            { uptimeS: 5 },
        ],
        [
            "a settings report without its revision",
            { uptimeS: 5, settings: { refused: [] } },
            ["status.settings"],
            { uptimeS: 5 },
        ],
        [
            "a refused name that is a number",
            { uptimeS: 5, settings: { revision: 1, refused: ["ASC", 7] } },
            ["status.settings.refused.1"],
            { uptimeS: 5 },
        ],
        ["a status without its uptime", { rssi: -61 }, ["status"], {}],
        ["a status that is an array", [5], ["status"], {}],
        ["a null", null, ["status"], {}],
        [
            "more unknown fields than are removed one by one",
            { uptimeS: 5, ...Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`x${at}`, at])) },
            ["status"],
            {},
        ],
    ]
    for (const [what, status, unread, kept] of odd) {
        it(`with ${what} does not keep readings from being stored; the rest of it is kept, and the left out parts are listed`, async () => {
            await report(status)
            assert.equal((await world.get("/api/v1/devices/kitchen/readings")).json().readings.length, 2)
            assert.deepEqual((await device()).status, { at: NOW_S, age: 0, unread, ...kept })
        })
    }

    it("may be nested too deep to be written as JSON, and readings are still stored", async () => {
        const status = `{"uptimeS":5,"pit":${"[".repeat(7500)}${"]".repeat(7500)}}`
        const response = await world.post(
            JSON.stringify({ ...batch, status: 0 }).replace('"status":0', `"status":${status}`),
        )
        assert.equal(response.body, '{"ack":2}')
        assert.deepEqual((await device()).status, { at: NOW_S, age: 0, unread: ["status.pit"], uptimeS: 5 })
    })

    it("keeps states and reasons of later firmware, because their absence would mean something else", async () => {
        await report({ uptimeS: 5, restartReason: "brownout", sensors: { scd41: { state: "calibrating" } } })
        const { status, starts } = await device()
        assert.deepEqual(
            [status.restartReason, status.sensors.scd41.state, status.unread],
            ["brownout", "calibrating", []],
        )
        assert.deepEqual(starts, { brownout: 1 })
    })

    it("keeps only the first 64 characters of a long path", async () => {
        await report({ uptimeS: 5, ["x".repeat(9000)]: 1 })
        assert.deepEqual((await device()).status.unread, [`status.${"x".repeat(57)}`])
    })

    it("counts a start once, by its reason, however often it is reported", async () => {
        await report({ uptimeS: 300 })
        await report({ uptimeS: 600 }, 300)
        await report({ uptimeS: 20, restartReason: "settings" }, 340)
        await report({ uptimeS: 20, restartReason: "settings" }, 340)
        await report({ uptimeS: 120, restartReason: "settings" }, 440)
        await report({ uptimeS: 30, restartReason: "settings" }, 500)
        await report({ uptimeS: 30, restartReason: "???" }, 600)
        assert.deepEqual((await device()).starts, { power: 1, settings: 2, unknown: 1 })
    })

    it("counts a start in the same second as the last report, and one that seems earlier because a clock was set back", async () => {
        await report({ uptimeS: 20 }, 300)
        await report({ uptimeS: 60, restartReason: "settings" }, 360)
        await report({ uptimeS: 59, restartReason: "stalled" }, 100)
        await report({ uptimeS: 119, restartReason: "stalled" }, 160)
        assert.deepEqual((await device()).starts, { power: 1, settings: 1, stalled: 1 })
    })

    it("counts one start when it first sends what the boot before left in flash", async () => {
        await world.post({ ...batch, boot: "6-00000000", status: { uptimeS: 20 } })
        await report({ uptimeS: 25 }, 5)
        const { boots, starts } = await device()
        assert.deepEqual([boots, starts], [2, { power: 1 }])
    })
})

import assert from "node:assert/strict"
import { NOW_MS, NOW_S, openWorld, type World } from "./support/world.ts"

const batch = { boot: "7-0a1b2c3d", seq: 1, time: NOW_S - 60, step: 60, co2Ppm: [721, 722] }

/** Everything there is to tell. */
const full = {
    up: 4000,
    why: "stalled",
    ram: 12,
    flash: 480,
    rssi: -61,
    handshakes: 3,
    refused: 1,
    refusedAge: 500,
    failures: 2,
    trouble: "no-connection:name",
    sensors: {
        scd41: { recalibrated: -12 },
        sgp30: { state: "failed", nack: 7, crc: 2, stale: 1, range: 3, unfit: true },
        scd30: { recalibrated: "done" },
        sht3x: { recalibrated: "refused" },
    },
}

describe("the status of a device", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const device = async () => (await world.get("/api/v1/devices/kitchen")).json().device

    /** Posts a batch with a status, so many seconds after noon. */
    async function tell(status: unknown, atS = 0): Promise<void> {
        world.clock.ms = NOW_MS + atS * 1000
        const answer = await world.post({ ...batch, status })
        assert.deepEqual([answer.statusCode, answer.json().ack], [200, 2])
    }

    it("is shown as it came, with its time and age", async () => {
        await tell(full)
        world.clock.ms += 95_000
        assert.deepEqual((await device()).status, { at: NOW_S, age: 95, unread: [], ...full })
        assert.deepEqual((await world.get("/api/v1/devices")).json().devices[0].status, {
            at: NOW_S,
            age: 95,
            unread: [],
            ...full,
        })
    })

    it("takes the place of the one before; a post without one leaves it", async () => {
        await tell(full)
        await tell({ up: 4300 }, 300)
        await tell(undefined, 600)
        assert.deepEqual((await device()).status, { at: NOW_S + 300, age: 300, unread: [], up: 4300 })
    })

    it("is not stored when the readings are not", async () => {
        const answer = await world.post({ ...batch, co2Ppm: [99_999], status: full })
        assert.equal(answer.statusCode, 422)
        assert.equal((await device()).status, null)
    })

    const odd: [what: string, status: unknown, unread: string[], kept: object][] = [
        ["a field of a later firmware", { up: 5, volts: 5.1 }, ["status.volts"], { up: 5 }],
        ["a field of another type", { up: 5, ram: "12", rssi: null }, ["status.ram", "status.rssi"], { up: 5 }],
        ["a number out of range", { up: 5, rssi: -200 }, ["status.rssi"], { up: 5 }],
        [
            "a later field of a part",
            { up: 5, sensors: { scd41: { crc: 1, hours: 9 } } },
            ["status.sensors.scd41.hours"],
            { up: 5, sensors: { scd41: { crc: 1 } } },
        ],
        [
            "a recalibration by half",
            { up: 5, sensors: { scd41: { recalibrated: 0.5 } } },
            ["status.sensors.scd41.recalibrated"],
            { up: 5, sensors: { scd41: {} } },
        ],
        [
            "a part's name with other characters",
            { up: 5, sensors: { "SCD-41": {}, sgp30: {} } },
            ["status.sensors.SCD-41"],
            { up: 5, sensors: { sgp30: {} } },
        ],
        [
            "nine parts",
            { up: 5, sensors: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}, h: {}, i: {} } },
            ["status.sensors"],
            { up: 5 },
        ],
        ["a word that is a sentence", { up: 5, why: "who can say?" }, ["status.why"], { up: 5 }],
        ["a receipt without its number", { up: 5, settings: { refused: [] } }, ["status.settings"], { up: 5 }],
        [
            "a name in a receipt that is none",
            { up: 5, settings: { revision: 1, refused: ["ASC", 7] } },
            ["status.settings.refused.1"],
            { up: 5 },
        ],
        ["a status without its uptime", { rssi: -61 }, ["status"], {}],
        ["a status that is none", [5], ["status"], {}],
        ["a null", null, ["status"], {}],
        [
            "more that is unknown than is looked through",
            { up: 5, ...Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`x${at}`, at])) },
            ["status"],
            {},
        ],
    ]
    for (const [what, status, unread, kept] of odd) {
        it(`with ${what} keeps no reading back; the rest of it is kept, and what is left out is named`, async () => {
            await tell(status)
            assert.equal((await world.get("/api/v1/devices/kitchen/readings")).json().readings.length, 2)
            assert.deepEqual((await device()).status, { at: NOW_S, age: 0, unread, ...kept })
        })
    }

    it("may be too deep for JSON to be written, and keeps no reading back", async () => {
        const status = `{"up":5,"pit":${"[".repeat(7500)}${"]".repeat(7500)}}`
        const answer = await world.post(
            JSON.stringify({ ...batch, status: 0 }).replace('"status":0', `"status":${status}`),
        )
        assert.equal(answer.body, '{"ack":2}')
        assert.deepEqual((await device()).status, { at: NOW_S, age: 0, unread: ["status.pit"], up: 5 })
    })

    it("keeps words of a later firmware where their absence would mean something else", async () => {
        await tell({ up: 5, why: "brownout", sensors: { scd41: { state: "calibrating" } } })
        const { status, starts } = await device()
        assert.deepEqual([status.why, status.sensors.scd41.state, status.unread], ["brownout", "calibrating", []])
        assert.deepEqual(starts, { brownout: 1 })
    })

    it("keeps no more of a long name than is readable", async () => {
        await tell({ up: 5, ["x".repeat(9000)]: 1 })
        assert.deepEqual((await device()).status.unread, [`status.${"x".repeat(57)}`])
    })

    it("counts a start once, by its reason, however often it is told", async () => {
        await tell({ up: 300 })
        await tell({ up: 600 }, 300)
        await tell({ up: 20, why: "settings" }, 340)
        await tell({ up: 20, why: "settings" }, 340)
        await tell({ up: 120, why: "settings" }, 440)
        await tell({ up: 30, why: "settings" }, 500)
        await tell({ up: 30, why: "???" }, 600)
        assert.deepEqual((await device()).starts, { power: 1, settings: 2, unknown: 1 })
    })

    it("counts a start in the very second in which it was heard, and one that seems earlier because a clock was set back", async () => {
        await tell({ up: 20 }, 300)
        await tell({ up: 60, why: "settings" }, 360)
        await tell({ up: 59, why: "stalled" }, 100)
        await tell({ up: 119, why: "stalled" }, 160)
        assert.deepEqual((await device()).starts, { power: 1, settings: 1, stalled: 1 })
    })

    it("counts one start when it first sends what the boot before left in flash", async () => {
        await world.post({ ...batch, boot: "6-00000000", status: { up: 20 } })
        await tell({ up: 25 }, 5)
        const { boots, starts } = await device()
        assert.deepEqual([boots, starts], [2, { power: 1 }])
    })
})

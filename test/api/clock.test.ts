import assert from "node:assert/strict"
import { ClockCheck } from "../../devs/api/clock-check.ts"
import { serve } from "../../devs/api/server.ts"
import { ClockWorld } from "./support/clock-world.ts"
import { RawConnection } from "./support/raw-connection.ts"
import { NOW_S, postHeaders } from "./support/world.ts"

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
const YEAR_S = 365 * DAY_S

const wrong: Record<string, number> = {
    "20 years behind": -20 * YEAR_S,
    "a year behind": -YEAR_S,
    "20 minutes behind": -1200,
    "an hour and a half ahead": 1.5 * HOUR_S,
    "30 days ahead": 30 * DAY_S,
    "a year ahead": YEAR_S,
    "20 years ahead": 20 * YEAR_S,
}

const refused: [number, string] = [503, "SERVER_CLOCK_WRONG"]
const accepted: [number, undefined] = [200, undefined]
const corrected: [number, string] = [409, "DEVICE_CLOCK_WRONG"]

const REASON =
    /^the clock of this server says \d{4}-.*(, but by [1-3] of [1-3] devices it is about 2025-01-15T12:0\d|, before 2015-01-01)/

describe("a server whose clock is wrong", () => {
    let world: ClockWorld

    beforeEach(async () => {
        world = await ClockWorld.open()
    })
    afterEach(() => world.end())

    for (const [what, byS] of Object.entries(wrong)) {
        it(`${what}: responds with 503 and without a Date to devices that know the time, until it is right`, async () => {
            for (const device of ["kitchen", "office", "attic"])
                assert.deepEqual(await world.responseTo(device, 0), accepted)
            world.pass(300)
            world.offS = byS
            for (const device of ["kitchen", "office", "attic"]) {
                const { statusCode, headers, ...response } = await world.post(device, 0)
                assert.deepEqual([statusCode, response.json().code], refused)
                assert.deepEqual([headers["retry-after"], headers.date], ["60", undefined])
            }
            assert.deepEqual(await world.responseTo("kitchen"), refused, "without a clock of its own")
            assert.equal(await world.health(), 503)
            world.pass(300)
            world.offS = 0
            assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
            assert.equal(await world.health(), 200)
            assert.equal(world.doubts.length, 2)
            assert.match(world.doubts[0]!, REASON)
            assert.equal(world.doubts[1], undefined)
            assert.equal(await world.stored(), 2)
        })

        it(`${what} since its start: the first device that knows the time shows it`, async () => {
            for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device, 0), accepted)
            await world.restart()
            world.pass(300)
            world.offS = byS
            assert.deepEqual(await world.responseTo("kitchen", 0), refused)
            world.offS = 0
            assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
        })
    }

    it("is noticed at its start by the time of the last stored batch, without any device that knows the time", async () => {
        assert.deepEqual(await world.responseTo("kitchen"), accepted)
        await world.restart()
        world.pass(3 * HOUR_S)
        world.offS = -4 * HOUR_S
        assert.deepEqual(await world.responseTo("kitchen"), refused)
        assert.match(world.doubts[0]!, /but the last batch was stored at 2025-01-15T12:00:00Z$/)
        const { message } = (await world.app.inject({ url: "/health" })).json()
        assert.match(message, /stored at 2025-01-15T12:00:00Z; set the server's clock .*airpin serve --trust-clock$/)
        world.offS = 0
        assert.deepEqual(await world.responseTo("kitchen"), accepted)
    })

    it("is noticed at once if it is before the release, also when the operator vouches for it", async () => {
        await world.restart({ trustClock: true, notBeforeS: NOW_S + 1 })
        assert.deepEqual(await world.responseTo("kitchen", 0), refused)
        assert.match(world.doubts[0]!, /before 2025-01-15T12:00:01Z, when this airpin was made/)
    })

    it("sends no Date to anyone, whatever the request", async () => {
        await world.post("kitchen", 0)
        world.offS = -YEAR_S
        const headers = postHeaders("wrong")
        const unknown = await world.app.inject({ method: "POST", url: "/api/v1/readings", headers, payload: {} })
        assert.deepEqual([unknown.statusCode, unknown.headers.date], [401, undefined])
        assert.equal((await world.app.inject({ url: "/%ZZ" })).headers.date, undefined)
        const serving = await serve({ app: world.app, port: 0 })
        const raw = await (await RawConnection.open(serving.port)).toEnd("nonsense\r\n\r\n")
        assert.match(raw, /^HTTP\/1.1 400/)
        assert.doesNotMatch(raw, /date:/)
        await serving.close()
    })

    it("and was corrected after it had stored readings is no longer in doubt when the operator vouches for it once", async () => {
        world.offS = YEAR_S
        for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device), accepted)
        world.pass(HOUR_S)
        assert.deepEqual(await world.responseTo("kitchen", YEAR_S), accepted)
        world.offS = 0
        assert.deepEqual(await world.responseTo("kitchen", YEAR_S), refused)
        await world.restart({ trustClock: true })
        assert.deepEqual(await world.responseTo("kitchen", YEAR_S), corrected)
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted, "it has learned the time from that response")
        await world.restart()
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
        assert.deepEqual(await world.responseTo("office"), accepted)
    })

    it("is no longer in doubt once NTP corrects it, though a device set its clock by a response that rejects a reading", async () => {
        world.offS = -YEAR_S
        const rejected = await world.post("kitchen", undefined, { co2Ppm: [-1] })
        assert.deepEqual([rejected.statusCode, rejected.headers.date], [422, "Tue, 16 Jan 2024 12:00:00 GMT"])
        world.offS = 0
        assert.deepEqual(await world.responseTo("kitchen", -YEAR_S), corrected)
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
    })

    it("is noticed by devices that learned the time from it, once it has run for ten minutes", async () => {
        for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device), accepted)
        world.pass(300)
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
        world.offS = YEAR_S
        assert.deepEqual(await world.responseTo("kitchen", 0), corrected, "NTP may have set the clock just now")
        world.offS = 0
        world.pass(600)
        for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device, 0), accepted)
        world.offS = YEAR_S
        assert.deepEqual(await world.responseTo("kitchen", 0), refused)
    })
})

describe("a server whose clock is right", () => {
    let world: ClockWorld

    beforeEach(async () => {
        world = await ClockWorld.open()
    })
    afterEach(() => world.end())

    it("stores older readings of whatever age, which do not contradict it", async () => {
        const older: [byDays: number, more: object][] = [
            [-30, { age: 30 * DAY_S }],
            [-29, { age: 29 * DAY_S, status: undefined }],
            [-28, { age: undefined }],
            [-27, { age: undefined, boot: "b0", seq: 900, status: { uptimeS: 20 } }],
        ]
        for (const [byDays, more] of older)
            assert.deepEqual(await world.responseTo("kitchen", byDays * DAY_S, more), accepted)
        assert.equal(await world.health(), 200)
    })

    it("stores the last readings of a sensor that failed while the device was offline", async () => {
        assert.deepEqual(await world.responseTo("kitchen", -5 * HOUR_S, { age: 5 * HOUR_S }), accepted)
        assert.equal(await world.health(), 200)
    })

    for (const byS of [-2 * HOUR_S, -YEAR_S, 1200, YEAR_S])
        it(`responds with 409 and its Date to one device of three whose clock is off by ${byS} s, so that it learns the time`, async () => {
            for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device, 0), accepted)
            const response = await world.post("attic", byS)
            assert.deepEqual([response.statusCode, response.json().code], corrected)
            assert.equal(response.headers.date, "Wed, 15 Jan 2025 12:00:00 GMT")
            assert.deepEqual(await world.responseTo("attic", 0), accepted)
            assert.equal(await world.health(), 200)
        })

    it("is in doubt while one of two devices contradicts it, and for three hours after that device's last post", async () => {
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
        assert.deepEqual(await world.responseTo("office", YEAR_S), refused)
        assert.deepEqual(await world.responseTo("kitchen", 0), refused)
        world.pass(3 * HOUR_S + 1)
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
    })

    it("is no longer in doubt after its machine slept, once its devices have posted", async () => {
        for (const device of ["kitchen", "office"]) assert.deepEqual(await world.responseTo(device, 0), accepted)
        world.sleep(8 * HOUR_S)
        assert.deepEqual(await world.responseTo("attic"), refused)
        assert.deepEqual(await world.responseTo("office", 0), refused)
        assert.deepEqual(await world.responseTo("kitchen", 0), accepted)
        assert.deepEqual(await world.responseTo("attic"), accepted)
    })

    it("is checked as quickly with 5,000 devices as with one, and their evidence counts at once", () => {
        const doubts: (string | undefined)[] = []
        const onDoubt = (reason: string | undefined) => void doubts.push(reason)
        const clock = new ClockCheck({ notBeforeS: 0, monotonicS: () => 0, onDoubt })
        const post = (device: number, offS: number) => {
            clock.recordDeviceTime(`d${device}`, { earliestS: NOW_S + offS, latestS: NOW_S + offS }, NOW_S)
            const reason = clock.doubt(NOW_S)
            clock.recordDateSent(`d${device}`)
            return reason
        }
        const startMs = performance.now()
        for (let round = 0; round < 4; round++)
            for (let device = 0; device < 5000; device++) assert.equal(post(device, 0), undefined)
        const tookMs = performance.now() - startMs
        for (let device = 0; device < 2499; device++) assert.equal(post(device, YEAR_S), undefined)
        assert.match(post(2499, YEAR_S) ?? "", /2500 of 5000 devices/)
        assert.equal(post(2499, 0), undefined)
        assert.deepEqual(
            doubts.map(reason => reason === undefined),
            [false, true],
        )
        assert.ok(tookMs < 2000, `20,000 posts took ${tookMs} ms`)
    })
})

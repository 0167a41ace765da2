import assert from "node:assert/strict"
import { setDevice } from "../../../devs/api/device-registry.ts"
import { type Break, interruptionsOf, minGapS } from "../../../devs/api/insights/interruptions.ts"
import type { RoomEvents } from "../../../devs/api/insights/records.ts"
import { readSite, writeSite } from "../../../devs/api/site/site-store.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { bearer, openClosedWorld } from "../security/closed-world.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"

const MINUTE_S = 60
const HOUR_S = 3600

describe("starts and gaps", () => {
    const at = (fromTime: number, fromBoot: number, time: number, boot: number): Break => ({
        ...{ fromTime, fromBoot, time, boot },
    })

    it("are a start for each new boot, and a gap where the pause is long", () => {
        const breaks = [at(0, 1, 90, 2), at(1000, 2, 8000, 3), at(9000, 3, 9600, 3)]
        assert.deepEqual(interruptionsOf(breaks, [], 300), {
            restarts: [
                { at: 90, reason: null },
                { at: 8000, reason: null },
            ],
            gaps: [
                { from: 1000, to: 8000, cause: "off" },
                { from: 9000, to: 9600, cause: "lost" },
            ],
        })
    })

    it("are no start where the readings of two boots lie among one another", () => {
        const { restarts } = interruptionsOf([at(0, 1, 60, 2), at(60, 2, 90, 1), at(90, 1, 120, 2)], [], 300)
        assert.deepEqual(restarts, [{ at: 60, reason: null }])
    })

    it("are readings that were lost where the new boot says so", () => {
        const losses = [{ boot: 2, undated: 7, damaged: 0 }]
        assert.equal(interruptionsOf([at(0, 1, 4000, 2)], losses, 300).gaps[0]?.cause, "lost")
    })

    it("are as long as five minutes or three intervals at least", () => {
        assert.deepEqual([minGapS(60), minGapS(600)], [300, 1800])
    })
})

describeOnEach("GET /api/v1/devices/:id/events", kind => {
    let world: World

    before(async () => {
        world = await openWorld(kind)
        // NOW_S is Wednesday, 12:00 UTC
        const site = await readSite(world.db.sql)
        const lessons = { days: [3], hours: [{ from: "08:00", to: "10:00" }] }
        const limits = { fairPpm: 1000, poorPpm: 1400 }
        await writeSite(world.db, { ...site, timeZone: "UTC", lessons, limits }, NOW_S - 86_400)
    })
    after(() => world?.end())

    const events = async (query = ""): Promise<RoomEvents> => {
        const response = await world.get(`/api/v1/devices/kitchen/events${query}`)
        assert.equal(response.statusCode, 200, response.body)
        return response.json()
    }
    const constant = (ppm: number, count: number) => Array.from({ length: count }, () => ppm)
    const clock = (hour: number, minute: number) => NOW_S - 12 * HOUR_S + hour * HOUR_S + minute * MINUTE_S

    it("says nothing of a device without readings", async () => {
        const { lessons, ...lists } = await events()
        assert.deepEqual(
            Object.entries(lists).filter(([, list]) => Array.isArray(list) && list.length > 0),
            [],
        )
        assert.deepEqual([lessons.measuredMinutes, lessons.lessonMinutes], [0, 120])
    })

    it("has the airing, the lessons, and what interrupted the readings, with its cause", async () => {
        // 07:01 to 08:30 poor, aired, then good until 09:00
        const fall = [1500, 1100, 850, 750, 700]
        const first = [...constant(1620, 90), ...fall, ...constant(700, 25)]
        await world.store.append("kitchen", co2Batch(1, clock(7, 1), first), NOW_S)
        // 11 readings are missing in the same boot
        await world.store.append("kitchen", co2Batch(132, clock(9, 12), constant(700, 9)), NOW_S)
        // a power cut until 09:40, then ten minutes without a sensor
        const boot = { boot: "b2" }
        const broken = [...constant(700, 5).map(co2Ppm => values({ co2Ppm })), ...constant(0, 10).map(() => values({}))]
        await world.store.append("kitchen", { ...co2Batch(1, clock(9, 40), [], boot), values: broken }, NOW_S)
        const seenAt = clock(10, 0)
        const status = { uptimeS: 21 * MINUTE_S, restartReason: "stalled" } as const
        await world.store.append("kitchen", co2Batch(16, clock(9, 55), constant(700, 5), boot), seenAt, {
            status,
            unread: [],
        })
        const { airings, restarts, gaps, calibrations, lessons } = await events()
        assert.deepEqual(airings, [{ from: clock(8, 30), to: clock(8, 35), fromPpm: 1620, toPpm: 700 }])
        assert.deepEqual(restarts, [{ at: clock(9, 40), reason: "stalled" }])
        assert.deepEqual(gaps, [
            { from: clock(9, 0), to: clock(9, 12), cause: "lost" },
            { from: clock(9, 20), to: clock(9, 40), cause: "off" },
            { from: clock(9, 44), to: clock(9, 55), cause: "sensor" },
            { from: clock(9, 59), to: null, cause: "silent" },
        ])
        assert.deepEqual(calibrations, [])
        assert.deepEqual(
            [lessons.poorMinutes, lessons.fairMinutes, lessons.lessonMinutes, lessons.maxPpm],
            [30, 30, 120, 1620],
        )
    })

    it("has a gap that begins before the range or ends after it, and nothing from elsewhere", async () => {
        const { restarts, gaps, airings } = await events(`?from=${clock(9, 25)}&to=${clock(9, 30)}`)
        assert.deepEqual([restarts, airings], [[], []])
        assert.deepEqual(gaps, [{ from: clock(9, 20), to: clock(9, 40), cause: "off" }])
    })

    it("looks into every reading of 35 days at most, and at the lessons of a year", async () => {
        const { airings, restarts, gaps, lessons } = await events(`?from=${NOW_S - 366 * 86_400}`)
        assert.deepEqual([airings, restarts, gaps, lessons.poorMinutes], [null, null, null, 30])
        const response = await world.get(`/api/v1/devices/kitchen/events?from=${NOW_S - 400 * 86_400}`)
        assert.deepEqual([response.statusCode, response.json().code], [400, "RANGE_TOO_LONG"])
    })

    it("has the latest recalibration", async () => {
        const { settings } = await setDevice(world.db, "kitchen", { RECALIBRATE_PPM: 520 }, clock(10, 0))
        const boot = { boot: "b2" }
        const report = (seq: number, minute: number, status: object) =>
            world.store.append("kitchen", co2Batch(seq, clock(10, minute), [700], boot), clock(10, minute), {
                status: { uptimeS: minute * MINUTE_S + 1300, ...status },
                unread: [],
            })
        await report(21, 5, { settings: { revision: settings.revision, refused: [] } })
        await report(22, 15, { sensors: { scd41: { recalibrated: -31 } } })
        assert.deepEqual((await events()).calibrations, [{ at: clock(10, 5), ppm: 520, changePpm: -31 }])
        assert.deepEqual((await events(`?to=${clock(9, 0)}`)).calibrations, [])
    })
})

describe("who reads the events of a room", () => {
    it("is not who has a link for another", async () => {
        const world = await openClosedWorld()
        try {
            const status = async (id: string) =>
                (await world.as(bearer(world.kitchenOnly), `/api/v1/devices/${id}/events`)).statusCode
            assert.deepEqual([await status("kitchen"), await status("attic")], [200, 404])
        } finally {
            await world.end()
        }
    })
})

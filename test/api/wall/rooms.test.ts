import assert from "node:assert/strict"
import { addDevice, setDevice } from "../../../devs/api/device-registry.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { trendPpm } from "../../../devs/api/wall/trend.ts"
import { levelOf, type Wall, type WallRoom } from "../../../devs/api/wall/wall-room.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { bearer, openClosedWorld } from "../security/closed-world.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"

const limits = { fairPpm: 1000, poorPpm: 2000 }

describe("the level of the air", () => {
    for (const [ppm, level] of [
        [null, null],
        [999, "good"],
        [1000, "fair"],
        [1999, "fair"],
        [2000, "poor"],
    ] as const)
        it(`is ${level} at ${ppm} ppm`, () => assert.equal(levelOf(ppm, limits), level))
})

describe("the trend", () => {
    it("is the difference of the means in whole ppm, and null unless both are known", () => {
        assert.equal(trendPpm({ newest: 810.4, earlier: 930.2 }), -120)
        assert.equal(trendPpm({ newest: 810, earlier: null }), null)
        assert.equal(trendPpm({ newest: null, earlier: 930 }), null)
    })
})

describeOnEach("the wall", kind => {
    let world: World
    let seq: number

    beforeEach(async () => {
        seq = 1
        world = await openWorld(kind)
    })
    afterEach(() => world.end())

    /** Stores readings a step apart, the last of which ends at `endS`. */
    const store = async (co2Ppm: (number | null)[], { endS = NOW_S, step = 60, more = {} } = {}) => {
        const rows = co2Ppm.map(ppm => values({ co2Ppm: ppm }))
        const time = endS - (co2Ppm.length - 1) * step
        await world.store.append("kitchen", co2Batch(seq, time, [], { step, values: rows, ...more }), endS)
        seq += co2Ppm.length
    }
    const wall = async (): Promise<Wall> => (await world.get("/api/v1/wall")).json()
    const kitchen = async (): Promise<WallRoom> => (await wall()).rooms.find(({ id }) => id === "kitchen")!
    const steady = (count: number, ppm: number): number[] => Array(count).fill(ppm)

    it("has every room but revoked ones, also before the first reading", async () => {
        await addDevice(world.db, { id: "attic", name: "Attic", createdAt: NOW_S })
        await addDevice(world.db, { id: "gone", createdAt: NOW_S })
        await revokeDevice(world.db, "gone", NOW_S)
        const room = { temperatureC: 22.5, humidityRh: 41.27 }
        const rows = [700, 720].map(co2Ppm => values({ co2Ppm, ...room }))
        await world.store.append("kitchen", co2Batch(1, NOW_S - 90, [], { values: rows }), NOW_S - 20)
        const { now, rooms, site } = await wall()
        assert.deepEqual([now, typeof site.name, typeof site.timeZone], [NOW_S, "string", "string"])
        const never = { trendPpm: null, levelSince: null, estimated: false, sensorFailed: false, group: null, limits }
        assert.deepEqual(rooms, [
            {
                ...{ id: "attic", name: "Attic", ...never, level: null },
                ...{ at: null, ppm: null, temperatureC: null, humidityRh: null, silentFrom: null },
            },
            {
                ...{ id: "kitchen", name: "Kitchen", ...never, level: "good" },
                ...{ at: NOW_S - 30, ppm: 720, ...room, silentFrom: NOW_S - 20 + 900 },
            },
        ])
    })

    it("shows how CO2 changed in 15 minutes: between means of 3 minutes", async () => {
        // of the 20 minutes only the three around 16 minutes ago and the last three count
        await store([...steady(3, 5000), 800, 830, 860, ...steady(12, 5000), 1000, 1030, 1090])
        assert.equal((await kitchen()).trendPpm, 1040 - 830)
    })

    it("shows it for a device that measures every 5 minutes, a second late", async () => {
        await store([900, 5000, 5000], { endS: NOW_S - 301, step: 300 })
        await store([700])
        assert.equal((await kitchen()).trendPpm, -200)
    })

    it("shows no trend where the device did not measure 15 minutes ago", async () => {
        await store([700], { endS: NOW_S - 600 })
        await store([900])
        assert.equal((await kitchen()).trendPpm, null)
    })

    it("shows since when the air is fair or worse, and since when it is poor", async () => {
        assert.equal((await kitchen()).levelSince, null)
        await store([999, 1000, 2100, 1300, 1200], { endS: NOW_S - 240 })
        const fair = await kitchen()
        assert.deepEqual([fair.level, fair.levelSince], ["fair", NOW_S - 240 - 180])
        await store([2000, null, 2500, 2000])
        const poor = await kitchen()
        assert.deepEqual([poor.level, poor.levelSince], ["poor", NOW_S - 180])
        await store([999], { endS: NOW_S + 60 })
        const good = await kitchen()
        assert.deepEqual([good.level, good.levelSince], ["good", null])
    })

    it("begins anew after a time without readings, in which a window may have been open", async () => {
        await store(steady(10, 2100), { endS: NOW_S - 2400 })
        await store(steady(20, 2100))
        assert.equal((await kitchen()).levelSince, NOW_S - 19 * 60)
    })

    it("does not look back further than a day", async () => {
        await store(steady(30, 1200), { endS: NOW_S, step: 3600, more: { boot: "b2" } })
        await setDevice(world.db, "kitchen", { INTERVAL_S: 3600, BATCH: 1 }, NOW_S)
        await world.store.append("kitchen", co2Batch(31, NOW_S, [1200], { boot: "b2" }), NOW_S, applied)
        assert.equal((await kitchen()).levelSince, NOW_S - 23 * 3600)
    })

    it("counts a device as silent after three posts by its own interval and batch", async () => {
        await store([700])
        assert.equal((await kitchen()).silentFrom, NOW_S + 900)
        await setDevice(world.db, "kitchen", { INTERVAL_S: 30, BATCH: 10 }, NOW_S)
        await world.store.append("kitchen", co2Batch(2, NOW_S + 60, [700]), NOW_S + 60, applied)
        assert.equal((await kitchen()).silentFrom, NOW_S + 60 + 900)
        await setDevice(world.db, "kitchen", { INTERVAL_S: 600 }, NOW_S + 60)
        const second = { status: { uptimeS: 200, settings: { revision: 2 } }, unread: [] }
        await world.store.append("kitchen", co2Batch(3, NOW_S + 120, [700]), NOW_S + 120, second)
        assert.equal((await kitchen()).silentFrom, NOW_S + 120 + 3 * 6000)
    })

    it("shows eCO2 only where no CO2 was measured for a day, and as an estimate", async () => {
        const eco2 = (time: number) => co2Batch(seq++, time, [], { values: [values({ eco2Ppm: 2300 })] })
        await store([700], { endS: NOW_S - 7200 })
        await world.store.append("kitchen", eco2(NOW_S), NOW_S)
        const hidden = await kitchen()
        assert.deepEqual([hidden.ppm, hidden.estimated, hidden.level], [null, false, null])
        for (const back of [960, 60, 0]) await world.store.append("kitchen", eco2(NOW_S + 86_400 - back), NOW_S)
        const shown = await kitchen()
        assert.deepEqual([shown.ppm, shown.estimated, shown.level], [2300, true, "poor"])
        assert.deepEqual([shown.trendPpm, shown.levelSince], [0, NOW_S + 86_400 - 960])
    })

    it("has the school's name, and the group and limits of each room", async () => {
        const own = { group: "Building A / Floor 1", limits: { fairPpm: 800, poorPpm: 1400 } }
        const document = JSON.stringify({ name: "School", timeZone: "Europe/Berlin", rooms: { kitchen: own } })
        await world.db.sql.insertInto("site").values({ key: 1, revision: 1, document }).execute()
        await store([1399, 1400])
        const { site, rooms } = await wall()
        assert.deepEqual(site, { name: "School", timeZone: "Europe/Berlin" })
        const [{ group, limits, level, levelSince } = assert.fail()] = rooms
        assert.deepEqual({ group, limits, level, levelSince }, { ...own, level: "poor", levelSince: NOW_S })
    })

    it("shows that a sensor failed", async () => {
        const reported = (state: "warming" | "absent") => ({
            status: { uptimeS: 1, sensors: { scd41: { state } } },
            unread: [],
        })
        await world.store.append("kitchen", co2Batch(1, NOW_S - 60, [700]), NOW_S, reported("warming"))
        assert.equal((await kitchen()).sensorFailed, false)
        await world.store.append("kitchen", co2Batch(2, NOW_S, [700]), NOW_S, reported("absent"))
        assert.equal((await kitchen()).sensorFailed, true)
    })
})

/** What a device reports that has applied the first settings. */
const applied = { status: { uptimeS: 100, settings: { revision: 1 } }, unread: [] }

describe("the wall for those with a link", () => {
    it("shows every room, or the room of the link; nobody else sees it", async () => {
        const world = await openClosedWorld()
        const ids = async (token: string) =>
            (await world.as(bearer(token), "/api/v1/wall")).json().rooms.map(({ id }: WallRoom) => id)
        assert.deepEqual(await ids(world.everything), ["attic", "kitchen"])
        assert.deepEqual(await ids(world.kitchenOnly), ["kitchen"])
        assert.equal((await world.as({}, "/api/v1/wall")).statusCode, 401)
        await world.end()
    })
})

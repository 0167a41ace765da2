import assert from "node:assert/strict"
import { addDevice } from "../../../devs/api/device-registry.ts"
import type { TimeRange } from "../../../devs/api/store/records.ts"
import { openStored, type Stored } from "../support/stored.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"
import { describeOnEach } from "./support/kinds.ts"

const always: TimeRange = { from: 0, to: 9_999_999_999 }

describeOnEach("storing batches", kind => {
    let world: World
    let store: Stored

    beforeEach(async () => {
        world = await openWorld(kind)
        store = world.store
    })
    afterEach(() => world?.end())

    const stored = async (device = "kitchen") => (await store.readings(device, always, 1000)).readings

    it("returns every value unchanged, also after it was closed", async () => {
        const first = { co2Ppm: 721, eco2Ppm: 400, tvocPpb: 0, temperatureC: 23.18, humidityRh: 27.27 }
        const second = { co2Ppm: 40000, eco2Ppm: null, tvocPpb: null, temperatureC: -44.99, humidityRh: 99.07 }
        await store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 0, values: [first, second] },
            NOW_S,
        )
        const again = await openStored(world.file)
        const { readings } = await again.readings("kitchen", always, 10)
        await again.close()
        assert.deepEqual(
            readings.map(reading => ({ ...reading })),
            [
                {
                    time: NOW_S,
                    boot: "b1",
                    seq: 1,
                    co2Ppm: 721,
                    eco2Ppm: 400,
                    tvocPpb: 0,
                    temperatureC: 23.18,
                    humidityRh: 27.27,
                },
                {
                    time: NOW_S + 60,
                    boot: "b1",
                    seq: 2,
                    co2Ppm: 40000,
                    eco2Ppm: null,
                    tvocPpb: null,
                    temperatureC: -44.99,
                    humidityRh: 99.07,
                },
            ],
        )
    })

    it("stores a batch that is sent twice only once", async () => {
        const batch = co2Batch(1, NOW_S, [700, 710, 720])
        assert.deepEqual(await store.append("kitchen", batch, NOW_S), { ack: 3, inserted: 3, repeated: 0 })
        assert.deepEqual(await store.append("kitchen", batch, NOW_S), { ack: 3, inserted: 0, repeated: 3 })
        assert.deepEqual(
            (await stored()).map(({ seq, co2Ppm }) => [seq, co2Ppm]),
            [
                [1, 700],
                [2, 710],
                [3, 720],
            ],
        )
    })

    it("keeps the first of two readings with one sequence number when batches overlap", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [700, 710, 720]), NOW_S)
        assert.deepEqual(await store.append("kitchen", co2Batch(2, NOW_S + 999, [1, 2, 3]), NOW_S), {
            ack: 4,
            inserted: 1,
            repeated: 2,
        })
        assert.deepEqual(
            (await stored()).map(({ seq, time, co2Ppm }) => [seq, time - NOW_S, co2Ppm]),
            [
                [1, 0, 700],
                [2, 60, 710],
                [3, 120, 720],
                [4, 1119, 3],
            ],
        )
    })

    it("counts once the intervals without a reading before a boot that does not report them", async () => {
        const grid = Math.ceil(NOW_S / 60) * 60
        await store.append("kitchen", co2Batch(1, grid, [700, 710], { boot: "b1" }), NOW_S)
        assert.equal((await store.device("kitchen"))!.gap, 0)
        await store.append("kitchen", co2Batch(1, grid + 60 + 5 * 60 + 30, [720], { boot: "b2" }), NOW_S)
        await store.append("kitchen", co2Batch(2, grid + 60 + 6 * 60 + 30, [730], { boot: "b2" }), NOW_S)
        assert.equal((await store.device("kitchen"))!.gap, 5)
        await store.append("kitchen", co2Batch(3, grid + 60 + 7 * 60 + 30, [740], { boot: "b2", gap: 5 }), NOW_S)
        await store.append("kitchen", co2Batch(4, grid + 60 + 12 * 60 + 30, [750], { boot: "b3", lost: 3 }), NOW_S)
        assert.equal(
            (await store.device("kitchen"))!.gap,
            6,
            "the three before the first reading sent are lost, not a gap",
        )
    })

    it("acknowledges the end of a batch after missing numbers, because the device dropped those readings", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)
        assert.equal(
            (await store.append("kitchen", co2Batch(50, NOW_S + 600, [700, 701], { lost: 48 }), NOW_S)).ack,
            51,
        )
    })

    it("keeps readings of one second that differ in sequence number, boot or device", async () => {
        await addDevice(world.db, { id: "office", createdAt: NOW_S })
        await store.append("kitchen", co2Batch(1, NOW_S, [1]), NOW_S)
        await store.append("kitchen", co2Batch(2, NOW_S, [2]), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [3], { boot: "b2" }), NOW_S)
        await store.append("office", co2Batch(1, NOW_S, [4]), NOW_S)
        assert.deepEqual(
            (await stored()).map(({ boot, seq, co2Ppm }) => [boot, seq, co2Ppm]),
            [
                ["b1", 1, 1],
                ["b1", 2, 2],
                ["b2", 1, 3],
            ],
        )
        assert.deepEqual(
            (await stored("office")).map(({ co2Ppm }) => co2Ppm),
            [4],
        )
    })

    it("counts as lost the largest number that each boot reported", async () => {
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { lost: 3 }), NOW_S)
        await store.append("kitchen", co2Batch(2, NOW_S, [1], { lost: 7 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { lost: 0 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { boot: "b2", lost: 10 }), NOW_S)
        assert.equal((await store.device("kitchen"))?.lost, 17)
    })

    it("keeps the reasons of losses, the gaps around power cuts and the time uncertainty of each boot", async () => {
        await store.append(
            "kitchen",
            co2Batch(1, NOW_S, [1], { lost: 9, rejected: 1, undated: 2, damaged: 3, gap: 4, timeUncertaintyS: 50 }),
            NOW_S,
        )
        await store.append("kitchen", co2Batch(2, NOW_S, [1], { lost: 8, gap: 4 }), NOW_S)
        await store.append("kitchen", co2Batch(1, NOW_S, [1], { boot: "b2", gap: 10, timeUncertaintyS: 30 }), NOW_S)
        const { lost, rejected, undated, damaged, gap, timeUncertaintyS } = (await store.device("kitchen"))!
        assert.deepEqual([lost, rejected, undated, damaged, gap, timeUncertaintyS], [9, 1, 2, 3, 14, 50])
    })

    it("records when a device last posted", async () => {
        assert.equal((await store.device("kitchen"))?.lastSeenAt, null)
        await store.append("kitchen", co2Batch(1, NOW_S - 500, [1]), NOW_S)
        assert.equal((await store.device("kitchen"))?.lastSeenAt, NOW_S)
    })

    it("stores a whole batch or none of it", async () => {
        const bad = { ...values({}), co2Ppm: "many" as unknown as number }
        const batch = { ...co2Batch(1, NOW_S, [700, 710], { lost: 5 }), values: [values({ co2Ppm: 700 }), bad] }
        await assert.rejects(store.append("kitchen", batch, NOW_S), { code: "STORE_FAILED" })
        assert.deepEqual(await stored(), [])
        assert.equal((await store.device("kitchen"))?.lost, 0)
        assert.equal((await store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)).inserted, 1)
    })

    it("refuses a batch of an unknown device", async () => {
        await assert.rejects(store.append("attic", co2Batch(1, NOW_S, [1]), NOW_S), { code: "DEVICE_UNKNOWN" })
    })
})

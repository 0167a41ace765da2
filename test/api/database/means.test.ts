import assert from "node:assert/strict"
import { meansText } from "../../../devs/api/store/means-text.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"
import { describeOnEach } from "./support/kinds.ts"

const HOUR_S = 3600
const kitchen = "/api/v1/devices/kitchen"

/** What sums over hours must come to, from the readings themselves. */
function meansOf(readings: { time: number; co2Ppm: number | null; temperatureC: number | null }[], step: number) {
    const endOf = ({ time }: { time: number }) => Math.ceil(time / step) * step
    const ends = [...new Set(readings.map(endOf))]
    const steps = ends.map(end => ({ time: end, rows: readings.filter(reading => endOf(reading) === end) }))
    return steps.map(({ time, rows }) => ({
        time,
        count: rows.length,
        co2Ppm: mean(rows.map(({ co2Ppm }) => co2Ppm)),
        temperatureC: mean(rows.map(({ temperatureC }) => temperatureC)),
    }))
}

function mean(all: (number | null)[]): number | null {
    const measured = all.filter(value => value !== null)
    return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0) / measured.length
}

describeOnEach("sums over hours", kind => {
    let world: World

    before(async () => {
        world = await openWorld(kind)
        // 50 hours in steps of 7 minutes, with an hour of nothing, and a few readings without CO2
        for (let at = 0; at < 400; at += 20) {
            if (at === 200) continue
            const batch = Array.from({ length: 20 }, (_, index) =>
                values({
                    co2Ppm: (at + index) % 9 === 0 ? null : 400 + (((at + index) * 37) % 500),
                    temperatureC: 20 + index / 100,
                }),
            )
            await world.store.append(
                "kitchen",
                { boot: "b1", seq: at + 1, time: START_S + at * 420, step: 420, lost: 0, values: batch },
                NOW_S,
            )
        }
        await world.store.append("kitchen", co2Batch(41, START_S + 40 * 420, [9999, 9999], { step: 420 }), NOW_S)
    })
    after(() => world?.end())

    const START_S = NOW_S - 50 * HOUR_S - 17

    it("are the same as JSON made by the database, whatever the ends of the range and the step", async () => {
        const cold = [-12.345, -0.5, -0.01, 0, 0.01, 0.005].map(temperatureC => values({ temperatureC }))
        await world.store.append("kitchen", { ...co2Batch(1000, NOW_S + 60, []), values: cold }, NOW_S)
        for (const step of [60, 300, 900, HOUR_S, 24 * HOUR_S])
            for (const [from, to] of [...ranges, [NOW_S - 1, NOW_S + 400] as const, [5, 6] as const]) {
                const range = { from, to }
                const text = await meansText(world.db.sql, "kitchen", range, step)
                assert.deepEqual(
                    JSON.parse(text),
                    JSON.parse(JSON.stringify(await world.store.means("kitchen", range, step))),
                )
            }
    })

    const ranges: [from: number, to: number][] = [
        [0, 9_999_999_999],
        [START_S, NOW_S],
        [NOW_S - 40 * HOUR_S, NOW_S - 10 * HOUR_S],
        [NOW_S - 40 * HOUR_S + 1, NOW_S - 10 * HOUR_S - 1],
        [NOW_S - 40 * HOUR_S - 1, NOW_S - 10 * HOUR_S + 1],
        [NOW_S - 1800, NOW_S - 60],
        [NOW_S - 5000, NOW_S - 3000],
    ]
    for (const step of [HOUR_S, 3 * HOUR_S, 24 * HOUR_S])
        for (const [from, to] of ranges)
            it(`give the means over ${step} s of the readings from ${from} to ${to}`, async () => {
                const { readings } = await world.store.readings("kitchen", { from, to }, 1000)
                const expected = meansOf(readings, step)
                const means = await world.store.means("kitchen", { from, to }, step)
                assert.deepEqual(
                    means.map(({ time, count }) => [time, count]),
                    expected.map(({ time, count }) => [time, count]),
                )
                means.forEach((row, index) => {
                    const { co2Ppm, temperatureC } = expected[index]!
                    assert.ok(Math.abs(row.co2Ppm! - co2Ppm!) <= 0.5001)
                    assert.ok(Math.abs(row.temperatureC! - temperatureC!) <= 0.00501)
                    assert.equal(row.eco2Ppm, null)
                })
            })

    it("refuse means of other steps over more than 35 days, which would read every reading", async () => {
        const from = NOW_S - 36 * 86_400
        const response = await world.get(`${kitchen}/readings?from=${from}&to=${NOW_S}&step=5000`)
        assert.deepEqual([response.statusCode, response.json().code], [400, "RANGE_TOO_LONG"])
        assert.equal((await world.get(`${kitchen}/readings?from=${from}&to=${NOW_S}&step=7200`)).statusCode, 200)
    })
})

describeOnEach("the lowest CO2 of the last 7 days", kind => {
    let world: World

    beforeEach(async () => {
        world = await openWorld(kind)
    })
    afterEach(() => world?.end())

    const lowest = async () => (await world.get(kitchen)).json().device.lowestCo2

    it("is the lowest measured value, with the hour that it was measured in", async () => {
        await world.store.append("kitchen", co2Batch(1, NOW_S - 8 * 86_400, [401, 402]), NOW_S)
        await world.store.append("kitchen", co2Batch(3, NOW_S - 3 * HOUR_S - 120, [612, 608, 611]), NOW_S)
        await world.store.append("kitchen", co2Batch(6, NOW_S - 60, [900, 950]), NOW_S)
        assert.deepEqual(await lowest(), { ppm: 608, at: NOW_S - 3 * HOUR_S, hours: 2 })
    })

    it("counts a reading once, however often it is sent", async () => {
        const batch = co2Batch(1, NOW_S - 60, [700, 650])
        await world.store.append("kitchen", batch, NOW_S)
        await world.store.append("kitchen", { ...batch, values: [values({ co2Ppm: 1 }), values({ co2Ppm: 2 })] }, NOW_S)
        assert.deepEqual(await lowest(), { ppm: 650, at: NOW_S, hours: 1 })
    })

    it("is null while CO2 is not measured", async () => {
        assert.equal(await lowest(), null)
        await world.store.append("kitchen", { ...co2Batch(1, NOW_S, []), values: [values({ eco2Ppm: 450 })] }, NOW_S)
        assert.equal(await lowest(), null)
        await world.store.append("kitchen", co2Batch(2, NOW_S, [700]), NOW_S)
        assert.equal((await lowest()).ppm, 700)
    })
})

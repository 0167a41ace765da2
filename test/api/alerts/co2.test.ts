import assert from "node:assert/strict"
import { co2State } from "../../../devs/api/alerts/co2.ts"

const NOW_S = 1_736_942_400
const limits = { co2Ppm: 1400, co2Minutes: 15 }

/** Readings a minute apart, the last one now. */
const minutes = (...ppms: number[]) => ppms.map((ppm, at) => ({ time: NOW_S - (ppms.length - 1 - at) * 60, ppm }))
const of = (count: number, ppm: number) => Array.from({ length: count }, () => ppm)
const stateOf = (readings: { time: number; ppm: number }[], nowS = NOW_S) => co2State(readings, limits, nowS, 900)

describe("the CO2 of a room", () => {
    it("is bad after 15 one-minute readings above 1400 ppm, not after 14", () => {
        assert.deepEqual(stateOf(minutes(800, ...of(15, 1401))), { air: "bad", latestPpm: 1401, forS: 900 })
        assert.equal(stateOf(minutes(800, ...of(14, 1401)))?.air, "between")
    })

    it("is not bad at exactly the limit, nor if one reading in between was below it", () => {
        assert.equal(stateOf(minutes(...of(30, 1400)))?.air, "good")
        assert.equal(stateOf(minutes(...of(14, 1800), 1390, ...of(14, 1800)))?.air, "between")
    })

    it("is good at the first reading below 90 % of the limit, or after 15 minutes not above it", () => {
        assert.equal(stateOf(minutes(...of(20, 1800), 1259))?.air, "good")
        assert.equal(stateOf(minutes(...of(20, 1800), 1300))?.air, "between")
        assert.deepEqual(stateOf(minutes(...of(20, 1800), ...of(15, 1300))), {
            air: "good",
            latestPpm: 1300,
            forS: 900,
        })
    })

    it("is not known without a reading, or when the last one is old", () => {
        assert.equal(stateOf([]), undefined)
        assert.equal(stateOf(minutes(...of(30, 2000)), NOW_S + 901), undefined)
        assert.equal(stateOf(minutes(...of(30, 2000)), NOW_S + 900)?.air, "bad")
    })

    it("is not bad because of readings from before a pause", () => {
        const before = minutes(...of(30, 2000)).map(({ time, ppm }) => ({ time: time - 1500, ppm }))
        assert.equal(stateOf([...before, ...minutes(2000, 2000)])?.air, "between")
    })

    it("is bad at the first reading of a device that measures once an hour", () => {
        const hourly = [700, 1500].map((ppm, at) => ({ time: NOW_S - (1 - at) * 3600, ppm }))
        assert.deepEqual(co2State(hourly, limits, NOW_S, 10_800), { air: "bad", latestPpm: 1500, forS: 3600 })
    })
})

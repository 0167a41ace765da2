import assert from "node:assert/strict"
import { type Interview, interview } from "../support/program.ts"

describe("the firmware's sampler", () => {
    let ask: Interview["ask"]
    beforeEach(async () => {
        ;({ ask } = await interview())
        ask("samplerStart", 60)
    })

    const add = (sample: object) => ask<boolean>("samplerAdd", sample)
    /** end in seconds of uptime; co2Ppm, eco2Ppm, tvocPpb, temperatureC, humidityRh, scaled */
    const intervals = () => ask<[number, (number | null)[] | null][]>("samplerIntervals")

    it("averages each quantity over its own samples", () => {
        add({ co2Ppm: 700, temperatureC: 23.18, humidityRh: 27.27 })
        add({ co2Ppm: 703, temperatureC: 23.2, humidityRh: 27.3 })
        add({ tvocPpb: 10, eco2Ppm: 450 })
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [[60, [702, 450, 10, 2319, 2729]]])
    })

    it("ends its intervals at whole multiples of their length, also when nothing was measured", () => {
        ask("sleep", 60_000)
        add({ co2Ppm: 700 })
        ask("sleep", 60_000)
        add({ tvocPpb: 5 })
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [
            [60, null],
            [120, [700, null, null, null, null]],
            [180, [null, null, 5, null, null]],
        ])
    })

    it("refuses values out of range, and keeps the rest of the sample", () => {
        assert.equal(add({ co2Ppm: 40_000, temperatureC: 20 }), false)
        assert.equal(add({ co2Ppm: 249, temperatureC: 20, humidityRh: 50 }), false)
        assert.equal(add({ temperatureC: 20, humidityRh: 100.1 }), false)
        assert.equal(add({ eco2Ppm: 399, tvocPpb: 60_001 }), false)
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [[60, [null, null, null, 2000, 5000]]])
    })

    it("accepts both ends of every range", () => {
        assert.equal(add({ co2Ppm: 250, eco2Ppm: 400, tvocPpb: 0, temperatureC: -40, humidityRh: 0 }), true)
        assert.equal(
            add({ co2Ppm: 39_999, eco2Ppm: 60_000, tvocPpb: 60_000, temperatureC: 125, humidityRh: 100 }),
            true,
        )
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [[60, [20_125, 30_200, 30_000, 4250, 5000]]])
    })

    it("refuses the humidity beside a temperature out of range, which it was computed from", () => {
        assert.equal(add({ co2Ppm: 700, temperatureC: -45, humidityRh: 100 }), false)
        assert.equal(add({ temperatureC: 130, humidityRh: 50 }), false)
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [[60, [700, null, null, null, null]]])
    })

    it("rounds values below zero", () => {
        add({ temperatureC: -0.05 })
        add({ temperatureC: -0.06 })
        add({ temperatureC: -0.06 })
        ask("sleep", 60_000)
        assert.deepEqual(intervals(), [[60, [null, null, null, -6, null]]])
    })
})

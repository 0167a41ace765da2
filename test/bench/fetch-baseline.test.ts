import assert from "node:assert/strict"
import { I2cBus } from "../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../devs/sim/sensors/scd4x.ts"
import { boot } from "../support/program.ts"

describe("the program that the firmware is measured against", () => {
    it("takes readings of the same sensor with the firmware's own parts", async () => {
        const bus = new I2cBus()
        bus.attach(new Scd4x({ air: { airAt: () => ({ co2Ppm: 721, temperatureC: 23.18, humidityRh: 27.27 }) } }))
        const { events, runFor } = await boot("devs/bench/fetch-baseline.ts", {
            transferI2c: (...transfer) => bus.transfer(...transfer),
        })
        runFor(190_000)
        assert.deepEqual(
            events.filter(({ event }) => event === "reading").map(({ values }) => values.seq),
            ["1", "2", "3"],
        )
    })
})

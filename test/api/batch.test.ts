import assert from "node:assert/strict"
import { timedBatch } from "../../devs/api/batch.ts"
import { NOW_S, values } from "./support/world.ts"

const batch = { boot: "b1", seq: 7, step: 60, co2Ppm: [700, 710, 720] }

describe("the time of a batch", () => {
    it("is its `time`", () => {
        assert.equal(timedBatch({ ...batch, time: 1_736_942_000 }, NOW_S).time, 1_736_942_000)
    })

    it("is `age` before now, when the device has no time", () => {
        assert.equal(timedBatch({ ...batch, age: 125 }, 1_736_942_400).time, 1_736_942_275)
    })

    it("may be the sending: age 0", () => {
        assert.equal(timedBatch({ ...batch, age: 0 }, 1_736_942_400).time, 1_736_942_400)
    })

    it("is its `time` also beside an age", () => {
        assert.equal(timedBatch({ ...batch, time: 1_736_942_000, age: 9 }, NOW_S).time, 1_736_942_000)
    })

    it("must be given by time or age", () => {
        assert.throws(() => timedBatch(batch, NOW_S), { code: "TIME_OR_AGE" })
    })

    it("may begin in 2015 and no earlier", () => {
        assert.equal(timedBatch({ ...batch, time: 1_420_070_400 }, NOW_S).time, 1_420_070_400)
        assert.throws(() => timedBatch({ ...batch, time: 1_420_070_399 }, NOW_S), { code: "TIME_OUT_OF_RANGE" })
        assert.throws(() => timedBatch({ ...batch, age: 400_000_000 }, NOW_S), { code: "TIME_OUT_OF_RANGE" })
    })

    it("may end an hour ahead and no later", () => {
        const time = NOW_S + 3600 - 2 * 60
        assert.equal(timedBatch({ ...batch, time }, NOW_S).time, time)
        assert.throws(() => timedBatch({ ...batch, time: time + 1 }, NOW_S), {
            code: "TIME_OUT_OF_RANGE",
            seq: batch.seq + 2,
        })
    })
})

describe("the columns of a batch", () => {
    it("become rows, null where a quantity was not measured or not sent", () => {
        const rows = timedBatch({ ...batch, time: NOW_S, temperatureC: [23.18, null, 23.2] }, NOW_S).values
        assert.deepEqual(rows, [
            values({ co2Ppm: 700, temperatureC: 23.18 }),
            values({ co2Ppm: 710 }),
            values({ co2Ppm: 720, temperatureC: 23.2 }),
        ])
    })

    it("must all have one length", () => {
        assert.throws(() => timedBatch({ ...batch, time: NOW_S, humidityRh: [27.2] }, NOW_S), {
            code: "COLUMNS_DIFFER",
            message: /3, 1/,
        })
    })

    it("cannot all be missing", () => {
        assert.throws(() => timedBatch({ boot: "b1", seq: 1, step: 60, time: NOW_S }, NOW_S), {
            code: "COLUMNS_MISSING",
        })
    })
})

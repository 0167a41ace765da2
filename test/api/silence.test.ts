import assert from "node:assert/strict"
import { observed, type Rhythm, silentAfterS } from "../../devs/api/silence.ts"

const unknown: Rhythm = { postEveryS: null, lastPauseS: null }
const paceAfter = (...pauses: number[]) =>
    pauses.reduce((rhythm, pauseS) => observed(rhythm, pauseS, { INTERVAL_S: 60 }), unknown).postEveryS

describe("how often a device posts", () => {
    it("is known after two equal pauses, and follows a change of its batch", () => {
        assert.equal(paceAfter(1800), null)
        assert.equal(paceAfter(1800, 1790), 1800)
        assert.equal(paceAfter(1800, 1790, 300, 305), 305)
    })

    it("does not follow an outage, nor the deliveries after it", () => {
        const pauses = [1800, 1800, 40_000, 2, 2, 2, 1700, 1800]
        const paces = pauses.map((_, at) => paceAfter(...pauses.slice(0, at + 1)))
        assert.deepEqual(paces, [null, 1800, 1800, 1800, 1800, 1800, 1800, 1800])
    })
})

describe("a device is silent", () => {
    it("after three times its interval × batch, 60 s × 5 where nothing is known, and not before the shortest time", () => {
        assert.equal(silentAfterS({}, null, 0), 900)
        assert.equal(silentAfterS({ INTERVAL_S: 10, BATCH: 1 }, null, 0), 30)
        assert.equal(silentAfterS({ INTERVAL_S: 10, BATCH: 1 }, null, 900), 900)
        assert.equal(silentAfterS({ INTERVAL_S: 3600, BATCH: 30 }, null, 900), 324_000)
        assert.equal(silentAfterS({}, 1800, 900), 5400)
    })
})

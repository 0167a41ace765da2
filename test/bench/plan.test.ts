import assert from "node:assert/strict"
import { energyOf, planFor } from "../../devs/bench/plan.ts"

describe("the plan of many devices", () => {
    it("computes posts, bandwidth, handshakes and storage from what one device sends", () => {
        const plan = planFor({ devices: 6000, intervalS: 60, batch: 5, bytesPerReading: 125 })
        assert.deepEqual([plan.readingsPerS, plan.postsPerS, plan.megabitPerS], [100, 20, 0.1])
        assert.deepEqual([plan.handshakesPerS, plan.handshakeCores], [400, 0.8])
        assert.ok(Math.abs(plan.apiCores - 20 * 0.335e-3) < 1e-9)
        assert.equal(Math.round(plan.gigabytesPerYear), Math.round((100 * 86_400 * 365 * 39.1) / 1e9))
    })

    it("spreads a return over a minute at most", () => {
        assert.equal(planFor({ devices: 600, intervalS: 3600, batch: 1, bytesPerReading: 1 }).handshakesPerS, 10)
    })

    it("adds a post's energy to what the connection and the sensor take", () => {
        const { connectedMah, postsMah, sensorMah } = energyOf({ intervalS: 60, batch: 1, lowPower: true })
        assert.equal(connectedMah, 1080)
        assert.ok(Math.abs(sensorMah - 76.8) < 1e-9)
        assert.ok(Math.abs(postsMah - (1440 * 0.3 * 84) / 3600) < 1e-9)
    })
})

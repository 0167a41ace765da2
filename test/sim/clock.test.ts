import assert from "node:assert/strict"
import { PacedClock, Pulse, VirtualClock } from "../../devs/sim/clock.ts"

describe("a virtual clock", () => {
    it("jumps to the next thing due and never goes back", async () => {
        const clock = new VirtualClock(1000)
        await clock.pass(61_000)
        await clock.pass(5)
        assert.equal(clock.now(), 61_000)
    })

    it("shows whole milliseconds only, as the VM needs them", async () => {
        const clock = new VirtualClock(1000.7)
        await clock.pass(2000.9)
        assert.equal(clock.now(), 2000)
    })

    it("lets sockets have their turn on a long way", async () => {
        const clock = new VirtualClock(0)
        let turn = false
        setTimeout(() => (turn = true), 1)
        const giveUpAt = performance.now() + 5000
        for (let ms = 1; !turn && performance.now() < giveUpAt; ms++) await clock.pass(ms)
        assert.equal(turn, true)
    })
})

describe("a paced clock", () => {
    it("runs so many times as fast as real time", async () => {
        const clock = new PacedClock(1000, 0)
        const startedAt = performance.now()
        while (clock.now() < 50_000) await clock.pass(50_000, new Pulse())
        const realMs = performance.now() - startedAt
        assert.ok(realMs > 40 && realMs < 1000, `${realMs} ms`)
    })

    it("stops waiting when something happens on a socket", async () => {
        const clock = new PacedClock(1)
        const pulse = new Pulse()
        setTimeout(() => pulse.beat(), 5)
        const startedAt = performance.now()
        await clock.pass(clock.now() + 60_000, pulse)
        assert.ok(performance.now() - startedAt < 5000)
    })
})

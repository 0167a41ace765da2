import assert from "node:assert/strict"
import { RealClock, VirtualClock, Wakeup } from "../../devs/sim/clock.ts"

const wakeup = new Wakeup()

describe("a virtual clock", () => {
    it("jumps to the next event and never goes back", async () => {
        const clock = new VirtualClock(1000)
        await clock.advance(61_000, wakeup)
        await clock.advance(5, wakeup)
        assert.equal(clock.now(), 61_000)
    })

    it("returns whole milliseconds, as the VM needs them", async () => {
        const clock = new VirtualClock(1000.7)
        await clock.advance(2000.9, wakeup)
        assert.equal(clock.now(), 2000)
    })

    it("gives sockets their turn on a long run", async () => {
        const clock = new VirtualClock(0)
        let turn = false
        setTimeout(() => (turn = true), 1)
        const giveUpAt = performance.now() + 5000
        for (let ms = 1; !turn && performance.now() < giveUpAt; ms++) await clock.advance(ms, wakeup)
        assert.equal(turn, true)
    })

    it("runs at most at its speed", async () => {
        const clock = new VirtualClock(0, 1000)
        const startedAt = performance.now()
        while (clock.now() < 50_000) await clock.advance(50_000, wakeup)
        assert.ok(performance.now() - startedAt >= 50)
    })

    it("changes its speed while it runs, and stands still at 0", async () => {
        const clock = new VirtualClock(0, 1)
        setTimeout(() => (clock.speed = 100_000), 5)
        const startedAt = performance.now()
        while (clock.now() < 60_000) await clock.advance(60_000, wakeup)
        assert.ok(performance.now() - startedAt < 5000)
        clock.speed = 0
        const stoppedAt = clock.now()
        for (let tries = 3; tries > 0; tries--) await clock.advance(stoppedAt + 1, wakeup)
        assert.equal(clock.now(), stoppedAt)
        clock.speed = Infinity
        await clock.advance(stoppedAt + 1e6, wakeup)
        assert.equal(clock.now(), stoppedAt + 1e6)
    })

    it("stops waiting when a socket wakes it, and does not run ahead", async () => {
        const clock = new VirtualClock(0, 1)
        setTimeout(() => wakeup.notify(), 5)
        await clock.advance(60_000, wakeup)
        assert.ok(clock.now() < 5000, `${clock.now()} ms`)
    })
})

describe("a real clock", () => {
    it("stops waiting when a socket wakes it", async () => {
        const clock = new RealClock()
        setTimeout(() => wakeup.notify(), 5)
        const startedAt = performance.now()
        await clock.advance(clock.now() + 60_000, wakeup)
        assert.ok(performance.now() - startedAt < 5000)
    })
})

import assert from "node:assert/strict"
import { VirtualClock, Wakeup } from "../../devs/sim/clock.ts"
import { EventQueue } from "../../devs/sim/event-queue.ts"
import { runActors } from "../../devs/sim/run.ts"

describe("an event queue", () => {
    it("handles events in order of time and entry, also those entered meanwhile", async () => {
        const clock = new VirtualClock(0)
        const events = new EventQueue(clock)
        const done: string[] = []
        const note = (name: string) => () => done.push(`${name} ${clock.now()}`)
        events.enter(5000, note("late"))
        events.enter(100, note("first"))
        events.enter(100, () => {
            note("second")()
            events.enter(100, note("at once"))
            events.enter(7000, note("last"))
        })
        assert.equal(events.dueMs, 100)
        await runActors([events], clock, new Wakeup(), () => clock.now() >= 6000)
        assert.deepEqual(done, ["first 100", "second 100", "at once 100", "late 5000"])
        assert.equal(events.dueMs, 7000)
    })

    it("is never due while empty, and time goes on", async () => {
        const clock = new VirtualClock(0)
        const events = new EventQueue(clock)
        assert.equal(events.dueMs, Infinity)
        await runActors([events], clock, new Wakeup(), () => clock.now() >= 10_000)
        assert.equal(clock.now(), 10_000)
    })
})

import assert from "node:assert/strict"
import { Pulse, VirtualClock } from "../../devs/sim/clock.ts"
import { Agenda } from "../../devs/sim/event-queue.ts"
import { run } from "../../devs/sim/run.ts"

describe("an agenda", () => {
    it("does what is due in the order of time, and of entry, also what is entered meanwhile", async () => {
        const clock = new VirtualClock(0)
        const agenda = new Agenda(clock)
        const done: string[] = []
        const note = (name: string) => () => done.push(`${name} ${clock.now()}`)
        agenda.enter(5000, note("late"))
        agenda.enter(100, note("first"))
        agenda.enter(100, () => {
            note("second")()
            agenda.enter(100, note("at once"))
            agenda.enter(7000, note("last"))
        })
        assert.equal(agenda.dueMs, 100)
        await run([agenda], clock, new Pulse(), () => clock.now() >= 6000)
        assert.deepEqual(done, ["first 100", "second 100", "at once 100", "late 5000"])
        assert.equal(agenda.dueMs, 7000)
    })

    it("that is empty is never due, and time goes on", async () => {
        const clock = new VirtualClock(0)
        const agenda = new Agenda(clock)
        assert.equal(agenda.dueMs, Infinity)
        await run([agenda], clock, new Pulse(), () => clock.now() >= 10_000)
        assert.equal(clock.now(), 10_000)
    })
})

import assert from "node:assert/strict"
import { acknowledgedOf, count, newCounters } from "../../devs/sim/counters.ts"

describe("a counters of what a device says", () => {
    it("goes on through restarts, with what was lost by reason", () => {
        const counters = newCounters()
        const say = (event: string, values: Record<string, string> = {}) => count(counters, { event, values })
        say("boot")
        for (const seq of ["1", "2", "3", "4"]) say("reading", { seq })
        say("lost", { total: "1", reason: "full" })
        say("lost", { total: "3", reason: "rejected" })
        say("ack", { seq: "4" })
        assert.deepEqual([acknowledgedOf(counters), counters.lastSeq, counters.acknowledgedSeq], [1, 4, 4])
        say("boot")
        say("reading", { seq: "1" })
        say("lost", { total: "2", reason: "full" })
        assert.deepEqual(counters, {
            readings: 5,
            lastSeq: 1,
            acknowledgedSeq: 0,
            lost: 2,
            lostBy: { full: 3, rejected: 2 },
            formerAcknowledged: 1,
        })
    })
})

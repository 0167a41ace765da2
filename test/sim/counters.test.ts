import assert from "node:assert/strict"
import { acknowledgedOf, count, newCounters } from "../../devs/sim/counters.ts"

describe("the counters of a device", () => {
    it("go on through restarts, with losses by reason", () => {
        const counters = newCounters()
        const log = (event: string, values: Record<string, string> = {}) => count(counters, { event, values })
        log("boot")
        for (const seq of ["1", "2", "3", "4"]) log("reading", { seq })
        log("lost", { total: "1", reason: "full" })
        log("lost", { total: "3", reason: "rejected" })
        log("ack", { seq: "4" })
        assert.deepEqual([acknowledgedOf(counters), counters.lastSeq, counters.acknowledgedSeq], [1, 4, 4])
        log("boot")
        log("reading", { seq: "1" })
        log("lost", { total: "2", reason: "full" })
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

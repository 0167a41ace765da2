import assert from "node:assert/strict"
import { type Interview, interview } from "../../support/program.ts"

const CAPACITY = 480

describe("the firmware's outbox", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))
    beforeEach(() => ask("ringNew", 1))

    /** count, sequence number of the oldest, lost */
    const state = () => ask<[number, number, number]>("ringState")

    it("is empty at boot", () => {
        assert.deepEqual(state(), [0, 1, 0])
        assert.equal(ask("ringEvenRun", 30), 0)
    })

    it("returns readings at both ends of every range", () => {
        const rows = [
            [60, [0, 400, 0, -4500, 0]],
            [120, [40000, 60000, 60000, 13000, 10000]],
            [180, [721, null, null, -5, 2727]],
            [240, [null, null, 12, null, null]],
            [(1 << 19) - 1, [1, 401, 1, -4499, 1]],
        ]
        rows.forEach(([endS, values], at) => assert.equal(ask("ringPush", endS, values), at + 1))
        rows.forEach((row, at) => assert.deepEqual(ask("ringRow", at), row))
    })

    it("removes acknowledged readings, once", () => {
        ask("ringPushMany", 5, 60, 60, [721])
        ask("ringAcknowledge", 2)
        assert.deepEqual(state(), [3, 3, 0])
        ask("ringAcknowledge", 2)
        ask("ringAcknowledge", 0)
        assert.deepEqual(state(), [3, 3, 0])
        ask("ringAcknowledge", 5)
        assert.deepEqual(state(), [0, 6, 0])
        assert.equal(ask("ringPush", 900, [721]), 6)
    })

    it("ignores an acknowledgement of readings that it does not have", () => {
        ask("ringPushMany", 2, 60, 60, [721])
        ask("ringAcknowledge", 1000)
        assert.deepEqual(state(), [0, 3, 0])
    })

    it("holds 480 readings, then drops and counts the oldest", () => {
        assert.equal(ask("ringPushMany", CAPACITY, 60, 60, [721]), CAPACITY)
        assert.deepEqual(state(), [CAPACITY, 1, 0])
        assert.equal(ask("ringPushMany", 3, 60 * (CAPACITY + 1), 60, [722]), CAPACITY + 3)
        assert.deepEqual(state(), [CAPACITY, 4, 3])
        assert.deepEqual(ask("ringRow", 0), [4 * 60, [721, null, null, null, null]])
        assert.deepEqual(ask("ringRow", CAPACITY - 1), [(CAPACITY + 3) * 60, [722, null, null, null, null]])
    })

    it("wraps around many times without mixing readings up", () => {
        for (let turn = 0; turn < 8; turn++) {
            ask("ringPushMany", 300, turn * 3000, 10, [turn, 400 + turn])
            assert.deepEqual(ask("ringRow", 0), [turn * 3000, [turn, 400 + turn, null, null, null]])
            assert.deepEqual(ask("ringRow", 299), [turn * 3000 + 2990, [turn, 400 + turn, null, null, null]])
            ask("ringAcknowledge", (turn + 1) * 300)
        }
        assert.deepEqual(state(), [0, 2401, 0])
    })

    it("counts a dropped reading as lost", () => {
        ask("ringPushMany", 3, 60, 60, [721])
        ask("ringDropOldest")
        assert.deepEqual(state(), [2, 2, 1])
    })

    it("batches only equally spaced readings", () => {
        for (const endS of [60, 120, 180, 300, 360]) ask("ringPush", endS, [721])
        assert.equal(ask("ringEvenRun", 30), 3)
        assert.equal(ask("ringEvenRun", 2), 2)
        ask("ringAcknowledge", 2)
        assert.equal(ask("ringEvenRun", 30), 2)
    })
})

import assert from "node:assert/strict"
import fc from "fast-check"
import { backOffAfter, isWaiting, MAX_ORDERS_PER_DAY, ordersAllowedAtMs } from "../../../devs/edge/renewal/back-off.ts"
import {
    dueOf,
    isPollDue,
    planAfter,
    planWithoutResponse,
    type RenewalPlan,
    shareLeft,
} from "../../../devs/edge/renewal/due.ts"
import type { RenewalInfo } from "../../../devs/edge/renewal/types.ts"

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
const START_MS = Date.UTC(2027, 0, 1)
const day = (days: number) => Math.round(START_MS + days * DAY_MS)

/** A leaf of so many days from 2027-01-01. */
const leafOf = (days: number) => ({
    sha256: "ab".repeat(32),
    notBefore: new Date(START_MS),
    notAfter: new Date(day(days)),
})
const leaf = leafOf(90)

function plan(
    info: RenewalInfo | undefined,
    { nowMs = day(1), random = 0.5, before = undefined as RenewalPlan | undefined, of = leaf } = {},
): RenewalPlan {
    return planAfter(info, of, before, { nowMs, random: () => random })
}

const window = (fromDay: number, toDay: number): RenewalInfo => ({ startMs: day(fromDay), endMs: day(toDay) })

describe("the moment of a renewal", () => {
    it("is uniform over the CA's window", () => {
        const moments = [0, 0.25, 0.5, 0.999].map(random => plan(window(60, 62), { random }).chosenMs)
        assert.deepEqual(moments, [day(60), day(60.5), day(61), day(61.998)])
    })

    it("stays within the window for every reasonable window", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 2, max: 79, noNaN: true }),
                fc.double({ min: 0.01, max: 2, noNaN: true }),
                fc.double({ min: 0, max: 0.999, noNaN: true }),
                (from, length, random) => {
                    const { chosenMs = 0, problem } = plan(window(from, from + length), { random })
                    assert.ok(problem === undefined && chosenMs >= day(from) - 1 && chosenMs <= day(from + length) + 1)
                },
            ),
            { seed: 15 },
        )
    })

    it("is chosen once: asking again keeps it as long as the window stays the same", () => {
        const first = plan(window(60, 62), { random: 0.1 })
        const again = plan(window(60, 62), { random: 0.9, before: first, nowMs: day(2) })
        assert.equal(again.chosenMs, first.chosenMs)
        assert.equal(again.pollAtMs, day(2) + 6 * HOUR_MS)
        assert.equal(plan(window(60, 63), { random: 0.9, before: first }).chosenMs, day(62.7))
    })

    it("is chosen anew for another leaf", () => {
        const before = { ...plan(window(60, 62), { random: 0.1 }), leafSha256: "cd".repeat(32) }
        assert.equal(plan(window(60, 62), { random: 0.5, before }).chosenMs, day(61))
    })

    it("is past in a window of the past: due at once", () => {
        const past = plan(window(10, 11), { nowMs: day(20) })
        assert.deepEqual(dueOf(leaf, past, day(20)), { due: true, atMs: day(10.5), why: "the CA's window (ARI)" })
    })

    it("is due in the millisecond it begins, and not before", () => {
        const chosen = plan(window(60, 62))
        assert.deepEqual([dueOf(leaf, chosen, day(61) - 1).due, dueOf(leaf, chosen, day(61)).due], [false, true])
    })

    it("is not in the certificate's first day, whatever the CA says: it would be renewed for ever", () => {
        const early = plan(window(-9, -8))
        assert.equal(early.chosenMs, day(1))
        assert.equal(
            early.problem,
            "the CA's window begins too early: 2026-12-23T12:00:00.000Z was moved to 2027-01-02T00:00:00.000Z",
        )
        assert.equal(plan(window(-2, -1), { of: leafOf(6) }).chosenMs, day(0.6))
    })

    it("leaves a tenth of the lifetime", () => {
        const late = plan(window(88, 100))
        assert.equal(late.chosenMs, day(81))
        assert.match(late.problem ?? "", /^the CA's window ends too late: .* was moved to 2027-03-23T00:00:00.000Z$/)
    })

    const absurd: Record<string, [RenewalInfo, RegExp]> = {
        "that ends before it starts": [window(62, 60), /it ends on 2027-03-02T.*, before it starts on 2027-03-04T/],
        "that starts after the certificate's end": [
            window(91, 92),
            /it starts on 2027-04-02T.*, after the certificate's end/,
        ],
        "longer than the lifetime": [window(-10, 85), /it is longer than the certificate's lifetime/],
        "without dates": [{ startMs: Number.NaN, endMs: day(60) }, /its dates cannot be read/],
        "beyond all calendars": [{ startMs: day(60), endMs: 1e300 }, /its dates cannot be read/],
    }
    for (const [title, [info, reason]] of Object.entries(absurd))
        it(`ignores a window ${title}, says so, and goes by the lifetime`, () => {
            const ignored = plan(info)
            assert.match(ignored.problem ?? "", new RegExp(`^the CA's window is ignored: ${reason.source}`))
            assert.deepEqual([ignored.chosenMs, ignored.window], [undefined, undefined])
            assert.equal(dueOf(leaf, ignored, day(1)).atMs, day(60))
        })

    it("is a third before the end without ARI, or half for a lifetime below ten days", () => {
        assert.deepEqual(dueOf(leaf, plan(undefined), day(59)), {
            due: false,
            atMs: day(60),
            why: "a third of its lifetime is left",
        })
        assert.equal(dueOf(leaf, undefined, day(60)).due, true)
        assert.deepEqual(dueOf(leafOf(6), undefined, day(2)), {
            due: false,
            atMs: day(3),
            why: "half of its lifetime is left",
        })
        assert.equal(dueOf(leafOf(10), undefined, day(2)).why, "a third of its lifetime is left")
    })

    it("counts the share of the lifetime from 1 to below 0", () => {
        assert.deepEqual(
            [day(0), day(45), day(90), day(99)].map(nowMs => shareLeft(leaf, nowMs)),
            [1, 0.5, 0, -0.1],
        )
    })
})

describe("the CA", () => {
    const pollAfter = (retryAfterMs?: number) =>
        plan({ ...window(60, 62), ...(retryAfterMs !== undefined && { retryAfterMs }) }).pollAtMs - day(1)

    it("is asked every six hours without Retry-After", () => {
        assert.deepEqual([pollAfter(), plan(undefined).pollAtMs - day(1)], [6 * HOUR_MS, 6 * HOUR_MS])
    })

    it("is asked as Retry-After says, between a minute and a day", () => {
        assert.deepEqual([0, 30_000, 11 * HOUR_MS, 24 * HOUR_MS, 400 * HOUR_MS].map(pollAfter), [
            60_000,
            60_000,
            11 * HOUR_MS,
            DAY_MS,
            DAY_MS,
        ])
    })

    it("is asked about a new leaf at once, and again at its time", () => {
        const known = plan(window(60, 62))
        const due = (leafSha256: string, nowMs: number) => isPollDue(known, leafSha256, nowMs)
        assert.deepEqual(
            [
                due(leaf.sha256, day(1) + 6 * HOUR_MS - 1),
                due(leaf.sha256, day(1) + 6 * HOUR_MS),
                due("cd".repeat(32), day(1)),
            ],
            [false, true, true],
        )
        assert.equal(isPollDue(undefined, leaf.sha256, day(1)), true)
        assert.equal(due(leaf.sha256, day(-30)), true, "planned with a clock that was wrong")
    })

    it("may fail to respond: the moment chosen before holds", () => {
        const known = plan(window(60, 62))
        const after = planWithoutResponse(leaf.sha256, known, day(2))
        assert.deepEqual([after.chosenMs, after.pollAtMs], [day(61), day(2) + 6 * HOUR_MS])
        assert.equal(planWithoutResponse("cd".repeat(32), known, day(2), HOUR_MS).chosenMs, undefined)
    })
})

describe("orders", () => {
    const attempts = (...hours: number[]) => hours.map(hour => ({ atMs: START_MS + hour * HOUR_MS, source: "ca" }))

    it("are at most three in any 24 hours", () => {
        assert.equal(MAX_ORDERS_PER_DAY, 3)
        const nowMs = START_MS + 10 * HOUR_MS
        assert.equal(ordersAllowedAtMs(attempts(1, 2), nowMs), nowMs)
        assert.equal(ordersAllowedAtMs(attempts(1, 2, 9), nowMs), START_MS + 25 * HOUR_MS)
        assert.equal(ordersAllowedAtMs(attempts(-14, 2, 9), nowMs), nowMs)
    })

    it("made in the future, by a clock that was wrong, do not count", () => {
        assert.equal(ordersAllowedAtMs(attempts(11, 12, 13), START_MS), START_MS)
    })

    it("wait for an hour after a failure, doubled with each to a day", () => {
        let waits = backOffAfter(undefined, 0)
        const hours = [waits.untilMs / HOUR_MS]
        for (let count = 0; count < 6; count++) {
            waits = backOffAfter(waits, 0)
            hours.push(waits.untilMs / HOUR_MS)
        }
        assert.deepEqual(hours, [1, 2, 4, 8, 16, 24, 24])
    })

    it("wait for Retry-After if that is longer, up to a week", () => {
        assert.equal(backOffAfter(undefined, 0, 30 * HOUR_MS).untilMs, 30 * HOUR_MS)
        assert.equal(backOffAfter(undefined, 0, 60_000).untilMs, HOUR_MS)
        assert.equal(backOffAfter(undefined, 0, 90 * DAY_MS).untilMs, 7 * DAY_MS)
    })

    it("do not wait for a time that only a wrong clock can have set", () => {
        const backOff = backOffAfter(undefined, day(365))
        assert.deepEqual([isWaiting(backOff, day(365)), isWaiting(backOff, day(0))], [true, false])
    })
})

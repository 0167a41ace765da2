import assert from "node:assert/strict"
import {
    DEFAULT_RETENTION,
    daysText,
    expiryOf,
    parseDays,
    type Retention,
    retentionOf,
} from "../../../devs/api/retention/policy.ts"

const server: Retention = { rawDays: 90, fiveMinuteDays: 730 }
const none = { rawDays: null, fiveMinuteDays: null }

describe("retention", () => {
    it("is 90 days of readings and 2 years of 5-minute means without a setting", () => {
        assert.deepEqual(retentionOf(none, DEFAULT_RETENTION), { rawDays: 90, fiveMinuteDays: 730 })
    })

    it("is the device's own where it has one", () => {
        assert.deepEqual(retentionOf({ rawDays: 30, fiveMinuteDays: null }, server), {
            rawDays: 30,
            fiveMinuteDays: 730,
        })
        assert.deepEqual(retentionOf({ rawDays: 0, fiveMinuteDays: 0 }, server), { rawDays: 0, fiveMinuteDays: 0 })
    })

    it("keeps 5-minute means at least as long as readings", () => {
        assert.deepEqual(retentionOf({ rawDays: 1000, fiveMinuteDays: null }, server), {
            rawDays: 1000,
            fiveMinuteDays: 1000,
        })
        assert.deepEqual(retentionOf({ rawDays: 0, fiveMinuteDays: 30 }, server), { rawDays: 0, fiveMinuteDays: 0 })
    })

    it("ends at a whole hour, so that at least the days named are kept", () => {
        const noon = Date.parse("2025-01-15T12:59:59Z") / 1000
        assert.equal(expiryOf("readings", server, noon), Date.parse("2024-10-17T12:00:00Z") / 1000)
        assert.equal(expiryOf("fiveMinutes", server, noon), Date.parse("2023-01-16T12:00:00Z") / 1000)
        assert.equal(expiryOf("readings", { rawDays: 0, fiveMinuteDays: 0 }, noon), null)
    })

    it("is written as days, weeks, years or forever", () => {
        assert.deepEqual(["90", "90d", "12w", "2y", "forever", "0"].map(parseDays), [90, 90, 84, 730, 0, 0])
        assert.deepEqual([90, 1, 730, 365, 0].map(daysText), ["90 days", "1 day", "2 years", "1 year", "for ever"])
    })

    for (const text of ["", "90 days", "-1", "1.5d", "101y", "1h", "never", "9999999d"])
        it(`refuses ${JSON.stringify(text)}`, () => {
            assert.throws(() => parseDays(text), { code: "RETENTION_INVALID" })
        })
})

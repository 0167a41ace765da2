import assert from "node:assert/strict"
import { type Interview, interview } from "../../support/program.ts"

const DRAWS = 200

describe("the firmware's back-off", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    const draw = (name: string, of: number) => Array.from({ length: DRAWS }, () => ask<number>(name, of))

    const windowsMs: Record<number, number> = { 1: 2000, 2: 4000, 5: 32_000, 8: 256_000, 9: 300_000, 1000: 300_000 }
    for (const [failures, windowMs] of Object.entries(windowsMs))
        it(`is random within ${windowMs / 1000} s after ${failures} failures in a row`, () => {
            const waits = draw("backoffMs", Number(failures))
            assert.ok(waits.every(wait => Number.isInteger(wait) && wait >= 0 && wait < windowMs))
            assert.ok(Math.min(...waits) < 0.1 * windowMs, "never soon")
            assert.ok(Math.max(...waits) > 0.9 * windowMs, "never late")
        })

    for (const [intervalS, windowMs] of Object.entries({ 5: 1250, 60: 15_000, 300: 60_000, 3600: 60_000 }))
        it(`is spread over ${windowMs / 1000} s after the end of an interval of ${intervalS} s`, () => {
            const phases = draw("newPhaseMs", Number(intervalS))
            assert.ok(phases.every(phase => Number.isInteger(phase) && phase >= 0 && phase < windowMs))
            assert.ok(Math.min(...phases) < 0.1 * windowMs && Math.max(...phases) > 0.9 * windowMs)
        })

    it("waits as long as the server asked for, and up to 2 s more", () => {
        const waits = draw("retryAfterMs", 120)
        assert.ok(waits.every(wait => wait >= 120_000 && wait < 122_000))
        assert.ok(new Set(waits).size > DRAWS / 4)
    })

    it("waits at most an hour, even if the server asks for more", () => {
        assert.ok(draw("retryAfterMs", 99_999_999).every(wait => wait >= 3_600_000 && wait < 3_602_000))
    })
})

import assert from "node:assert/strict"
import { DateTime } from "luxon"
import { type Interview, interview } from "../../support/program.ts"

/** As tzdata's own files end with. */
const zones: Record<string, string> = {
    "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
    "Asia/Tehran": "<+0330>-3:30",
    "Asia/Kathmandu": "<+0545>-5:45",
    "Pacific/Auckland": "NZST-12NZDT,M9.5.0,M4.1.0/3",
    "Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "Europe/Dublin": "IST-1GMT0,M10.5.0,M3.5.0/1",
    "America/Nuuk": "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "Asia/Jerusalem": "IST-2IDT,M3.4.4/26,M10.5.0",
    "America/Sao_Paulo": "<-03>3",
    UTC: "UTC0",
}
const YEARS = { from: 2026, to: 2055 }
const DAY_S = 86400

describe("the device's local time", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    const expected = (zone: string, unixS: number) => DateTime.fromSeconds(unixS, { zone }).offset

    /** Unix seconds of the changes of a zone's offset between two moments, to the second. */
    function changes(zone: string, fromS: number, toS: number): number[] {
        const found: number[] = []
        for (let atS = fromS; atS < toS; atS += 7 * DAY_S) {
            let [low, high] = [atS, atS + 7 * DAY_S]
            if (expected(zone, low) === expected(zone, high)) continue
            while (high - low > 1) {
                const middle = Math.floor((low + high) / 2)
                if (expected(zone, middle) === expected(zone, low)) low = middle
                else high = middle
            }
            found.push(high)
        }
        return found
    }

    for (const [zone, text] of Object.entries(zones))
        it(`is that of ${zone} for 30 years, to the second`, () => {
            const fromS = Date.UTC(YEARS.from, 0, 1) / 1000
            const toS = Date.UTC(YEARS.to + 1, 0, 1) / 1000
            const years = Array.from({ length: 31 }, (_, at) => Date.UTC(YEARS.from + at, 0, 1) / 1000)
            const moments = [...changes(zone, fromS, toS), ...years].flatMap(atS => [atS - 1, atS])
            for (const unixS of moments)
                assert.equal(ask("offsetMin", text, unixS), expected(zone, unixS), new Date(unixS * 1000).toISOString())
        }).timeout(30_000)
})

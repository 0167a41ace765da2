import assert from "node:assert/strict"
import { isPosixZone, posixZone } from "../../../devs/image/settings/time-zone.ts"

describe("a time zone in the settings", () => {
    const now = new Date("2026-11-28")
    const zones: Record<string, string | undefined> = {
        "Europe/Berlin": "<+01>-1<+02>-2,M3.5.0/2,M10.5.0/3",
        "America/New_York": "<-05>5<-04>4,M3.2.0/2,M11.1.0/2",
        "Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0/2,M4.1.0/2",
        "America/Nuuk": "<-02>2<-01>1,M3.5.0/-1,M10.5.0/0",
        "Asia/Jerusalem": "<+02>-2<+03>-3,M3.4.4/26,M10.5.0/2",
        "Asia/Tehran": "<+0330>-3:30",
        UTC: "<+00>0",
        "Africa/Casablanca": undefined,
        "Mars/Olympus": undefined,
    }
    for (const [name, text] of Object.entries(zones))
        it(`${name} is ${text ?? "refused"}`, () => assert.equal(posixZone(name, now), text)).timeout(20_000)

    it("may be a POSIX zone with rules by month, week and weekday, and no other", () => {
        for (const text of ["CET-1CEST,M3.5.0,M10.5.0/3", "UTC0", "<+0330>-3:30", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"])
            assert.ok(isPosixZone(text), text)
        for (const text of ["CET-1CEST", "CET", "CET-1CEST,J60,J300", "M3.5.0", "CET-1CEST,M3.5.0", "Europe/Berlin"])
            assert.ok(!isPosixZone(text), text)
    })
})

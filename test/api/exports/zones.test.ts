import assert from "node:assert/strict"
import { isZone, timeWriter } from "../../../devs/api/reads/exports/zoned-time.ts"
import { co2Batch, NOW_S, openWorld } from "../support/world.ts"

/** 2025-03-30T00:59:59Z: a second later, clocks in Berlin go forward. */
const BEFORE_SUMMER_S = 1_743_296_399

describe("times in a zone", () => {
    for (const [zone, time, text] of [
        ["UTC", BEFORE_SUMMER_S, "2025-03-30T00:59:59Z"],
        ["Europe/Berlin", BEFORE_SUMMER_S, "2025-03-30T01:59:59+01:00"],
        ["Europe/Berlin", BEFORE_SUMMER_S + 1, "2025-03-30T03:00:00+02:00"],
        ["America/St_Johns", BEFORE_SUMMER_S, "2025-03-29T22:29:59-02:30"],
        ["Asia/Kathmandu", BEFORE_SUMMER_S, "2025-03-30T06:44:59+05:45"],
        ["Etc/GMT+12", BEFORE_SUMMER_S, "2025-03-29T12:59:59-12:00"],
    ] as const)
        it(`are written ${text} in ${zone}`, () => {
            const write = timeWriter(zone)
            // a time before, so that its offset is not kept
            write(time - 1)
            assert.equal(write(time), text)
        })

    it("are known by the names of the IANA database", () => {
        assert.deepEqual(["UTC", "Europe/Berlin", "Berlin", "", "+01:00", "../../etc/passwd"].map(isZone), [
            true,
            true,
            false,
            false,
            false,
            false,
        ])
    })

    it("are those of the CSV export with zone", async () => {
        const world = await openWorld()
        await world.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)
        const url = "/api/v1/devices/kitchen/readings.csv?columns=time&zone"
        assert.equal((await world.get(`${url}=Europe/Berlin`)).body, "time\n2025-01-15T13:00:00+01:00\n")
        const refused = await world.get(`${url}=Berlin`)
        assert.deepEqual([refused.statusCode, refused.json().code], [400, "ZONE_UNKNOWN"])
        await world.end()
    })
})

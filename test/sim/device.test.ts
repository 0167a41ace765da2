import assert from "node:assert/strict"
import type { Authority } from "../../certs/authority.ts"
import { Office } from "../support/office.ts"
import { temporaryAuthority } from "../support/tls-servers.ts"

describe("a virtual device", function () {
    this.timeout(60_000)
    let authority: Authority
    before(async () => (authority = await temporaryAuthority()))

    /** What it did in a quarter of an hour. */
    async function quarter(fromStore: boolean) {
        const office = await Office.open(authority, { INTERVAL_S: "30", BATCH: "4" }, { fromStore })
        try {
            await office.runMinutes(15)
            const { interval, batch } = office.events.find(({ event }) => event === "boot")!.values
            return { interval, batch, stored: office.stored(), heapPeakBytes: office.device.heapPeakBytes, log: office.log }
        } finally {
            await office.close()
        }
    }

    it("that boots from the store of a flash image does what one does that was just deployed to", async () => {
        const deployed = await quarter(false)
        const booted = await quarter(true)
        assert.deepEqual([booted.interval, booted.batch], ["30", "4"])
        assert.ok(booted.stored.length >= 24, `${booted.stored}`)
        assert.deepEqual(booted.stored, deployed.stored)
        assert.ok(booted.heapPeakBytes > 0 && Math.abs(booted.heapPeakBytes - deployed.heapPeakBytes) < 1000)
        assert.ok(!booted.log.some(line => /deploy|formatting/.test(line)))
    })
})

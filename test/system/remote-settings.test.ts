import assert from "node:assert/strict"
import type { LocalCa } from "../../certs/local-ca.ts"
import { Office, START_MS } from "../support/office.ts"
import { temporaryCa } from "../support/tls-servers.ts"

describe("a device and its server", function () {
    this.timeout(120_000)
    let authority: LocalCa
    let office: Office
    before(async () => (authority = await temporaryCa()))
    beforeEach(async () => (office = await Office.open(authority, {}, { withSgp30: true })))
    afterEach(() => office.close())

    it("apply new settings once, after a restart, and lose no reading", async () => {
        await office.runMinutes(6)
        await office.set({ INTERVAL_S: 30, BATCH: 4, ALTITUDE_M: 3000 })
        await office.runMinutes(14)
        const { settings, starts, boots } = await office.deviceState()
        assert.deepEqual(
            [settings?.applied?.revision, settings?.applied?.refused, starts, boots],
            [1, [], { power: 1, settings: 1 }, 2],
        )
        const times = (await office.readings()).map(({ time }) => time)
        assert.equal(times.at(-1)! - times.at(-2)!, 30)
        assert.equal((await office.known).lost, 0)
        assert.equal(office.events.filter(({ event }) => event === "settings").length, 1)
    })

    it("exchange the whole status, also after an outage", async () => {
        await office.runMinutes(6)
        await office.stopServer()
        await office.runMinutes(20)
        await office.startServer()
        await office.runMinutes(25)
        const { status } = await office.deviceState()
        assert.deepEqual([status?.unread, status?.lastError, status?.handshakes], [[], "no-connection:unreachable", 2])
        assert.deepEqual(Object.keys(status?.sensors ?? {}).sort(), ["scd4x", "sgp30"])
        // a status that is as before is not sent again, so it is of the first post after the outage
        assert.ok(status!.uptimeS! > 26 * 60, `up ${status!.uptimeS}`)
        const sinceS = status!.at - status!.uptimeS! - START_MS / 1000
        assert.ok(sinceS >= 0 && sinceS < 60, `since ${sinceS} s after the start`)
    })
})

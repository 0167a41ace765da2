import assert from "node:assert/strict"
import { mock } from "node:test"
import { ChipNetwork } from "../../../devs/sim/chip/network.ts"
import { silentServer } from "./support/test-network.ts"

/** longer than a peer may be silent */
const LONG_MS = 60_000

describe("the network of a chip that is ahead of its server's time", () => {
    let comes: () => void
    let net: ChipNetwork

    beforeEach(() => {
        const serverTime = new Promise<void>(resolve => (comes = resolve))
        net = new ChipNetwork({
            bundle: new Uint8Array(),
            now: () => performance.now(),
            serverTime: () => serverTime,
        })
    })
    afterEach(() => {
        mock.restoreAll()
        net.reset()
    })

    it("connects only when that time has come, and stands still until then, however long it takes", async () => {
        const server = await silentServer()
        assert.equal(net.open("localhost", server.port, false), 0)
        const laterMs = performance.now() + LONG_MS
        mock.method(performance, "now", () => laterMs)
        await new Promise(resolve => setTimeout(resolve, 50))
        assert.deepEqual([net.responseDue, server.connections.length], [true, 0])
        mock.restoreAll()
        comes()
        await server.connected()
    })

    it("forgets what it was to send when the chip restarts", async () => {
        const server = await silentServer()
        net.open("localhost", server.port, false)
        net.reset()
        assert.equal(net.responseDue, false)
        comes()
        await new Promise(resolve => setTimeout(resolve, 50))
        assert.equal(server.connections.length, 0)
    })
})

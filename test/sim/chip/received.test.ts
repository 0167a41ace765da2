import assert from "node:assert/strict"
import { ReceivedEvents } from "../../../devs/sim/chip/received.ts"

/** 60,000 bytes as the socket layer splits them, and the end of the connection. */
function longResponse(): ReceivedEvents {
    const events = new ReceivedEvents()
    for (let at = 0; at < 60_000; at += 1000) events.add({ type: "data", data: Buffer.alloc(1000) })
    events.add({ type: "close" })
    return events
}

describe("what the chip has received", () => {
    it("is read in one round as far as a TLS record and a TCP window hold it", () => {
        const events = longResponse()
        assert.equal(events.take(5000).length, 22)
        assert.deepEqual(events.take(5000), [])
    })

    it("comes at one window per round trip after that, with the end of the connection last", () => {
        const events = longResponse()
        events.take(5000)
        assert.equal(events.readyAtMs, 5001)
        assert.equal(events.take(5001).length, 3)
        assert.equal(events.take(5003).length, 5)
        assert.equal(events.take(5012).length, 22)
        assert.equal(events.take(5100).length, 9)
        assert.equal(events.readyAtMs, Infinity)
    })

    it("is not more in one round after a long pause", () => {
        const events = new ReceivedEvents()
        events.take(0)
        for (let at = 0; at < 60; at++) events.add({ type: "data", data: Buffer.alloc(1000) })
        assert.equal(events.take(3_600_000).length, 22)
    })

    it("is gone when the chip restarts", () => {
        const events = longResponse()
        events.clear()
        assert.deepEqual(events.take(5000), [])
    })
})

import assert from "node:assert/strict"
import { HttpTracker } from "../../../devs/sim/chip/http-tracker.ts"

const bytes = (text: string) => Buffer.from(text, "latin1")

describe("an HTTP tracker", () => {
    it("waits for the last chunk of a chunked response", () => {
        const tracker = new HttpTracker()
        tracker.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        tracker.received(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"))
        assert.equal(tracker.responseDue, true)
        tracker.received(bytes("0\r\n\r\n"))
        assert.equal(tracker.responseDue, false)
    })

    it("does not wait for a body after a 204", () => {
        const tracker = new HttpTracker()
        tracker.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        tracker.received(bytes("HTTP/1.1 204 No Content\r\n\r\n"))
        assert.equal(tracker.responseDue, false)
    })

    it("does not wait for the end of bytes that are not HTTP", () => {
        const tracker = new HttpTracker()
        tracker.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        tracker.received(bytes("\x16\x03\x01 garbage\r\n\r\n"))
        assert.equal(tracker.responseDue, false)
    })

    it("waits again after the next request of the same connection", () => {
        const tracker = new HttpTracker()
        for (let request = 0; request < 3; request++) {
            tracker.sent(bytes("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"))
            assert.equal(tracker.responseDue, true)
            tracker.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny"))
            assert.equal(tracker.responseDue, false)
        }
    })
})

import assert from "node:assert/strict"
import { Exchange } from "../../../devs/sim/chip/exchange.ts"

const bytes = (text: string) => Buffer.from(text, "latin1")

describe("an exchange", () => {
    it("waits through a chunked answer to its last chunk", () => {
        const exchange = new Exchange()
        exchange.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        exchange.received(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"))
        assert.equal(exchange.answerDue, true)
        exchange.received(bytes("0\r\n\r\n"))
        assert.equal(exchange.answerDue, false)
    })

    it("is over with a 204, which has no body", () => {
        const exchange = new Exchange()
        exchange.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        exchange.received(bytes("HTTP/1.1 204 No Content\r\n\r\n"))
        assert.equal(exchange.answerDue, false)
    })

    it("does not wait for the end of what is no HTTP", () => {
        const exchange = new Exchange()
        exchange.sent(bytes("GET / HTTP/1.1\r\n\r\n"))
        exchange.received(bytes("\x16\x03\x01 garbage\r\n\r\n"))
        assert.equal(exchange.answerDue, false)
    })

    it("waits again at the next request of the same connection", () => {
        const exchange = new Exchange()
        for (let round = 0; round < 3; round++) {
            exchange.sent(bytes("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"))
            assert.equal(exchange.answerDue, true)
            exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny"))
            assert.equal(exchange.answerDue, false)
        }
    })
})

import assert from "node:assert/strict"
import { parseFault } from "../../../devs/sim/faults/fault.ts"
import { type FaultyResponse, responseOf } from "../../../devs/sim/faults/kind.ts"
import { exchangeEffect } from "../../../devs/sim/faults/kinds.ts"

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"ack":5}'
const NOW_MS = Date.UTC(2026, 0, 5, 8)

function delivered(words: string, response = RESPONSE): Omit<FaultyResponse, "bytes"> & { text: string } {
    const { bytes, ...rest } = responseOf(exchangeEffect(parseFault(words)), Buffer.from(response), NOW_MS)
    return { text: bytes.toString("latin1"), ...rest }
}

describe("the response that a server with a fault sends", () => {
    it("is unchanged without a fault", () => {
        assert.deepEqual(responseOf(undefined, Buffer.from(RESPONSE), NOW_MS), {
            bytes: Buffer.from(RESPONSE),
            end: "keep",
        })
    })

    const expected: [string, ReturnType<typeof delivered>][] = [
        ["response-cut byte=12", { text: "HTTP/1.1 200", end: "close" }],
        ["response-cut byte=1000", { text: RESPONSE, end: "close" }],
        ["response-lost", { text: "", end: "close" }],
        ["response-lost end=silence", { text: "", end: "silence" }],
        ["response-drip", { text: RESPONSE, end: "keep", everyS: 1 }],
        ["response-drip every=50ms", { text: RESPONSE, end: "keep", everyS: 0.05 }],
        ["response-garbage bytes=20", { text: "\x00\xff{}\r\n\r\nHTTP/9.9 abc", end: "close" }],
        [
            "response-status code=500",
            {
                text: "HTTP/1.1 500 Fault\r\nDate: Mon, 05 Jan 2026 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
                end: "keep",
            },
        ],
        [
            "response-status code=503 retryAfter=120",
            {
                text: "HTTP/1.1 503 Fault\r\nDate: Mon, 05 Jan 2026 08:00:00 GMT\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
                end: "keep",
            },
        ],
        ["response-length by=10", { text: 'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"ack":5}', end: "keep" }],
        ["response-length by=-20", { text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n{"ack":5}', end: "keep" }],
        [
            "response-chunked bytes=4",
            {
                text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"ac\r\n4\r\nk":5\r\n1\r\n}\r\n0\r\n\r\n',
                end: "keep",
            },
        ],
        [
            "response-headers bytes=1",
            {
                text: `HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Padding-0: ${"p".repeat(100)}\r\n\r\n{"ack":5}`,
                end: "keep",
            },
        ],
        ["response-twice", { text: RESPONSE + RESPONSE, end: "keep" }],
    ]
    for (const [words, changed] of expected)
        it(`is changed by "${words}"`, () => assert.deepEqual(delivered(words), changed))

    it("has garbage and headers of the default size", () => {
        assert.equal(delivered("response-garbage").text.length, 400)
        const { length } = delivered("response-headers").text
        assert.ok(length > 20_000 && length < 20_200, `${length}`)
    })
})

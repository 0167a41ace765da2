import assert from "node:assert/strict"
import { Random } from "../../../devs/sim/random.ts"
import { type Interview, interview } from "../../support/program.ts"

const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
const DATE_S = 784111777
/** head and body */
const MAX_RESPONSE_BYTES = 10 * 1024 + 256

interface ParsedResponse {
    status: number
    keepAlive: boolean
    dateS: number | null
    retryAfterS: number | null
    bodyLength: number
    /** hex, as much as is kept */
    body: string
}

const lines = (...all: string[]) => all.join("\r\n")
const sized = lines("HTTP/1.1 200 OK", DATE, "Content-Length: 9", "", '{"ack":5}')
const chunked = lines(
    "HTTP/1.1 200 OK",
    DATE,
    "Transfer-Encoding: chunked",
    "",
    "4",
    '{"ac',
    "5;name=value",
    'k":5}',
    "0",
    "Trailer: x",
    "",
    "",
)
const expected: ParsedResponse = {
    status: 200,
    keepAlive: true,
    dateS: DATE_S,
    retryAfterS: null,
    bodyLength: 9,
    body: "7b2261636b223a357d",
}

describe("the firmware's HTTP parser", () => {
    let ask: Interview["ask"]
    let log: string[]
    before(async () => ({ ask, log } = await interview()))

    /** Feeds these pieces to the parser, as bytes of latin1. */
    function feed(...pieces: string[]) {
        ask("responseNew")
        return pieces
            .map(piece =>
                ask<{ taken: number; complete: boolean }>("responseFeed", Buffer.from(piece, "latin1").toString("hex")),
            )
            .at(-1)!
    }
    const parsed = () => ask<ParsedResponse>("responseState")
    const body = () => Buffer.from(parsed().body, "hex").toString()

    /** Asserts that the whole text is exactly one response. */
    function takesWhole(text: string): ParsedResponse {
        assert.deepEqual(feed(text), { taken: text.length, complete: true })
        return parsed()
    }

    it("parses a response with a length", () => {
        assert.deepEqual(takesWhole(sized), expected)
    })

    it("parses a response in chunks, with extensions and trailers", () => {
        assert.deepEqual(takesWhole(chunked), expected)
    })

    for (const [name, text] of Object.entries({ "with a length": sized, "in chunks": chunked })) {
        it(`parses a response ${name} split anywhere`, () => {
            for (let at = 1; at < text.length; at++) {
                assert.deepEqual(
                    feed(text.slice(0, at), text.slice(at)),
                    { taken: text.length - at, complete: true },
                    `cut at ${at}`,
                )
                assert.deepEqual(parsed(), expected, `cut at ${at}`)
            }
        })

        it(`parses a response ${name} byte by byte, complete only at the last`, () => {
            assert.deepEqual(feed(...text.slice(0, -1)), { taken: 1, complete: false })
            assert.deepEqual(feed(...text), { taken: 1, complete: true })
            assert.deepEqual(parsed(), expected)
        })

        it(`refuses a response ${name} if the connection ends before it`, () => {
            for (let at = 1; at < text.length; at++) {
                feed(text.slice(0, at))
                assert.throws(() => ask("responseEnd"), { message: "broken cut-short" }, `cut at ${at}`)
            }
        })
    }

    it("accepts lines that end in LF alone, and a status without a reason phrase", () => {
        const text = "HTTP/1.1 200\ncontent-length:  9 \n\n" + '{"ack":5}'
        assert.deepEqual(takesWhole(text), { ...expected, dateS: null })
    })

    it("does not consume bytes behind a response", () => {
        assert.deepEqual(feed(sized + sized), { taken: sized.length, complete: true })
    })

    it("skips 1xx responses", () => {
        const text =
            lines("HTTP/1.1 100 Continue", "", "") + lines("HTTP/1.1 103 Early Hints", "Link: x", "", "") + sized
        assert.deepEqual(takesWhole(text), expected)
    })

    for (const status of [204, 304])
        it(`expects no body after a ${status}`, () => {
            assert.equal(takesWhole(lines(`HTTP/1.1 ${status} x`, DATE, "", "")).status, status)
        })

    it("expects no body of length 0", () => {
        const { status, retryAfterS } = takesWhole(
            lines("HTTP/1.1 503 x", "Retry-After: 120", "Content-Length: 0", "", ""),
        )
        assert.deepEqual({ status, retryAfterS }, { status: 503, retryAfterS: 120 })
    })

    it("reads a body without a length up to the end of the connection", () => {
        assert.deepEqual(feed(lines("HTTP/1.0 200 OK", "", '{"ack":5}')), { taken: 28, complete: false })
        ask("responseEnd")
        assert.deepEqual(parsed(), { ...expected, dateS: null, keepAlive: false })
    })

    it("distinguishes a connection closed before the first byte from a broken response", () => {
        ask("responseNew")
        assert.throws(() => ask("responseEnd"), { message: "no-connection closed" })
    })

    const connections: Record<string, boolean> = {
        "HTTP/1.1 204 x\r\n\r\n": true,
        "HTTP/1.0 204 x\r\n\r\n": false,
        "HTTP/1.1 204 x\r\nConnection: close\r\n\r\n": false,
        "HTTP/1.1 204 x\r\nCONNECTION: Keep-Alive, Close\r\n\r\n": false,
        "HTTP/1.1 204 x\r\nConnection: keep-alive\r\n\r\n": true,
    }
    it("knows whether the connection stays open", () => {
        for (const [text, keepAlive] of Object.entries(connections))
            assert.equal(takesWhole(text).keepAlive, keepAlive, text)
    })

    it("ignores a date in Retry-After", () => {
        assert.equal(
            takesWhole(lines("HTTP/1.1 204 x", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", "", "")).retryAfterS,
            null,
        )
    })

    const wrong: Record<string, [string, string]> = {
        "no HTTP": ["\x16\x03\x01\x00\x02\x02\x28\r\n", "no-http"],
        "another protocol": ["SSH-2.0-OpenSSH_9.6\r\n", "no-http"],
        "HTTP/2": ["HTTP/2.0 200 OK\r\n", "no-http"],
        "a status that is no number": ["HTTP/1.1 2x0 OK\r\n", "no-http"],
        "a status that is too long": ["HTTP/1.1 2000 OK\r\n", "no-http"],
        "a status below 100": ["HTTP/1.1 099 OK\r\n", "no-http"],
        "a change of protocol": ["HTTP/1.1 101 x\r\n\r\n", "no-http"],
        "a header without a colon": ["HTTP/1.1 200 OK\r\nabc\r\n", "bad-header"],
        "an irrelevant header without a colon": ["HTTP/1.1 200 OK\r\nxyz\r\na: b\r\n", "bad-header"],
        "a header without a name": ["HTTP/1.1 200 OK\r\n: abc\r\n", "bad-header"],
        "a negative length": ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", "bad-length"],
        "a length in hex": ["HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n", "bad-length"],
        "two lengths": ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "bad-length"],
        "a length and chunks": [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "bad-length",
        ],
        "a compressed body": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", "unknown-encoding"],
        "a chunk size that is no number": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "bad-chunk"],
        "an empty chunk size": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "bad-chunk"],
        "a chunk that is longer than it says": [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            "bad-chunk",
        ],
        "a chunk that is too large": [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
            "body-too-long",
        ],
        "a body that says it is too long": ["HTTP/1.1 200 OK\r\nContent-Length: 2049\r\n\r\n", "body-too-long"],
    }
    for (const [name, [text, reason]] of Object.entries(wrong))
        it(`refuses ${name}`, () => {
            assert.throws(() => feed(text), { message: `broken ${reason}` })
        })

    /** Feeds 250 bytes at a time until the parser throws. */
    function takenOf(head: string, piece: string): { bytes: number; message: string } {
        feed(head)
        for (let bytes = 0; bytes < 2 * MAX_RESPONSE_BYTES; bytes += piece.length)
            try {
                ask("responseFeed", Buffer.from(piece).toString("hex"))
            } catch (error) {
                return { bytes, message: (error as Error).message }
            }
        return { bytes: Infinity, message: "" }
    }

    const floods: Record<string, [string, string, string]> = {
        "one endless header": ["HTTP/1.1 200 OK\r\nx: ", "y".repeat(250), "broken head-too-long"],
        "headers without end": ["HTTP/1.1 200 OK\r\n", "a: b\r\n".repeat(40), "broken head-too-long"],
        "relevant headers without end": ["HTTP/1.1 200 OK\r\n", `${DATE}\r\n`.repeat(7), "broken head-too-long"],
        "1xx responses without end": ["", "HTTP/1.1 100 x\r\n\r\n".repeat(10), "broken head-too-long"],
        "trailers without end": [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "a: b\r\n".repeat(40),
            "broken head-too-long",
        ],
        "chunks of one byte without end": [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\nx\r\n".repeat(40),
            "broken head-too-long",
        ],
        "chunks without end": [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "c8\r\n" + "x".repeat(200) + "\r\n",
            "broken body-too-long",
        ],
        "a body without end": ["HTTP/1.1 200 OK\r\n\r\n", "x".repeat(250), "broken body-too-long"],
    }
    for (const [name, [head, piece, message]] of Object.entries(floods))
        it(`ends ${name} after 10 kB at most`, () => {
            const taken = takenOf(head, piece)
            assert.equal(taken.message, message)
            assert.ok(taken.bytes <= MAX_RESPONSE_BYTES, `${taken.bytes} bytes`)
        })

    it("skips 4 kB of a proxy's headers", () => {
        const policy = `Content-Security-Policy: ${"default-src 'self' https://cdn.example; ".repeat(60)}`
        const cookies = Array.from({ length: 8 }, (_, at) => `Set-Cookie: session${at}=${"c".repeat(180)}; HttpOnly`)
        const text = sized.replace(DATE, lines(policy, DATE, ...cookies))
        assert.ok(text.length > 4096)
        assert.deepEqual(takesWhole(text), expected)
    })

    it("accepts a head and a body of 2 kB, and keeps the first 224 bytes", () => {
        const pieces = [
            sized.slice(0, sized.indexOf("Content")),
            "x: " + "y".repeat(200) + "\r\n",
            "Content-Length: 2048\r\n\r\n",
            ...Array<string>(8).fill("z".repeat(256)),
        ]
        assert.equal(feed(...pieces).complete, true)
        assert.deepEqual(parsed(), { ...expected, bodyLength: 2048, body: "7a".repeat(224) })
    })

    it("finds headers after one that is too long to keep", () => {
        takesWhole(lines("HTTP/1.1 200 OK", "X: " + "y".repeat(1500), DATE, "Content-Length: 2", "", "{}"))
        assert.deepEqual([parsed().dateS, body()], [DATE_S, "{}"])
    })

    const acks: Record<string, number | null> = {
        '{"ack":5}': 5,
        ' { "ack" : 5 }\n': 5,
        '{"ack":0}': 0,
        '{"ack":5,"time":1422886740}': 5,
        '{"ack":"5"}': null,
        '{"ack":1.5}': null,
        '{"ack":null}': null,
        "{}": null,
        "[5]": null,
        null: null,
        5: 5,
        "1.5": null,
        '{"ack":5}x': null,
        '{"ack":': null,
        "<html>": null,
        '{"ack":5,"x":"é"}': null,
        [`{"ack":5,"x":"${"y".repeat(250)}"}`]: null,
        [`{"ack":5,"x":${"[".repeat(120)}${"]".repeat(120)}}`]: null,
    }
    for (const [text, ack] of Object.entries(acks))
        it(`reads ${ack === null ? "no acknowledgement" : `the acknowledgement of ${ack}`} in ${JSON.stringify(text.slice(0, 40))}`, () => {
            takesWhole(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
            assert.equal(ask("responseAck"), ack)
        })

    it("accepts damaged responses or refuses them with its own errors, never with an exception", () => {
        const random = new Random(1)
        const below = (limit: number) => Math.floor(random.next() * limit)
        for (let round = 0; round < 400; round++) {
            const bytes = damaged(round % 2 ? sized : chunked, below)
            try {
                ask("responseNew")
                for (let at = 0; at < bytes.length; at += 60)
                    ask("responseFeed", bytes.subarray(at, at + 60).toString("hex"))
                ask("responseEnd")
                ask("responseAck")
            } catch (error) {
                assert.match((error as Error).message, /^(broken|no-connection) [a-z-]+$/, bytes.toString("hex"))
            }
        }
        assert.deepEqual(
            log.filter(line => line.includes("xception")),
            [],
        )
    })
})

/** The text with one to four random changes: bytes replaced, removed, inserted or duplicated. */
function damaged(text: string, below: (limit: number) => number): Buffer {
    let bytes = Buffer.from(text)
    for (let wounds = 1 + below(4); wounds > 0; wounds--) {
        const at = below(bytes.length)
        const end = at + below(8)
        const wound = [
            [bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at + 1)],
            [bytes.subarray(0, at), bytes.subarray(end)],
            [bytes.subarray(0, at), Buffer.from([below(256), below(256)]), bytes.subarray(at)],
            [bytes.subarray(0, end), bytes.subarray(at)],
        ][below(4)]!
        bytes = Buffer.concat(wound)
    }
    return bytes
}

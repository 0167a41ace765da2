/** Faults of one HTTP request and its response. */
import { exchangeKind, type FaultyResponse } from "../kind.ts"
import { duration, integer, oneOf, required } from "../option.ts"

const MAX_BYTES = 1e6
const DEFAULT_DRIP_S = 1
const DEFAULT_GARBAGE_BYTES = 400
/** more than the firmware accepts */
const DEFAULT_HEADER_BYTES = 20_000
const DEFAULT_CHUNK_BYTES = 1

export const exchangeKinds = {
    "request-cut": exchangeKind({
        description: "the connection ends after this many bytes of the request",
        options: { byte: required(integer(0, MAX_BYTES)) },
        requestBytes: ({ byte }) => byte,
        deliver: () => ({ bytes: Buffer.alloc(0), end: "close" }),
    }),
    "response-cut": exchangeKind({
        description: "the connection ends after this many bytes of the response",
        options: { byte: required(integer(0, MAX_BYTES)) },
        deliver: ({ byte }, response) => ({ bytes: response.subarray(0, byte), end: "close" }),
    }),
    "response-lost": exchangeKind({
        description:
            "the server commits, but sends no response: end=close closes the connection (default), end=silence goes silent",
        options: { end: oneOf("close", "silence") },
        deliver: ({ end = "close" }) => ({ bytes: Buffer.alloc(0), end }),
    }),
    "response-drip": exchangeKind({
        description: `the response comes one byte at a time, one every ${DEFAULT_DRIP_S} s by default`,
        options: { every: duration({ mayBeZero: false }) },
        deliver: ({ every = DEFAULT_DRIP_S }, response) => ({ bytes: response, end: "keep", everyS: every }),
    }),
    "response-garbage": exchangeKind({
        description: `this many bytes (default ${DEFAULT_GARBAGE_BYTES}) that are not HTTP instead of the response`,
        options: { bytes: integer(1, MAX_BYTES) },
        replacesResponse: true,
        deliver: ({ bytes = DEFAULT_GARBAGE_BYTES }) => ({ bytes: garbage(bytes), end: "close" }),
    }),
    "response-status": exchangeKind({
        description:
            "this HTTP status instead of the response, with a proxy's HTML page of this many bytes (default 0); the API never gets the request",
        options: { code: required(integer(200, 599)), retryAfter: integer(0, 1e9), page: integer(0, MAX_BYTES) },
        replacesResponse: true,
        deliver: ({ code, retryAfter, page = 0 }, _, nowMs) => keep(proxyResponse(code, retryAfter, page, nowMs)),
    }),
    "response-length": exchangeKind({
        description: "the Content-Length is wrong by this many bytes",
        options: { by: required(integer(-MAX_BYTES, MAX_BYTES)) },
        deliver: ({ by }, response) => keep(withHead(response, head => withLength(head, by))),
    }),
    "response-chunked": exchangeKind({
        description: `the response comes in chunks of this many bytes (default ${DEFAULT_CHUNK_BYTES})`,
        options: { bytes: integer(1, MAX_BYTES) },
        deliver: ({ bytes = DEFAULT_CHUNK_BYTES }, response) => keep(chunked(response, bytes)),
    }),
    "response-headers": exchangeKind({
        description: `the response has this many more bytes of headers (default ${DEFAULT_HEADER_BYTES})`,
        options: { bytes: integer(1, MAX_BYTES) },
        deliver: ({ bytes = DEFAULT_HEADER_BYTES }, response) =>
            keep(withHead(response, head => head + padding(bytes))),
    }),
    "response-twice": exchangeKind({
        description: "the server sends the response twice",
        options: {},
        deliver: (_, response) => keep(Buffer.concat([response, response])),
    }),
}

const HEAD_END = "\r\n\r\n"
const PAGE = "<html><body><h1>Bad Request</h1><p>Your browser sent a request that this server could not understand.</p>"
const GARBAGE = "\x00\xff{}\r\n\r\nHTTP/9.9 abc\r\n"
/** Below the firmware's limit for one line, so that only the sum of the headers is too much. */
const HEADER_LINE_BYTES = 100

function keep(bytes: Buffer): FaultyResponse {
    return { bytes, end: "keep" }
}

function garbage(bytes: number): Buffer {
    return Buffer.alloc(bytes, GARBAGE, "latin1")
}

function proxyResponse(code: number, retryAfter: number | undefined, pageBytes: number, nowMs: number): Buffer {
    const lines = [
        `HTTP/1.1 ${code} Fault`,
        `Date: ${new Date(nowMs).toUTCString()}`,
        ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
        ...(pageBytes === 0 ? [] : ["Content-Type: text/html"]),
        `Content-Length: ${pageBytes}`,
    ]
    return Buffer.concat([Buffer.from(lines.join("\r\n") + HEAD_END), Buffer.alloc(pageBytes, PAGE)])
}

function withHead(response: Buffer, edit: (head: string) => string): Buffer {
    const [head, body] = split(response)
    return Buffer.concat([Buffer.from(edit(head) + HEAD_END, "latin1"), body])
}

function withLength(head: string, by: number): string {
    return head.replace(/(content-length: *)(\d+)/i, (_, name, length) => name + Math.max(0, Number(length) + by))
}

function split(response: Buffer): [head: string, body: Buffer] {
    const end = response.indexOf(HEAD_END)
    return [response.subarray(0, end).toString("latin1"), response.subarray(end + HEAD_END.length)]
}

function chunked(response: Buffer, chunkBytes: number): Buffer {
    const [head, body] = split(response)
    const pieces: Buffer[] = [
        Buffer.from(head.replace(/content-length: *\d+/i, "Transfer-Encoding: chunked") + HEAD_END, "latin1"),
    ]
    for (let at = 0; at < body.length; at += chunkBytes) {
        const chunk = body.subarray(at, at + chunkBytes)
        pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"))
    }
    return Buffer.concat([...pieces, Buffer.from(`0${HEAD_END}`)])
}

function padding(bytes: number): string {
    let text = ""
    for (let at = 0; text.length < bytes; at++) text += `\r\nX-Padding-${at}: ${"p".repeat(HEADER_LINE_BYTES)}`
    return text
}

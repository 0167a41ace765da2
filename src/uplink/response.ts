/** An HTTP/1.1 response, however the network cuts it (RFC 9112). */
import { parseWholeNumber } from "../decimal"
import { parseHttpDate } from "./http-date"
import { UplinkError } from "./uplink-error"

/** Status line, header lines, chunk sizes and trailers together. */
const MAX_HEAD_BYTES = 2048
const MAX_BODY_BYTES = 2048
/** No line of interest is longer; what exceeds it is passed over. */
const LINE_BYTES = 96
/** As much of the body as is kept: an answer that sets something is 224 bytes at most. */
export const KEPT_BODY_BYTES = 224

const CR = 13
const LF = 10

enum Part {
    Status,
    Header,
    SizedBody,
    OpenBody,
    ChunkSize,
    ChunkBody,
    ChunkEnd,
    Trailer,
    Done,
}

export class Response {
    status: number
    /** false when the server will close the connection */
    keepAlive: boolean
    /** Unix seconds of its `Date`; undefined without one */
    dateS: number
    /** seconds of its `Retry-After`; undefined without one, or with a date there */
    retryAfterS: number
    readonly body = Buffer.alloc(KEPT_BODY_BYTES)
    /** all of the body, also what is not kept */
    bodyLength: number
    /** at least one byte has come */
    begun: boolean
    private part: Part
    private headBytes: number
    private readonly line = Buffer.alloc(LINE_BYTES)
    private lineLength: number
    private contentLength: number
    private chunked: boolean
    /** bytes of the body, or of its chunk, still to come */
    private rest: number

    /** Forgets everything: the next byte is the first of a response. */
    reset() {
        this.begun = false
        this.headBytes = 0
        this.bodyLength = 0
        this.beginHead()
    }

    private beginHead() {
        this.part = Part.Status
        this.lineLength = 0
        this.status = 0
        this.keepAlive = true
        this.dateS = undefined
        this.retryAfterS = undefined
        this.contentLength = undefined
        this.chunked = false
    }

    isComplete(): boolean {
        return this.part === Part.Done
    }

    /**
     * Takes what arrived from `at` to `end`, up to the end of the response.
     *
     * @returns where that is; `end` when it has not come yet
     * @throws UplinkError broken
     */
    feed(bytes: Buffer, at: number, end: number): number {
        while (at < end && this.part !== Part.Done) {
            this.begun = true
            at += this.isBody() ? this.takeBody(bytes, at, end) : this.takeHead(bytes, at, end)
        }
        return at
    }

    /** The server closed the connection. @throws UplinkError when the response was not complete */
    end() {
        if (this.part === Part.OpenBody) this.part = Part.Done
        if (this.part === Part.Done) return
        throw this.begun ? broken("cut-short") : new UplinkError("no-connection", "closed")
    }

    private isBody(): boolean {
        return this.part === Part.SizedBody || this.part === Part.ChunkBody || this.part === Part.OpenBody
    }

    private takeBody(bytes: Buffer, at: number, end: number): number {
        const there = end - at
        const taken = this.part === Part.OpenBody ? there : Math.min(there, this.rest)
        if (this.bodyLength + taken > MAX_BODY_BYTES) throw broken("body-too-long")
        this.body.blitAt(this.bodyLength, bytes, at, taken)
        this.bodyLength += taken
        this.rest -= taken
        if (this.rest === 0) this.part = this.part === Part.SizedBody ? Part.Done : Part.ChunkEnd
        return taken
    }

    /** Up to the end of the line, or of what there is. */
    private takeHead(bytes: Buffer, at: number, end: number): number {
        const lineEnd = bytes.indexOf(LF, at)
        const isWhole = lineEnd >= 0 && lineEnd < end
        const length = (isWhole ? lineEnd : end) - at
        this.line.blitAt(this.lineLength, bytes, at, length)
        this.lineLength = Math.min(LINE_BYTES, this.lineLength + length)
        const taken = isWhole ? length + 1 : length
        this.headBytes += taken
        if (this.headBytes > MAX_HEAD_BYTES) throw broken("head-too-long")
        if (isWhole) this.takeLine()
        return taken
    }

    private takeLine() {
        const isCut = this.lineLength === LINE_BYTES
        if (this.lineLength > 0 && this.line[this.lineLength - 1] === CR) this.lineLength--
        const text = this.line.slice(0, this.lineLength).toString()
        this.lineLength = 0
        switch (this.part) {
            case Part.Status:
                return this.takeStatus(text)
            case Part.Header:
                return text.length === 0 ? this.endHead() : this.takeHeader(text, isCut)
            case Part.ChunkSize:
                return this.takeChunkSize(text, isCut)
            case Part.ChunkEnd:
                return this.endChunk(text)
            default:
                if (text.length === 0) this.part = Part.Done
        }
    }

    /** "HTTP/1.1 200 OK"; the reason may be missing (RFC 9112, 4). */
    private takeStatus(text: string) {
        const status = parseWholeNumber(text.slice(9, 12))
        const isStatus =
            text.startsWith("HTTP/1.") &&
            parseWholeNumber(text.slice(7, 8)) !== undefined &&
            text[8] === " " &&
            status >= 100 &&
            status <= 599
        if (!isStatus || (text.length > 12 && text[12] !== " ")) throw broken("no-http")
        this.status = status
        this.keepAlive = text[7] !== "0"
        this.part = Part.Header
    }

    /** @param isCut true when the line went on: a number in it may be another one */
    private takeHeader(text: string, isCut: boolean) {
        const colon = text.indexOf(":")
        if (colon <= 0) throw broken("bad-header")
        const name = text.slice(0, colon).toLowerCase()
        if (!isToken(name)) throw broken("bad-header")
        const value = trimmed(text, colon + 1)
        if (name === "content-length") this.takeContentLength(isCut ? "" : value)
        else if (name === "transfer-encoding") this.takeEncoding(isCut ? "" : value)
        else if (name === "connection") this.keepAlive = this.keepAlive && !value.toLowerCase().includes("close")
        else if (name === "date") this.dateS = parseHttpDate(value)
        else if (name === "retry-after") this.retryAfterS = parseWholeNumber(value)
    }

    private takeContentLength(value: string) {
        const length = parseWholeNumber(value)
        const contradicts = this.contentLength !== undefined && this.contentLength !== length
        if (length === undefined || contradicts) throw broken("bad-length")
        this.contentLength = length
    }

    private takeEncoding(value: string) {
        if (this.chunked || value.toLowerCase() !== "chunked") throw broken("unknown-encoding")
        this.chunked = true
    }

    /** The length of what follows: RFC 9112, 6.3. Two lengths are an attack or a fault. */
    private endHead() {
        if (this.status === 101) throw broken("no-http")
        if (this.status < 200) return this.beginHead()
        if (this.chunked && this.contentLength !== undefined) throw broken("bad-length")
        const isEmpty = this.status === 204 || this.status === 304 || this.contentLength === 0
        if (isEmpty) this.part = Part.Done
        else if (this.chunked) this.part = Part.ChunkSize
        else if (this.contentLength === undefined) this.beginOpenBody()
        else this.beginSizedBody()
    }

    private beginSizedBody() {
        if (this.contentLength > MAX_BODY_BYTES) throw broken("body-too-long")
        this.rest = this.contentLength
        this.part = Part.SizedBody
    }

    /** Its end is the end of the connection. */
    private beginOpenBody() {
        this.keepAlive = false
        this.rest = undefined
        this.part = Part.OpenBody
    }

    private takeChunkSize(text: string, isCut: boolean) {
        const end = text.indexOf(";")
        const size = isBlank(text, 0) ? undefined : hexNumber(trimmed(end < 0 ? text : text.slice(0, end), 0))
        if (size === undefined || (isCut && end < 0)) throw broken("bad-chunk")
        if (size > MAX_BODY_BYTES) throw broken("body-too-long")
        this.rest = size
        this.part = size === 0 ? Part.Trailer : Part.ChunkBody
    }

    private endChunk(text: string) {
        if (text.length > 0) throw broken("bad-chunk")
        this.part = Part.ChunkSize
    }
}

function broken(reason: string): UplinkError {
    return new UplinkError("broken", reason)
}

/** What a name must not have, besides controls, spaces and what is no ASCII (RFC 9110, 5.6.2). */
const DELIMITERS = '"(),/:;<=>?@[\\]{}'

function isToken(name: string): boolean {
    for (let i = 0; i < name.length; i++) {
        const code = name.charCodeAt(i)
        if (code <= 32 || code >= 127 || DELIMITERS.indexOf(name[i]) >= 0) return false
    }
    return true
}

/** Without the blanks around what begins at `start`: spaces and tabs, and nothing else (RFC 9110, 5.6.3); `trim` knows more. */
function trimmed(text: string, start: number): string {
    let end = text.length
    while (end > start && isBlank(text, end - 1)) end--
    while (start < end && isBlank(text, start)) start++
    return text.slice(start, end)
}

function isBlank(text: string, at: number): boolean {
    return text[at] === " " || text[at] === "\t"
}

const HEX_DIGITS = "0123456789abcdef"
const MAX_HEX_DIGITS = 6

/** The value of 1 to 6 hex digits; undefined for any other text. */
function hexNumber(text: string): number {
    if (text.length === 0 || text.length > MAX_HEX_DIGITS) return undefined
    const lower = text.toLowerCase()
    let value = 0
    for (let i = 0; i < lower.length; i++) {
        const digit = HEX_DIGITS.indexOf(lower[i])
        if (digit < 0) return undefined
        value = value * 16 + digit
    }
    return value
}

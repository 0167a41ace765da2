/** Incremental parser for HTTP/1.1 responses (RFC 9112), fed in chunks of any size. */
import { parseWholeNumber } from "../decimal"
import { parseHttpDate } from "./http-date"
import { UplinkError } from "./uplink-error"

/**
 * Status line, header lines, chunk sizes and trailers together: a proxy adds cookies and policies of several kB, and
 * accepts a head of 4 or 8 kB itself (nginx, proxy_buffer_size).
 */
const MAX_HEAD_BYTES = 8 * 1024
const MAX_BODY_BYTES = 2048
/** What a response may take of the heap before it is parsed: more than one that is accepted has. */
export const MAX_RESPONSE_BYTES = MAX_HEAD_BYTES + MAX_BODY_BYTES + 1024
/** Only the first bytes of a line are kept; no relevant line is longer. */
const LINE_BYTES = 96
/** Only the first bytes of the body are kept; a response with settings has at most 224. */
export const KEPT_BODY_BYTES = 224

const CR = 13
const LF = 10
const COLON = 0x3a
/** sets the bit that distinguishes a small letter from its capital */
const LOWER_CASE = 0x20
const LETTER_A = 0x61
const LETTER_C = 0x63
const LETTER_D = 0x64
const LETTER_R = 0x72
const LETTER_T = 0x74
const LETTER_Z = 0x7a

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
    /** false if the server will close the connection */
    keepAlive: boolean
    /** Unix seconds of the `Date` header; undefined if absent or invalid */
    dateS: number
    /** seconds of the `Retry-After` header; undefined if absent or a date */
    retryAfterS: number
    readonly body = Buffer.alloc(KEPT_BODY_BYTES)
    /** length of the whole body, including what is not kept */
    bodyLength: number
    /** true after the first byte */
    begun: boolean
    private part: Part
    private headBytes: number
    private readonly line = Buffer.alloc(LINE_BYTES)
    private lineLength: number
    private contentLength: number
    private chunked: boolean
    /** bytes of the body, or of the current chunk, not received yet */
    private remaining: number

    /** Resets the parser: the next byte is the first of a response. */
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
     * Parses the bytes from `at` to `end`, up to the end of the response.
     *
     * @returns position behind the last byte parsed: `end`, unless the response ended before it
     * @throws UplinkError broken
     */
    feed(bytes: Buffer, at: number, end: number): number {
        while (at < end && this.part !== Part.Done) {
            this.begun = true
            at += this.isBody() ? this.takeBody(bytes, at, end) : this.takeHead(bytes, at, end)
        }
        return at
    }

    /** To be called when the server closes the connection. @throws UplinkError if the response is incomplete */
    end() {
        if (this.part === Part.OpenBody) this.part = Part.Done
        if (this.part === Part.Done) return
        throw this.begun ? broken("cut-short") : new UplinkError("no-connection", "closed")
    }

    private isBody(): boolean {
        return this.part === Part.SizedBody || this.part === Part.ChunkBody || this.part === Part.OpenBody
    }

    private takeBody(bytes: Buffer, at: number, end: number): number {
        const available = end - at
        const taken = this.part === Part.OpenBody ? available : Math.min(available, this.remaining)
        if (this.bodyLength + taken > MAX_BODY_BYTES) throw broken("body-too-long")
        this.body.blitAt(this.bodyLength, bytes, at, taken)
        this.bodyLength += taken
        this.remaining -= taken
        if (this.remaining === 0) this.part = this.part === Part.SizedBody ? Part.Done : Part.ChunkEnd
        return taken
    }

    /** Parses up to the end of the line or of the bytes. */
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
        const isTruncated = this.lineLength === LINE_BYTES
        if (this.lineLength > 0 && this.line[this.lineLength - 1] === CR) this.lineLength--
        if (this.part === Part.Header && this.isIrrelevant()) {
            this.lineLength = 0
            return
        }
        const text = this.line.slice(0, this.lineLength).toString()
        this.lineLength = 0
        switch (this.part) {
            case Part.Status:
                return this.takeStatus(text)
            case Part.Header:
                return text.length === 0 ? this.endHead() : this.takeHeader(text, isTruncated)
            case Part.ChunkSize:
                return this.takeChunkSize(text, isTruncated)
            case Part.ChunkEnd:
                return this.endChunk(text)
            default:
                if (text.length === 0) this.part = Part.Done
        }
    }

    /**
     * True for a header line whose name begins with another letter than those in `takeHeader`. Most
     * lines of a large head end here, without a string on the heap.
     */
    private isIrrelevant(): boolean {
        const initial = this.line[0] | LOWER_CASE
        if (this.lineLength === 0 || initial < LETTER_A || initial > LETTER_Z) return false
        if (initial === LETTER_C || initial === LETTER_D || initial === LETTER_R || initial === LETTER_T) return false
        const colon = this.line.indexOf(COLON)
        return colon > 0 && colon < this.lineLength
    }

    /** Parses "HTTP/1.1 200 OK"; the reason phrase may be absent (RFC 9112, 4). */
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

    /** @param isTruncated true if the line was longer than `LINE_BYTES`: a number in it may be incomplete */
    private takeHeader(text: string, isTruncated: boolean) {
        const colon = text.indexOf(":")
        if (colon <= 0) throw broken("bad-header")
        const name = text.slice(0, colon).toLowerCase()
        if (!isToken(name)) throw broken("bad-header")
        const value = trimmed(text, colon + 1)
        if (name === "content-length") this.takeContentLength(isTruncated ? "" : value)
        else if (name === "transfer-encoding") this.takeEncoding(isTruncated ? "" : value)
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

    /** Chooses the framing of the body (RFC 9112, 6.3). Two contradicting lengths are an attack or a fault. */
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
        this.remaining = this.contentLength
        this.part = Part.SizedBody
    }

    /** The body ends when the connection is closed. */
    private beginOpenBody() {
        this.keepAlive = false
        this.remaining = undefined
        this.part = Part.OpenBody
    }

    private takeChunkSize(text: string, isTruncated: boolean) {
        const end = text.indexOf(";")
        const size = isBlank(text, 0) ? undefined : hexNumber(trimmed(end < 0 ? text : text.slice(0, end), 0))
        if (size === undefined || (isTruncated && end < 0)) throw broken("bad-chunk")
        if (size > MAX_BODY_BYTES) throw broken("body-too-long")
        this.remaining = size
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

/** Not allowed in a field name, like control characters, spaces and non-ASCII (RFC 9110, 5.6.2). */
const DELIMITERS = '"(),/:;<=>?@[\\]{}'

function isToken(name: string): boolean {
    for (let i = 0; i < name.length; i++) {
        const code = name.charCodeAt(i)
        if (code <= 32 || code >= 127 || DELIMITERS.indexOf(name[i]) >= 0) return false
    }
    return true
}

/** The text from `start` on without surrounding spaces and tabs (RFC 9110, 5.6.3); `trim` would remove more. */
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

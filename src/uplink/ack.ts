/** Parses the body of the API's response to a batch. */

import { isWholeNumber } from "../decimal"
import { Acknowledgement, Rejection } from "../wire"
import { KEPT_BODY_BYTES, Response } from "./response"

/** The runtime's JSON parser recurses for each level, on a small stack. */
const MAX_DEPTH = 8

/** `ack` is checked to be a whole number, `desired` is unchecked; undefined if the body is not an acknowledgement. */
export function readAck(response: Response): Acknowledgement {
    const body = parseBody(response)
    const ack = (isWholeNumber(body) ? { ack: body } : body) as Acknowledgement
    return ack && isWholeNumber(ack.ack) ? ack : undefined
}

/** Sequence number of the reading that the API rejects; undefined if the body is not a rejection. */
export function readRejection(response: Response): number {
    const rejection = parseBody(response) as Rejection
    return rejection && isWholeNumber(rejection.rejected) ? rejection.rejected : undefined
}

/** undefined if the body is not JSON, or too long. */
function parseBody(response: Response): unknown {
    const length = response.bodyLength
    if (length > KEPT_BODY_BYTES || !isPlain(response.body, length)) return undefined
    try {
        return JSON.parse(response.body.slice(0, length).toString())
    } catch {
        return undefined
    }
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 0x22
const BACKSLASH = 0x5c
const TILDE = 126

/**
 * True if the runtime's JSON parser handles the text safely and strictly: ASCII,
 * few levels, numbers and strings spelled as RFC 8259 requires.
 */
function isPlain(bytes: Buffer, length: number): boolean {
    let opened = 0
    let inText = false
    for (let i = 0; i < length; i++) {
        const byte = bytes[i]
        if (byte > TILDE || (byte < SPACE && (inText || (byte !== TAB && byte !== LF && byte !== CR)))) return false
        if (byte === QUOTE) inText = !inText
        else if (inText && byte === BACKSLASH && bytes[i + 1] >= SPACE) i++
        else if (!inText && isMisspelt(bytes, i, length)) return false
        else if (!inText && (byte === 0x5b || byte === 0x7b)) opened++
    }
    return opened <= MAX_DEPTH
}

/** True for a point without a digit on each side, a leading 0, and the x of a hexadecimal number. */
function isMisspelt(bytes: Buffer, at: number, length: number): boolean {
    const before = at > 0 ? bytes[at - 1] : SPACE
    const after = at + 1 < length ? bytes[at + 1] : SPACE
    const char = bytes[at] | 0x20
    if (char === 0x78) return true
    if (bytes[at] === 0x2e) return !isDigit(before) || !isDigit(after)
    return bytes[at] === 0x30 && isDigit(after) && startsNumber(bytes, at - 1)
}

/** True if a digit after the byte at `at` is the first of a number, not of a fraction or an exponent. */
function startsNumber(bytes: Buffer, at: number): boolean {
    if (at < 0) return true
    const byte = bytes[at]
    if (byte === 0x2d) return at === 0 || (bytes[at - 1] | 0x20) !== 0x65
    return !isDigit(byte) && byte !== 0x2e && byte !== 0x2b && (byte | 0x20) !== 0x65
}

function isDigit(byte: number): boolean {
    return byte >= 0x30 && byte <= 0x39
}

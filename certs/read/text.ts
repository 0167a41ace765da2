/** Text files in the encodings that editors, spreadsheets and shells write. */
import { isUtf8 } from "node:buffer"

/** a UTF-16 text without a byte order mark has zeros in every other byte of its ASCII */
const MIN_TEXT_BYTES = 4

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252"

/** The text of a file, without its byte order mark. */
export function decodeText(bytes: Uint8Array): string {
    return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

/** By the byte order mark, the zeros beside ASCII, or validity as UTF-8; Windows-1252 if it can be none of them. */
export function encodingOf(bytes: Uint8Array): Encoding {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (startsWith(buffer, 0xff, 0xfe) || hasZerosAt(buffer, 1)) return "utf-16le"
    if (startsWith(buffer, 0xfe, 0xff) || hasZerosAt(buffer, 0)) return "utf-16be"
    return isUtf8(bytes) ? "utf-8" : "windows-1252"
}

/** True when the file begins with these bytes. */
export function startsWith(bytes: Buffer, ...start: number[]): boolean {
    return bytes.subarray(0, start.length).equals(Buffer.from(start))
}

/** True when the first bytes are printable ASCII with a zero before (0) or after (1) each of them. */
function hasZerosAt(bytes: Buffer, parity: 0 | 1): boolean {
    const start = bytes.subarray(0, MIN_TEXT_BYTES)
    if (start.length < MIN_TEXT_BYTES) return false
    return start.every((byte, at) => (at % 2 === parity ? byte === 0 : byte >= 0x20 && byte < 0x7f))
}

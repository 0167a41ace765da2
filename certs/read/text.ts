/** Text files in the encodings that editors and shells write. */

/** a UTF-16 text without a byte order mark has zeros in every other byte of its ASCII */
const MIN_TEXT_BYTES = 4

/** The text of a file in UTF-8 or UTF-16, by its byte order mark or its zeros; Latin-1 otherwise, for ASCII in it. */
export function decodeText(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes)
    if (startsWith(buffer, 0xef, 0xbb, 0xbf)) return new TextDecoder("utf-8").decode(bytes)
    if (startsWith(buffer, 0xff, 0xfe) || hasZerosAt(buffer, 1)) return new TextDecoder("utf-16le").decode(bytes)
    if (startsWith(buffer, 0xfe, 0xff) || hasZerosAt(buffer, 0)) return new TextDecoder("utf-16be").decode(bytes)
    return buffer.toString("latin1")
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

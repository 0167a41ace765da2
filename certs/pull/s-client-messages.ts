/**
 * Parses what `openssl s_client -msg` prints: each TLS record header and each handshake message with its bytes
 * (apps/lib/s_cb.c, msg_cb). From these the server's records are put together again as they were sent. OpenSSL 1.1.1
 * and 3.x.
 */

const RECORD_HEADER_BYTES = 5
const CHANGE_CIPHER_SPEC = 20
const LAST_CONTENT_TYPE = 23
const TLS_MAJOR_VERSION = 3
const CERTIFICATE_REQUEST = 13

/** `<<< TLS 1.2, Handshake [length 018a], Certificate`, then lines of hex */
const RECEIVED = /^<<< [^\n]*\[length [0-9a-f]+\][^\n]*\n((?: {4}[0-9a-f ]+\n)+)/gm

/** The server's records until it starts to encrypt; cut off where the handshake ended. */
export function serverRecords(stdout: string): Buffer {
    const { headers, contents } = plaintext(stdout)
    const stream = Buffer.concat(contents)
    const records: Buffer[] = []
    let at = 0
    for (const header of headers) {
        const end = at + header.readUInt16BE(RECORD_HEADER_BYTES - 2)
        if (end > stream.length) break
        records.push(header, stream.subarray(at, end))
        at = end
    }
    return Buffer.concat(records)
}

/** The handshake messages and alerts in these records, each whole. */
export function serverMessages(stdout: string): Buffer[] {
    return plaintext(stdout).contents
}

/** True if the server asked the client for a certificate. */
export function asksForClientCertificate(stdout: string): boolean {
    return serverMessages(stdout).some(message => message[0] === CERTIFICATE_REQUEST)
}

/** True if the handshake came to its end: the server's Finished has been received and checked. */
export function isFinished(stdout: string): boolean {
    return /^<<< .*\bFinished\r?$/m.test(stdout)
}

function plaintext(stdout: string): { headers: Buffer[]; contents: Buffer[] } {
    const blocks = [...stdout.replaceAll("\r\n", "\n").matchAll(RECEIVED)].map(([, lines = ""]) =>
        Buffer.from(lines.replaceAll(/\s/g, ""), "hex"),
    )
    const end = blocks.findIndex(block => isRecordHeader(block) && block[0] === CHANGE_CIPHER_SPEC)
    const before = end < 0 ? blocks : blocks.slice(0, end)
    return { headers: before.filter(isRecordHeader), contents: before.filter(block => !isRecordHeader(block)) }
}

/** No handshake message starts like a header: those of 5 bytes have no type from 20 to 23 in a server's plaintext. */
function isRecordHeader(block: Buffer): boolean {
    const [type = 0, version] = block
    return (
        block.length === RECORD_HEADER_BYTES &&
        version === TLS_MAJOR_VERSION &&
        type >= CHANGE_CIPHER_SPEC &&
        type <= LAST_CONTENT_TYPE
    )
}

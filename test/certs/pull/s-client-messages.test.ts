import assert from "node:assert/strict"
import {
    asksForClientCertificate,
    isFinished,
    serverMessages,
    serverRecords,
} from "../../../certs/pull/s-client-messages.ts"

/** As OpenSSL 3.0 prints it, with lines of 16 bytes; made-up messages. */
const CLIENT_HELLO = `>>> TLS 1.0, RecordHeader [length 0005]
    16 03 01 00 04
>>> TLS 1.2, Handshake [length 0004], ClientHello
    01 00 00 00
`
const SPLIT = `<<< TLS 1.2, RecordHeader [length 0005]
    16 03 03 00 0a
<<< TLS 1.2, RecordHeader [length 0005]
    16 03 03 00 08
<<< TLS 1.2, Handshake [length 0012], Certificate
    0b 00 00 0e 00 00 0b 00 00 08 01 02 03 04 05 06
    07 08
`
const REQUEST = `<<< TLS 1.2, RecordHeader [length 0005]
    16 03 03 00 04
<<< TLS 1.2, Handshake [length 0004], CertificateRequest
    0d 00 00 00
`
const ENCRYPTED = `<<< TLS 1.2, RecordHeader [length 0005]
    14 03 03 00 01
<<< TLS 1.2, RecordHeader [length 0005]
    16 03 03 00 28
<<< TLS 1.2, Handshake [length 0010], Finished
    14 00 00 0c 01 02 03 04 05 06 07 08 09 0a 0b 0c
`
const RECORDS = "160303000a0b00000e00000b000008" + "1603030008" + "0102030405060708"

describe("what openssl s_client -msg prints", () => {
    it("is put together to the server's records as they were sent, up to those that are encrypted", () => {
        const text = `CONNECTED(00000003)\n${CLIENT_HELLO}${SPLIT}${ENCRYPTED}---\n`
        assert.equal(serverRecords(text).toString("hex"), RECORDS)
        assert.equal(serverRecords(text.replaceAll("\n", "\r\n")).toString("hex"), RECORDS)
        assert.deepEqual(
            serverMessages(text).map(({ length }) => length),
            [18],
        )
    })

    it("gives the complete records of a handshake that was cut off", () => {
        const cut = SPLIT + REQUEST.split("\n").slice(0, 2).join("\n")
        assert.equal(serverRecords(`${cut}\n`).toString("hex"), RECORDS)
        assert.equal(serverRecords("").length, 0)
    })

    it("shows a request for a client certificate, and the end of the handshake", () => {
        assert.deepEqual([SPLIT, SPLIT + REQUEST].map(asksForClientCertificate), [false, true])
        assert.deepEqual([SPLIT, SPLIT + ENCRYPTED, ENCRYPTED.replaceAll("\n", "\r\n")].map(isFinished), [
            false,
            true,
            true,
        ])
        assert.equal(isFinished(ENCRYPTED.replaceAll("<<<", ">>>")), false)
    })
})

import assert from "node:assert/strict"
import { ServerFlight } from "../../../certs/chip/server-flight.ts"

/**
 * ServerHello of TLS 1.2 with an empty session id and suite c02b; then a Certificate message of two
 * certificates, "aa" and "bbcc".
 */
const serverHello = "02000026" + "0303" + "00".repeat(32) + "00" + "c02b" + "00"
const certificate = "0b00000c" + "000009" + "000001" + "aa" + "000002" + "bbcc"
const record = (payload: string) => "160303" + (payload.length / 2).toString(16).padStart(4, "0") + payload
const hex = (text: string) => Buffer.from(text, "hex")
const both = { state: "certificates", chain: [hex("aa"), hex("bbcc")], suite: 0xc02b }

describe("a server's flight", () => {
    it("returns the certificates in the order sent, and the suite", () => {
        assert.deepEqual(new ServerFlight().push(hex(record(serverHello) + record(certificate))), both)
    })

    it("reads two messages in one record", () => {
        assert.deepEqual(new ServerFlight().push(hex(record(serverHello + certificate))), both)
    })

    it("is read wherever the TCP stream is split", () => {
        const stream = hex(record(serverHello) + record(certificate))
        for (let cut = 1; cut < stream.length; cut++) {
            const flight = new ServerFlight()
            assert.equal(flight.push(stream.subarray(0, cut)).state, "reading", `cut at ${cut}`)
            assert.deepEqual(flight.push(stream.subarray(cut)), both, `cut at ${cut}`)
        }
    })

    it("is refused if a message is split over records, as in mbedTLS 3.5", () => {
        const split = record(certificate.slice(0, 12)) + record(certificate.slice(12))
        const state = new ServerFlight().push(hex(record(serverHello) + split))
        assert.equal(state.state === "refused" && state.error, "-0x7080")
    })

    it("leaves an alert or plain HTTP to the TLS engine", () => {
        assert.equal(new ServerFlight().push(hex("15030300020228")).state, "other")
        assert.equal(new ServerFlight().push(Buffer.from("HTTP/1.1 400 Bad Request")).state, "other")
    })

    it("is not read beyond a certificate list with wrong lengths", () => {
        const lie = "0b000007" + "000004" + "ffffff" + "aa"
        const state = new ServerFlight().push(hex(record(lie)))
        assert.deepEqual(state, { state: "certificates", chain: [hex("aa")], suite: 0 })
    })
})

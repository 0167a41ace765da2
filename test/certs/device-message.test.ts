import assert from "node:assert/strict"
import {
    accepts,
    inter,
    interFields,
    interKey,
    leaf,
    leafFields,
    refuses,
    root,
    verdictOf,
} from "../support/device-verdict.ts"
import { altNames, ca, dn, extension, mint, oid, seq, spkiOf, tlv } from "../support/mint.ts"

const interWith = (...extensions: Buffer[]) => mint({ ...interFields, extensions })

describe("certs/device reads the message", () => {
    it("and refuses one without certificates", () => {
        refuses([], "-0x7300", 0)
    })

    it("and refuses garbage anywhere in it, even when the rest is valid", () => {
        refuses([leaf, inter, Buffer.alloc(200)], "-0x2180", 0)
        refuses([Buffer.alloc(200, 0x30), inter], "-0x21E0", 0)
        const { reason } = verdictOf([leaf, Buffer.alloc(200), inter])
        assert.match(reason, /cannot read certificate 2 of 3 that the server sends: /)
    })

    it("and refuses a certificate under 128 bytes", () => {
        refuses([leaf, Buffer.alloc(127, 0x30)], "-0x7300", 0)
        refuses([leaf, Buffer.alloc(0)], "-0x7300", 0)
    })

    it("and ignores trailing bytes of a certificate", () => {
        accepts([Buffer.concat([leaf, Buffer.from("junk")]), inter])
    })

    it("and refuses more than fits into one TLS record", () => {
        const headers = 4 + 3 + 3 * 3
        const room = 16384 - headers - leaf.length - inter.length
        accepts([leaf, inter, Buffer.concat([root, Buffer.alloc(room - root.length)])])
        refuses([leaf, inter, Buffer.concat([root, Buffer.alloc(room - root.length + 1)])], "-0x7080", 0)
    })

    const criticalPolicy = extension("2.5.29.32", seq(seq(oid("1.2.3"))), true)
    const anotherPolicy = extension("2.5.29.32", seq(seq(oid("1.2.3"))))
    const noDay = tlv(0x17, Buffer.from("250230000000Z"))
    const faults: Record<string, [error: string, certificate: Buffer]> = {
        "a critical extension it does not know": ["-0x2562", interWith(ca(), extension("2.5.29.30", seq(), true))],
        "a critical policy other than anyPolicy": ["-0x2080", interWith(ca(), criticalPolicy)],
        "an extension twice": ["-0x2500", interWith(ca(), ca())],
        "extensions in version 1": ["-0x21E6", mint({ ...interFields, version: 0 })],
        "a version 4": ["-0x2580", mint({ ...interFields, version: 3 })],
        "a name of NumericString": ["-0x23E2", mint({ ...interFields, subject: dn("1", { tag: 0x12 }) })],
        "an empty issuer": ["-0x23E0", mint({ ...interFields, issuer: seq() })],
        "a day that does not exist": ["-0x2400", mint({ ...interFields, notAfter: noDay })],
        "an IP address of three bytes": ["-0x2800", interWith(ca(), altNames(tlv(0x87, Buffer.alloc(3))))],
        "a key off its curve": ["-0x4C80", mint({ ...interFields, spki: offCurve() })],
    }
    for (const [what, [error, certificate]] of Object.entries(faults)) {
        it(`and reports ${error} for ${what}`, () => refuses([leaf, certificate], error, 0))
    }

    it("and skips unknown extensions that are not critical", () => {
        accepts([leaf, interWith(ca(), extension("1.2.3", seq()), extension("1.2.3", seq()), anotherPolicy)])
        accepts([mint({ ...leafFields, subject: seq() }), inter])
    })
})

function offCurve(): Buffer {
    const spki = Buffer.from(spkiOf(interKey))
    spki[spki.length - 1]! ^= 1
    return spki
}

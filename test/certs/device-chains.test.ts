import assert from "node:assert/strict"
import {
    accepts,
    INTER,
    inter,
    interFields,
    leaf,
    leafFields,
    ROOT,
    refuses,
    root,
    rootFields,
    rootKey,
    strangeKey,
    verdictOf,
} from "../support/device-verdict.ts"
import {
    ANY_PURPOSE,
    altNames,
    CLIENT_AUTH,
    ca,
    dn,
    dns,
    ec,
    extendedKeyUsage,
    IA5,
    keyUsage,
    mint,
    oid,
    PRINTABLE,
    packBundle,
    SERVER_AUTH,
    seq,
    spkiOf,
    tlv,
} from "../support/mint.ts"

const san = altNames(dns("leaf.test"))
const leafWith = (...extensions: Buffer[]) => mint({ ...leafFields, extensions: [san, ...extensions] })
const interWith = (...extensions: Buffer[]) => mint({ ...interFields, extensions })
const ALL = 0xffffffff
const dnOf = (text: Buffer) => seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, text))))

describe("certs/device links the path", () => {
    it("from a leaf through its intermediate to a pinned root, sent or not", () => {
        accepts([leaf, inter])
        accepts([leaf, inter, root])
    })

    it("past certificates sent twice and unrelated certificates", () => {
        const stray = mint({ ...rootFields, subject: dn("Stray") })
        accepts([leaf, leaf, stray, inter, inter, stray, root, root])
    })

    it("only forward: intermediates in reverse order do not link", () => {
        const upperKey = ec()
        const upper = mint({ ...rootFields, subject: dn("Upper"), key: upperKey })
        const lower = mint({ ...interFields, issuer: dn("Upper"), signer: upperKey })
        accepts([leaf, lower, upper])
        refuses([leaf, upper, lower], "-0x3000", ALL)
        refuses([inter, leaf], "-0x2700", 0xc)
    })

    it("not through a certificate without the CA flag, or whose key usage forbids it", () => {
        refuses([leaf, interWith()], "-0x3000", ALL)
        refuses([leaf, interWith(ca(), keyUsage(0x80))], "-0x3000", ALL)
        refuses([leaf, interWith(ca(), keyUsage(0x05))], "-0x3000", ALL)
        accepts([leaf, interWith(ca(), keyUsage(0x06))])
        accepts([leaf, interWith(), inter])
    })

    it("not through a version 1 certificate", () => {
        refuses([leaf, mint({ ...interFields, version: 0, extensions: [] })], "-0x3000", ALL)
    })

    it("not through a certificate whose path length is used up", () => {
        const upperKey = ec()
        const lower = mint({ ...interFields, issuer: dn("Upper"), signer: upperKey })
        const upperFields = { ...rootFields, subject: dn("Upper"), key: upperKey }
        const upper = (pathLength: number) => mint({ ...upperFields, extensions: [ca(pathLength)] })
        refuses([leaf, lower, upper(0)], "-0x3000", ALL)
        accepts([leaf, lower, upper(1)])
    })

    it("without counting self-issued certificates that have another one above them", () => {
        const [oldKey, upperKey] = [ec(), ec()]
        const rollover = mint({ ...interFields, issuer: INTER, signer: oldKey })
        const old = (pathLength?: number) => mint({ ...interFields, key: oldKey, extensions: [ca(pathLength)] })
        refuses([leaf, rollover, old(0)], "-0x3000", ALL)
        accepts([leaf, rollover, old(1)])
        const lower = mint({ ...interFields, key: oldKey, issuer: dn("Upper"), signer: upperKey })
        const upper = mint({ ...rootFields, subject: dn("Upper"), key: upperKey, extensions: [ca(1)] })
        accepts([leaf, rollover, lower, upper])
    })

    it("by the first name that matches, even when another certificate has the right key", () => {
        const impostor = mint({ ...interFields, key: strangeKey })
        refuses([leaf, impostor, inter], "-0x3000", ALL)
        accepts([leaf, inter, impostor])
    })

    it("through names that differ in case or string type, while the bundle is compared byte for byte", () => {
        accepts([mint({ ...leafFields, issuer: dn("iNTER", { tag: PRINTABLE }) }), inter])
        refuses([leaf, mint({ ...interFields, issuer: dn("Root", { tag: PRINTABLE }) })], "-0x3000", ALL)
        refuses([leaf, mint({ ...interFields, issuer: dn("ROOT") })], "-0x3000", ALL)
        accepts([leaf, mint({ ...interFields, issuer: dn("ROOT") }), root])
    })

    it("not through names that differ in other string types, in space or in letters beyond ASCII", () => {
        const pathOf = (issuer: Buffer, subject: Buffer) =>
            verdictOf([mint({ ...leafFields, issuer }), mint({ ...interFields, subject })]).path.length
        assert.equal(pathOf(dn("Inter"), dn("Inter")), 2)
        assert.equal(pathOf(dn("Inter", { tag: IA5 }), dn("Inter")), 1)
        assert.equal(pathOf(dn("Inter "), dn("Inter")), 1)
        assert.equal(pathOf(dn("ÜNTER"), dn("ünter")), 1)
        assert.equal(pathOf(dn("\u00c1"), dnOf(Buffer.of(0xe3, 0x81))), 1)
        assert.equal(pathOf(dn("a[b"), dn("a{b")), 1)
    })

    it("through at most 8 intermediates", () => {
        const keys = Array.from({ length: 10 }, () => ec())
        const chain = (length: number) =>
            Array.from({ length }, (_, at) => {
                const last = at === length - 1
                return mint({
                    subject: at === 0 ? dn("leaf.test") : dn(`CA ${at}`),
                    issuer: last ? ROOT : dn(`CA ${at + 1}`),
                    key: keys[at]!,
                    signer: last ? rootKey : keys[at + 1]!,
                    extensions: at === 0 ? [san] : [ca()],
                })
            })
        accepts(chain(9))
        refuses(chain(10), "-0x3000", ALL)
        assert.deepEqual(verdictOf(chain(10)).path, [])
        refuses(chain(10), "-0x7680", ALL, { bundle: Buffer.alloc(0) })
    })

    it("to a self-signed leaf that is pinned", () => {
        const key = ec()
        const name = dn("leaf.test")
        const own = mint({ ...leafFields, issuer: name, subject: name, key, signer: key })
        accepts([own], { bundle: packBundle([name, spkiOf(key)]) })
        refuses([own], "-0x3000", ALL)
    })

    it("without checking dates", () => {
        const past = tlv(0x17, Buffer.from("700101000000Z"))
        accepts([mint({ ...leafFields, notBefore: past, notAfter: past }), inter])
    })
})

describe("certs/device checks the use of the leaf", () => {
    it("extended key usage: servers, any purpose, or absent", () => {
        accepts([leafWith(extendedKeyUsage(SERVER_AUTH)), inter])
        accepts([leafWith(extendedKeyUsage(ANY_PURPOSE)), inter])
        accepts([leafWith(extendedKeyUsage(CLIENT_AUTH, SERVER_AUTH)), inter])
        refuses([leafWith(extendedKeyUsage(CLIENT_AUTH)), inter], "-0x7A00", 0x1000)
    })

    it("extended key usage of the intermediate: not checked", () => {
        accepts([leaf, interWith(ca(), extendedKeyUsage(CLIENT_AUTH))])
    })

    it("key usage: as the key exchange requires", () => {
        const [signs, enciphers] = [leafWith(keyUsage(0x80)), leafWith(keyUsage(0x20))]
        accepts([signs, inter])
        refuses([enciphers, inter], "-0x7A00", 0x800)
        refuses([leafWith(keyUsage(0x04)), inter], "-0x7A00", 0x800)
        accepts([enciphers, inter], { keyExchange: "RSA" })
        refuses([signs, inter], "-0x7A00", 0x800, { keyExchange: "RSA" })
        accepts([leafWith(keyUsage(0x08)), inter], { keyExchange: "ECDH" })
    })

    it("key usage with encipherOnly or decipherOnly allows nothing", () => {
        refuses([leafWith(keyUsage(0x81)), inter], "-0x7A00", 0x800)
        refuses([leafWith(keyUsage(0x80, 0x80)), inter], "-0x7A00", 0x800)
    })

    it("only after the path was verified", () => {
        const wrong = leafWith(keyUsage(0x04), extendedKeyUsage(CLIENT_AUTH))
        refuses([wrong, inter], "-0x2700", 0x1804, { name: "other.test" })
        refuses([wrong], "-0x3000", ALL)
    })
})

import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { rootCertificates } from "node:tls"
import { linkChain } from "../../../certs/chain.ts"
import { type Certificate, isSignedBy, parseCertificate, parsePem, toPem } from "../../../certs/x509/certificate.ts"
import {
    altNames,
    ca,
    dn,
    dns,
    ec,
    keyUsage,
    type Minted,
    mint,
    oid,
    PRINTABLE,
    schemes,
    seq,
    spkiOf,
    tlv,
} from "../../support/mint.ts"

const FIXTURES = new URL("../../fixtures/certs/", import.meta.url)
const ROOT = dn("Root")
const INTER = dn("Inter")
const LEAF = dn("leaf.test")
const [rootKey, interKey, leafKey] = [ec(), ec(), ec()]
const rootFields: Minted = { subject: ROOT, issuer: ROOT, key: rootKey, signer: rootKey, extensions: [ca()] }
const interFields: Minted = { ...rootFields, subject: INTER, key: interKey }
const san = altNames(dns("leaf.test"))
const leafFields: Minted = { subject: LEAF, issuer: INTER, key: leafKey, signer: interKey, extensions: [san] }
const make = (fields: Minted) => parseCertificate(mint(fields))
const [root, inter, leaf] = [make(rootFields), make(interFields), make(leafFields)]
const subjectsOf = (chain: Certificate[]) => chain.map(({ subject }) => subject)
const malformed = { name: "AirpinError", code: "CERTIFICATE_MALFORMED" }

describe("parseCertificate", () => {
    it("keeps subject, issuer, key and TBS as slices of the certificate", () => {
        const der = mint(leafFields)
        const { subjectDer, issuerDer, spkiDer, tbsDer } = parseCertificate(der)
        assert.deepEqual(subjectDer, LEAF)
        assert.deepEqual(issuerDer, INTER)
        assert.deepEqual(spkiDer, spkiOf(leafKey))
        assert.deepEqual(tbsDer, der.subarray(4, 4 + tbsDer.length))
        assert.equal(der[4], 0x30)
    })

    it("does not repair a name whose length is written longer than needed", () => {
        const long = Buffer.concat([Buffer.of(0x30, 0x81, ROOT.length - 2), ROOT.subarray(2)])
        assert.deepEqual(make({ ...rootFields, subject: long }).subjectDer, long)
    })

    it("keeps the string type of a name", () => {
        const printable = make({ ...rootFields, subject: dn("Root", { tag: PRINTABLE }) })
        assert.equal(printable.subjectDer.toString("hex"), "300f310d300b06035504031304526f6f74")
        assert.equal(root.subjectDer.toString("hex"), "300f310d300b06035504030c04526f6f74")
        assert.equal(printable.subject, root.subject)
    })

    it("computes the SHA-256 of the key as openssl does", () => {
        const [first] = parsePem(readFileSync(new URL("anchors.pem", FIXTURES), "utf8"))
        assert.equal(first!.spkiSha256, "424388a2bf67eee2eb1beeb8f55621b60d9f5ead7975d8a4257047bdc8e7ac04")
    })

    it("reads validity from both time formats", () => {
        const { notBefore, notAfter } = make({
            ...rootFields,
            notBefore: tlv(0x17, Buffer.from("991231235958Z")),
            notAfter: tlv(0x18, Buffer.from("20500101000000Z")),
        })
        assert.equal(notBefore.toISOString(), "1999-12-31T23:59:58.000Z")
        assert.equal(notAfter.toISOString(), "2050-01-01T00:00:00.000Z")
    })

    it("refuses a day that does not exist", () => {
        const notAfter = tlv(0x17, Buffer.from("250229000000Z"))
        assert.throws(() => make({ ...rootFields, notAfter }), malformed)
    })

    it("recognises a CA by its basic constraints only", () => {
        assert.deepEqual([root.isCa, inter.isCa, leaf.isCa], [true, true, false])
        assert.equal(root.pathLength, undefined)
        assert.equal(make({ ...rootFields, extensions: [ca(0)] }).pathLength, 0)
    })

    it("lists extensions undecoded", () => {
        assert.deepEqual(make({ ...rootFields, extensions: [keyUsage(0x06)] }).extensions, [
            { oid: "2.5.29.15", critical: true, value: Buffer.of(3, 2, 0, 6) },
        ])
    })

    it("reads every root certificate of Node", () => {
        const roots = rootCertificates.flatMap(parsePem)
        assert.equal(roots.length, rootCertificates.length)
        assert.ok(roots.every(({ subject, isCa }) => subject.includes("=") && isCa))
    })

    it("refuses a certificate truncated anywhere", () => {
        const der = mint(rootFields)
        for (let length = 0; length < der.length; length++) {
            assert.throws(() => parseCertificate(der.subarray(0, length)), malformed, `${length} bytes`)
        }
    })

    const folder = new URL("bad-certificates/", FIXTURES)
    for (const file of readdirSync(folder)) {
        it(`refuses ${file}`, () => {
            const [code] = file.split("-")
            assert.throws(() => parseCertificate(readFileSync(new URL(file, folder))), { name: "AirpinError", code })
        })
    }
})

describe("readable names", () => {
    const subjectOf = (subject: Buffer) => make({ ...rootFields, subject }).subject

    it("puts the most specific part first", () => {
        assert.equal(subjectOf(dn("Root", { more: ["C=XX", "O=Test"] })), "CN=Root, O=Test, C=XX")
    })

    it("escapes as RFC 4514 requires", () => {
        assert.equal(subjectOf(dn(' a,b+c"d\\e<f>g;h ')), 'CN=\\ a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ')
    })

    it("writes control and format characters as hex, so that terminals ignore them", () => {
        assert.equal(subjectOf(dn("a\x1b[31mb\u202ec\x00")), "CN=a\\1b[31mb\\e2\\80\\aec\\00")
        assert.equal(subjectOf(dn("Müller")), "CN=Müller")
    })

    it("joins the attributes of one RDN with a plus", () => {
        const attributes = ["O", "Test"].map((text, at) => seq(oid(`2.5.4.${10 + at}`), tlv(0x0c, Buffer.from(text))))
        assert.equal(subjectOf(seq(tlv(0x31, ...attributes))), "O=O+OU=Test")
    })

    it("writes an unknown attribute by its OID, and a value that is not a string as hex", () => {
        const attribute = seq(oid("1.2.3.4"), tlv(0x02, Buffer.of(7)))
        assert.equal(subjectOf(seq(tlv(0x31, attribute))), "1.2.3.4=#020107")
    })

    it("returns an empty text for an empty name", () => {
        assert.equal(subjectOf(seq()), "")
    })
})

describe("PEM", () => {
    it("finds the certificates in the output of openssl s_client, in order", () => {
        const text = [
            "depth=1\r\nCertificate chain\r\n",
            toPem(leaf).replaceAll("\n", "\r\n"),
            "---\r\n 1 s:CN\r\n",
            toPem(inter),
            "-----BEGIN SSL SESSION PARAMETERS-----\nAA==\n",
        ].join("")
        assert.deepEqual(subjectsOf(parsePem(text)), ["CN=leaf.test", "CN=Inter"])
    })

    it("writes 64 columns and a final newline", () => {
        const lines = toPem(root).split("\n")
        assert.equal(lines[0], "-----BEGIN CERTIFICATE-----")
        assert.ok(lines.slice(1, -3).every(line => line.length === 64))
        assert.deepEqual(lines.slice(-2), ["-----END CERTIFICATE-----", ""])
        assert.deepEqual(parsePem(toPem(root))[0]!.der, root.der)
    })

    it("refuses a text without a certificate", () => {
        assert.throws(() => parsePem("-----BEGIN PRIVATE KEY-----\n"), { name: "AirpinError", code: "PEM_EMPTY" })
    })

    it("refuses a block that contains no certificate", () => {
        assert.throws(() => parsePem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), malformed)
    })
})

describe("isSignedBy", () => {
    it("is true for the issuer's key and no other", () => {
        assert.equal(isSignedBy(leaf, inter), true)
        assert.equal(isSignedBy(leaf, root), false)
        assert.equal(isSignedBy(root, root), true)
    })

    it("is false for a key of another type", () => {
        const { publicKey } = generateKeyPairSync("x25519")
        assert.equal(isSignedBy(leaf, { spkiDer: publicKey.export({ format: "der", type: "spki" }) }), false)
    })

    it("is false for bytes that are not a key", () => {
        assert.equal(isSignedBy(leaf, { spkiDer: Buffer.of(0x30, 0) }), false)
    })

    it("supports algorithms that the chip does not know", () => {
        const key = generateKeyPairSync("ed25519")
        const certificate = make({ ...rootFields, key, signer: key, scheme: schemes.ed25519 })
        assert.equal(isSignedBy(certificate, certificate), true)
    })
})

describe("linkChain", () => {
    const linked = (...chain: Certificate[]) => subjectsOf(linkChain(chain))

    it("links from the leaf to the top, past unrelated certificates", () => {
        const stray = make({ ...rootFields, subject: dn("Stray") })
        assert.deepEqual(linked(leaf, stray, inter, stray, root), ["CN=leaf.test", "CN=Inter", "CN=Root"])
    })

    it("does not link to a parent that was sent before its child", () => {
        assert.deepEqual(linked(leaf, root, inter), ["CN=leaf.test", "CN=Inter"])
        assert.deepEqual(linked(inter, leaf), ["CN=Inter"])
    })

    it("takes the first certificate as the leaf, whatever it is", () => {
        assert.deepEqual(linked(root, inter, leaf), ["CN=Root"])
    })

    it("matches a parent's name without regard to case and string type, as mbedTLS does", () => {
        const issuer = dn("iNTER", { tag: PRINTABLE })
        assert.deepEqual(linked(make({ ...leafFields, issuer }), inter), ["CN=leaf.test", "CN=Inter"])
    })

    it("skips a certificate that is not a CA or may not sign certificates", () => {
        const noCa = make({ ...interFields, extensions: [] })
        const noSigning = make({ ...interFields, extensions: [ca(), keyUsage(0x80)] })
        assert.deepEqual(linked(leaf, noCa, noSigning), ["CN=leaf.test"])
    })

    it("skips a certificate whose path length is used up", () => {
        const narrow = make({ ...rootFields, extensions: [ca(0)] })
        assert.deepEqual(linked(leaf, inter, narrow), ["CN=leaf.test", "CN=Inter"])
    })

    it("links by name even when the signature is bad, which is checked later", () => {
        const impostor = make({ ...interFields, key: ec() })
        assert.deepEqual(linkChain([leaf, impostor, inter])[1], impostor)
    })

    it("leaves out certificates with a signature algorithm that the chip does not know", () => {
        const signer = generateKeyPairSync("ed25519")
        const dropped = make({ ...interFields, signer, scheme: schemes.ed25519 })
        assert.deepEqual(linkChain([leaf, dropped, inter])[1], inter)
    })

    it("returns an empty path for an empty list", () => {
        assert.deepEqual(linkChain([]), [])
    })
})

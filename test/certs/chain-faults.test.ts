import assert from "node:assert/strict"
import { chainFaults } from "../../certs/chain-faults.ts"
import { checkChain } from "../../certs/check.ts"
import { chooseAnchors } from "../../certs/choose-anchors.ts"
import { parseCertificate } from "../../certs/x509/certificate.ts"
import { inter, interFields, leaf, leafFields, root, rootFields, strangeKey } from "../support/device-verdict.ts"
import { dn, ec, mint } from "../support/mint.ts"

const NOW = new Date("2026-03-01T12:00:00Z")
const read = (...ders: Buffer[]) => ders.map(parseCertificate)

const upperKey = ec()
const upper = mint({ ...interFields, subject: dn("Upper"), key: upperKey })
const lowerKey = ec()
const lower = mint({ ...interFields, subject: dn("Lower"), key: lowerKey, issuer: dn("Upper"), signer: upperKey })
const leafOfLower = mint({ ...leafFields, issuer: dn("Lower"), signer: lowerKey })
const commonName = mint({ ...leafFields, extensions: [] })
const namesake = mint({ ...interFields, key: strangeKey })

const choose =
    (...ders: Buffer[]) =>
    () =>
        chooseAnchors(read(...ders), { roots: read(root), nodeRoots: [], now: NOW, serverName: "leaf.test" })

describe("a chain in the wrong order", () => {
    const wrong: [title: string, ders: Buffer[], order: string][] = [
        ["its intermediates swapped", [leafOfLower, upper, lower], "1, 3, 2"],
        ["the leaf last", [upper, lower, leafOfLower], "3, 2, 1"],
        ["the root first", [root, inter, leaf], "3, 2"],
    ]
    for (const [title, ders, order] of wrong)
        it(`is named as such: ${title}`, () => {
            const [fault] = chainFaults(read(...ders))
            assert.equal(fault?.kind, "order")
            assert.match(
                fault.text,
                new RegExp(`^the chain is in the wrong order: .*; devices need the order ${order}$`),
            )
            assert.throws(choose(...ders), { code: "CHAIN_ORDER_WRONG" })
            const { state, reason } = checkChain(read(...ders), {
                anchors: read(root),
                serverName: "leaf.test",
                now: NOW,
            })
            assert.deepEqual([state, /wrong order/.test(reason)], ["refused", true], reason)
        })

    it("is not a fault where only the root is in the wrong place: devices accept that", () => {
        assert.deepEqual(chainFaults(read(leaf, root, inter)), [])
        assert.equal(choose(leaf, root, inter)().length, 1)
    })

    it("is not said of an ordered chain, with or without strangers and copies", () => {
        const stray = mint({ ...rootFields, subject: dn("Stray") })
        for (const ders of [[leaf, inter], [leaf, inter, root], [leaf, stray, inter], [leaf, leaf, inter], [inter]])
            assert.deepEqual(chainFaults(read(...ders)), [])
    })

    it("does not hide another error", () => {
        assert.throws(() => chooseAnchors(read(leafOfLower, upper, lower), { roots: [], now: NOW, serverName: "-" }), {
            code: "CHAIN_ORDER_WRONG",
        })
        assert.throws(choose(mint({ ...leafFields, issuer: dn("Lost"), signer: strangeKey }), inter), {
            code: "CHAIN_UNTRUSTED",
        })
    })
})

describe("a certificate without subjectAltName", () => {
    it("is named as such", () => {
        const [fault] = chainFaults(read(commonName, inter))
        assert.equal(fault?.kind, "no-alt-name")
        assert.match(fault.text, /^"CN=leaf\.test" has no subjectAltName, only a common name/)
        assert.throws(choose(commonName, inter), { code: "HOST_MISMATCH", message: /has no subjectAltName/ })
    })
})

describe("two CAs of one name", () => {
    it("are named as such in a chain", () => {
        const [fault] = chainFaults(read(leaf, namesake, inter))
        assert.equal(fault?.kind, "same-name")
        assert.match(fault.text, /^certificates 2 and 3 are two CAs with different keys and one name, "CN=Inter"/)
        assert.throws(choose(leaf, namesake, inter), { code: "ANCHOR_CONFLICT", message: /^certificates 2 and 3/ })
    })

    it("are named as such when the trusted one is not the issuer", () => {
        const other = mint({ ...rootFields, key: strangeKey, signer: strangeKey })
        assert.throws(
            () =>
                chooseAnchors(read(leaf, inter), {
                    roots: read(other),
                    nodeRoots: [],
                    now: NOW,
                    serverName: "leaf.test",
                }),
            {
                code: "SIGNATURE_INVALID",
                message: /was issued by another CA named "CN=Root" than the one that is trusted/,
            },
        )
    })
})

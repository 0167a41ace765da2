import assert from "node:assert/strict"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { parseCertificate, toPem } from "../../../certs/x509/certificate.ts"
import { generateKey } from "../../../certs/x509/issue.ts"
import { checkCandidate } from "../../../devs/edge/renewal/candidate-check.ts"
import { inOrder } from "../../../devs/edge/renewal/candidates.ts"
import { judgeDevices, offerFault } from "../../../devs/edge/renewal/judge.ts"
import { hasCode } from "../../support/error-code.ts"
import { altNames, dn, dns, ec, mint, schemes } from "../../support/mint.ts"
import {
    type Authority,
    authority,
    certify,
    DAY_MS,
    deviceWith,
    NAME,
    START,
    sourceOf,
} from "../support/renewal-world.ts"

let rootA: Authority
let rootB: Authority
let e1: Authority
/** leaf by E1, and its key */
let leaf: Certificate
let keyPem: string

before(async () => {
    ;[rootA, rootB, e1] = [await authority("Root A"), await authority("Root B"), await authority("E1")]
    const issuance = {
        intermediate: e1,
        above: [{ label: "leaf", certificates: [] }],
        lifetimeMs: 90 * DAY_MS,
        orders: [],
    }
    const issued = await sourceOf("ca", issuance, () => START).issue({ names: [NAME], keyType: "P-256" })
    keyPem = issued.keyPem
    leaf = parsedLeaf(issued.chains[0]!.pem)
})

const parsedLeaf = (pem: string) => parseCertificate(Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64"))
const pem = (...chain: Certificate[]) => chain.map(toPem).join("")
const judge = (chain: Certificate[], device: Parameters<typeof judgeDevices>[1][number], baseline?: Certificate[]) => {
    const [judged] = judgeDevices(chain, [device], { names: [NAME], ...(baseline && { baseline }) })
    return { stand: judged?.stand, anchor: judged?.anchor, reason: judged?.reason ?? "" }
}

describe("the judgement of a device", () => {
    it("is that of the chip on its bundle, with the anchor through which it accepts", () => {
        const device = deviceWith("Kitchen", rootA.certificate)
        const chain = [leaf, certify(e1, rootA)]
        assert.deepEqual([judge(chain, device).stand, judge(chain, device).anchor], ["accepts", "CN=Root A"])
        const other = judge([leaf, certify(e1, rootB)], device)
        assert.deepEqual([other.stand, other.anchor], ["refuses", undefined])
        assert.match(other.reason, /^refused: .*Root B/)
    })

    it("looks at the issuer of the topmost certificate, as the chip does: a cross-sign decides", () => {
        const [withA, withB] = [deviceWith("Old", rootA.certificate), deviceWith("New", rootB.certificate)]
        const crossed = [leaf, certify(e1, rootB), certify(rootB, rootA)]
        assert.deepEqual([judge(crossed, withA).stand, judge(crossed, withB).stand], ["accepts", "refuses"])
        const plain = crossed.slice(0, 2)
        assert.deepEqual([judge(plain, withA).stand, judge(plain, withB).stand], ["refuses", "accepts"])
    })

    it("counts for each of the server's names", () => {
        const device = deviceWith("Kitchen", rootA.certificate)
        const [judged] = judgeDevices([leaf, certify(e1, rootA)], [device], { names: [NAME, "other.example.org"] })
        assert.equal(judged?.stand, "refuses")
    })

    it("without a manifest is to accept what has the same issuer, by name and key", async () => {
        const device = deviceWith("Attic")
        const baseline = [leaf, certify(e1, rootA)]
        const e2 = await authority("E2")
        const renewed = judge([certify(e2, rootA)], device, baseline)
        assert.deepEqual([renewed.stand, renewed.anchor], ["accepts", "CN=Root A"])
        assert.equal(judge([leaf, certify(e1, rootB)], device, baseline).stand, "unknown")
        const namesake = await authority("Root A")
        assert.equal(
            judge([leaf, certify(e1, namesake)], device, baseline).stand,
            "unknown",
            "another key of that name",
        )
        assert.equal(judge([leaf, certify(e1, rootA)], device).stand, "unknown", "nothing serves")
    })

    it("without a manifest does not mind a root that is sent or left out", () => {
        const device = deviceWith("Attic")
        const [without, withRoot] = [
            [leaf, certify(e1, rootA)],
            [leaf, certify(e1, rootA), rootA.certificate],
        ]
        assert.deepEqual(
            [judge(without, device, withRoot).stand, judge(withRoot, device, without).stand],
            ["accepts", "accepts"],
        )
    })

    it("is a refusal of keys and signatures that the chip does not offer", () => {
        const minted = (key: ReturnType<typeof ec>, scheme = schemes.ecdsaSha256) =>
            parseCertificate(
                mint({
                    subject: dn("leaf"),
                    issuer: dn("Root A"),
                    key,
                    signer: { privateKey: rootA.privateKey, publicKey: rootA.privateKey },
                    scheme,
                    extensions: [altNames(dns(NAME))],
                }),
            )
        assert.equal(offerFault([minted(ec("P-256"))]), undefined)
        assert.equal(offerFault([minted(ec("brainpoolP256r1"))]), undefined)
        assert.equal(offerFault([minted(ec("secp256k1"))]), "the chip offers no handshake with a secp256k1 key")
        assert.match(
            offerFault([minted(ec("P-256"), schemes.ecdsaSha1)]) ?? "",
            /^the signature of "CN=leaf" \(1.2.840.10045.4.1\) is not among those/,
        )
        const refused = judge([minted(ec("secp256k1"))], deviceWith("Kitchen", rootA.certificate))
        assert.equal(refused.stand, "refuses")
    })
})

describe("a candidate", () => {
    const check = (text: string, { names = [NAME], key = keyPem, now = START } = {}) =>
        checkCandidate(text, key, { names, now })

    it("is fit if each certificate is signed by the next, and names, dates and key are right", () => {
        assert.equal(check(pem(leaf, certify(e1, rootB), certify(rootB, rootA))).length, 3)
    })

    it("is refused in another order, because the chip would not find its issuers", () => {
        assert.throws(() => check(pem(certify(e1, rootA), leaf)), hasCode("CHAIN_ORDER_WRONG"))
        const crossed = pem(leaf, certify(rootB, rootA), certify(e1, rootB))
        assert.throws(() => check(crossed), hasCode("CHAIN_ORDER_WRONG"))
        assert.throws(() => check(pem(leaf, certify(rootB, rootA))), hasCode("CHAIN_ORDER_WRONG"))
    })

    it("is refused with another key", async () => {
        const other = (await generateKey("P-256")).export({ type: "pkcs8", format: "pem" }) as string
        const chain = pem(leaf, certify(e1, rootA))
        assert.throws(() => check(chain, { key: other }), hasCode("EDGE_KEY_MISMATCH"))
        assert.throws(() => check(chain, { key: "no key" }), hasCode("EDGE_KEY_MISMATCH"))
    })

    it("is refused with an issuer of the right name and the wrong key", async () => {
        const namesake = await authority("E1")
        assert.throws(() => check(pem(leaf, certify(namesake, rootA))), hasCode("SIGNATURE_INVALID"))
    })

    it("is refused with an expired intermediate, or before its first day", () => {
        const expired = certify(e1, rootA, new Date(START.getTime() - DAY_MS))
        assert.throws(() => check(pem(leaf, expired)), hasCode("CHAIN_EXPIRED"))
        const early = { now: new Date(START.getTime() - 2 * DAY_MS) }
        assert.throws(() => check(pem(leaf, certify(e1, rootA)), early), hasCode("CHAIN_NOT_YET_VALID"))
    })

    it("is refused without one of the names", () => {
        const names = [NAME, "other.example.org"]
        assert.throws(() => check(pem(leaf, certify(e1, rootA)), { names }), hasCode("HOST_MISMATCH"))
    })

    it("is refused if there is no certificate in it", () => {
        assert.throws(() => check("<html>"), hasCode("PEM_EMPTY"))
    })

    it("comes first if its topmost issuer is the preferred one, else in the CA's order", () => {
        const chains = [
            { label: "default (Root A)", pem: pem(leaf, certify(e1, rootA)) },
            { label: "alternate 1 (Root B)", pem: pem(leaf, certify(e1, rootB)) },
        ]
        const labels = (preferred?: string) => inOrder(chains, preferred).map(({ label }) => label)
        assert.deepEqual(labels("Root B"), ["alternate 1 (Root B)", "default (Root A)"])
        assert.deepEqual(labels("Root"), ["default (Root A)", "alternate 1 (Root B)"])
        assert.deepEqual(labels(), ["default (Root A)", "alternate 1 (Root B)"])
    })
})

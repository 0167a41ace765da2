import assert from "node:assert/strict"
import { rootCertificates } from "node:tls"
import { type CheckRequest, checkChain, dateText } from "../../certs/check.ts"
import { presentedChain } from "../../certs/presented-chains.ts"
import { parseCertificate, parsePem } from "../../certs/x509/certificate.ts"
import { inter, interFields, leaf, leafFields, root, rootFields, strangeKey } from "../support/device-verdict.ts"
import { ca, dn, ec, keyUsage, type Minted, mint, tlv } from "../support/mint.ts"

const NOW = new Date("2026-03-01T12:00:00Z")
const DAY_MS = 24 * 3600 * 1000
const utc = (text: string) => tlv(0x17, Buffer.from(text))
const chainOf = (...ders: Buffer[]) => ders.map(parseCertificate)
const pinned = chainOf(leaf, inter)
const before = presentedChain("leaf.test", pinned)
const anchors = chainOf(root)

const check = (ders: Buffer[], more: Partial<CheckRequest> = {}) =>
    checkChain(chainOf(...ders), { anchors, serverName: "leaf.test", before, now: NOW, ...more })

const leafUntil = (end: string) => mint({ ...leafFields, notAfter: utc(end) })
const rootUntil = (end: string) => chainOf(mint({ ...rootFields, notAfter: utc(end) }))

const otherInterKey = ec()
const otherInterFields: Minted = { ...interFields, subject: dn("Inter 2"), key: otherInterKey }
const otherInter = mint(otherInterFields)
const leafOfOther = mint({ ...leafFields, issuer: dn("Inter 2"), signer: otherInterKey })

const oldKey = ec()
const oldRoot = mint({
    subject: dn("Old root"),
    issuer: dn("Old root"),
    key: oldKey,
    signer: oldKey,
    extensions: [ca()],
})
const crossSigned = mint({ ...rootFields, issuer: dn("Old root"), signer: oldKey })

describe("checkChain reports", () => {
    it("current for the chain that was pinned", () => {
        const { state, change, urgent, dates, reason } = check([leaf, inter])
        assert.deepEqual(
            { state, change, urgent, dates },
            { state: "current", change: "none", urgent: false, dates: [] },
        )
        assert.match(reason, /^it presents what was pinned/)
    })

    it("current for the pinned chain with an extra certificate that the chip does not link", () => {
        assert.equal(check([leaf, oldRoot, inter]).state, "current")
    })

    it("renewed when only the server's own certificate is new", () => {
        const { state, change } = check([mint({ ...leafFields, key: ec() }), inter])
        assert.deepEqual([state, change], ["renewed", "leaf"])
    })

    it("current or renewed for any of several chains that the server presented when it was pinned", () => {
        const several = presentedChain("leaf.test", chainOf(leafOfOther, otherInter), [pinned])
        const stateOf = (...ders: Buffer[]) => check(ders, { before: several }).state
        assert.equal(stateOf(leafOfOther, otherInter), "current")
        assert.equal(stateOf(leaf, inter), "current")
        assert.equal(stateOf(mint({ ...leafFields, key: ec() }), inter), "renewed")
        assert.equal(stateOf(leaf, inter, crossSigned), "refused")
    })

    it("refused for a leaf that may not be used with the key exchange of the handshake", () => {
        const signingOnly = mint({ ...leafFields, extensions: [...(leafFields.extensions ?? []), keyUsage(0x80)] })
        assert.equal(check([signingOnly, inter], { keyExchange: "ECDHE" }).state, "renewed")
        assert.equal(check([signingOnly, inter], { keyExchange: "RSA" }).state, "refused")
    })

    it("rotated for another intermediate under the same root", () => {
        const { state, change, verdict } = check([leafOfOther, otherInter])
        assert.deepEqual([state, change, verdict.accepted], ["rotated", "path", true])
    })

    it("rotated when a cross-signed tail comes or goes, with both roots pinned", () => {
        const both = { anchors: chainOf(root, oldRoot) }
        assert.equal(check([leaf, inter, crossSigned], both).state, "rotated")
        const withTail = presentedChain("leaf.test", chainOf(leaf, inter, crossSigned))
        assert.equal(check([leaf, inter], { ...both, before: withTail }).state, "rotated")
    })

    it("refused for a cross-signed tail when the old root is not pinned", () => {
        const { state, urgent, reason } = check([leaf, inter, crossSigned])
        assert.deepEqual([state, urgent], ["refused", true])
        assert.match(reason, /^refused: .*Old root/)
    })

    it("refused for an attacker's chain with the same names and other keys", () => {
        const attackers = mint({ ...interFields, signer: strangeKey })
        assert.equal(check([leaf, attackers]).state, "refused")
    })

    it("refused for a certificate of another host", () => {
        assert.equal(check([leaf, inter], { serverName: "other.test" }).state, "refused")
    })

    it("current, and that no chain was recorded, when the pins have no record", () => {
        const { state, change, reason } = check([leaf, inter], { before: undefined })
        assert.deepEqual([state, change], ["current", "unknown"])
        assert.match(reason, /not recorded/)
    })

    const leafOfDays = (days: number, from = NOW) => {
        const text = (date: Date) =>
            utc(
                date
                    .toISOString()
                    .replaceAll(/[-:T]|\.\d+/g, "")
                    .slice(2),
            )
        const end = new Date(from.getTime() + days * DAY_MS)
        return mint({ ...leafFields, notBefore: text(from), notAfter: text(end) })
    }
    for (const days of [6, 45, 90, 398]) {
        const passed = (share: number) => new Date(NOW.getTime() + days * share * DAY_MS)
        const states: [when: string, now: Date, state: string, urgent: boolean][] = [
            ["on the day it was issued", new Date(NOW.getTime() + 3600_000), "renewed", false],
            ["with a third of it left", passed(2 / 3), "renewed", false],
            ["with less than a third left", passed(2 / 3 + 0.01), "expiring", false],
            ["with a sixth left", passed(5 / 6 - 0.001), "expiring", false],
            ["with less than a sixth left", passed(5 / 6 + 0.01), "expiring", true],
        ]
        for (const [when, now, state, urgent] of states)
            it(`${state}${urgent ? " and urgent" : ""} for a leaf of ${days} days, ${when}`, () => {
                const result = check([leafOfDays(days), inter], { now })
                assert.deepEqual([result.state, result.urgent], [state, urgent])
            })
    }

    it("how much of a leaf's lifetime is left, whatever --days says", () => {
        const now = new Date(NOW.getTime() + 70 * DAY_MS)
        const { reason, dates } = check([leafOfDays(90), inter], { now, days: 0 })
        assert.equal(reason, '"CN=leaf.test" ends on 2026-05-30, in 20 days, with 22 % of its lifetime left')
        assert.deepEqual([dates[0]?.shareLeft?.toFixed(3), dates[0]?.urgent], ["0.222", false])
        assert.equal(check([leafOfDays(90), inter], { days: 400 }).state, "renewed")
    })

    it("what is urgent first", () => {
        const now = new Date(NOW.getTime() + 4.5 * DAY_MS)
        const { reason, urgent } = check([leafOfDays(6), inter], { now, anchors: rootUntil("260309000000Z") })
        assert.deepEqual([reason, urgent], ['the anchor "CN=Root" ends on 2026-03-09, in 3 days', true])
    })

    it("within a day for what ends today", () => {
        const now = new Date(NOW.getTime() + 5.5 * DAY_MS)
        assert.match(check([leafOfDays(6), inter], { now }).reason, /ends on 2026-03-07, within a day, with 8 % of its/)
    })

    const ends: [end: string, daysLeft: number, state: string, urgent: boolean][] = [
        ["260331120000Z", 30, "rotated", false],
        ["260331115959Z", 29, "expiring", false],
        ["260308120000Z", 7, "expiring", false],
        ["260308115959Z", 6, "expiring", true],
        ["260301120000Z", 0, "expiring", true],
    ]
    for (const [end, daysLeft, state, urgent] of ends)
        it(`${state}${urgent ? " and urgent" : ""} for an intermediate that ends in ${daysLeft} days, at ${end}`, () => {
            const result = check([leaf, mint({ ...interFields, notAfter: utc(end) })])
            assert.deepEqual([result.state, result.urgent], [state, urgent])
            if (state === "expiring")
                assert.deepEqual(
                    result.dates.map(notice => [notice.of, notice.daysLeft, notice.shareLeft]),
                    [["chain", daysLeft, undefined]],
                )
        })

    it("expiring within the given number of days", () => {
        const chain = [leaf, mint({ ...interFields, notAfter: utc("260501000000Z") })]
        assert.equal(check(chain, { days: 60 }).state, "rotated")
        assert.equal(check(chain, { days: 61 }).state, "expiring")
    })

    it("expiring and urgent for an anchor, although the chip does not check its dates", () => {
        const { state, urgent, reason, dates } = check([leaf, inter], { anchors: rootUntil("260304000000Z") })
        assert.deepEqual([state, urgent], ["expiring", true])
        assert.equal(reason, 'the anchor "CN=Root" ends on 2026-03-04, in 2 days')
        assert.deepEqual(
            dates.map(({ of }) => of),
            ["anchor"],
        )
    })

    it("expiring and urgent for an expired certificate, which the chip still accepts", () => {
        const { state, urgent, reason, verdict } = check([leafUntil("260225000000Z"), inter])
        assert.deepEqual([state, urgent, verdict.accepted], ["expiring", true, true])
        assert.match(reason, /"CN=leaf\.test" expired on 2026-02-25/)
    })

    it("expiring and urgent for a certificate that is not valid yet", () => {
        const { state, urgent, reason } = check([mint({ ...leafFields, notBefore: utc("260401000000Z") }), inter])
        assert.deepEqual([state, urgent], ["expiring", true])
        assert.match(reason, /not valid before 2026-04-01/)
    })

    it("expiring for a root that trust stores drop before it ends", () => {
        const x1 = rootCertificates
            .flatMap(pem => parsePem(pem))
            .find(({ subject }) => subject.startsWith("CN=ISRG Root X1,"))!
        const { state, dates } = check([leaf, inter], {
            anchors: [...anchors, x1],
            now: new Date("2030-05-20T00:00:00Z"),
        })
        assert.equal(state, "expiring")
        assert.deepEqual(
            dates.map(notice => [notice.at.toISOString(), notice.daysLeft]),
            [["2030-06-04T00:00:00.000Z", 15]],
        )
    })

    it("the most severe state: refused before expiring before rotated, the nearest date first", () => {
        const late = mint({ ...otherInterFields, notAfter: utc("260320000000Z") })
        assert.equal(check([leafOfOther, late]).state, "expiring")
        assert.equal(check([leafOfOther, late]).change, "path")
        assert.equal(check([leafOfOther, late], { serverName: "other.test" }).state, "refused")
        const { dates } = check([leafUntil("260325000000Z"), inter], { anchors: rootUntil("260306000000Z") })
        assert.deepEqual(dates.map(dateText), [
            'the anchor "CN=Root" ends on 2026-03-06, in 4 days',
            '"CN=leaf.test" ends on 2026-03-25, in 23 days, with 5 % of its lifetime left',
        ])
    })

    it("an error for a bundle that no chip would load", () => {
        const twin = chainOf(mint({ ...rootFields, key: strangeKey, signer: strangeKey }))
        assert.throws(() => check([leaf, inter], { anchors: [...anchors, ...twin] }), {
            code: "BUNDLE_SUBJECT_CONFLICT",
        })
    })
})

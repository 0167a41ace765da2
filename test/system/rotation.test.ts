import assert from "node:assert/strict"
import type { Authority } from "../../certs/authority.ts"
import { chooseAnchors } from "../../certs/anchors.ts"
import { parseCertificate, parsePem, toPem, type Certificate } from "../../certs/chain.ts"
import { checkChain } from "../../certs/check.ts"
import { recordOf } from "../../certs/presented.ts"
import { checkCodes } from "../../devs/verbs/check.ts"
import { altNames, ca, dn, dns, ec, mint, type KeyPair } from "../support/mint.ts"
import { Office } from "../support/office.ts"

interface Named {
    name: Buffer
    key: KeyPair
}

const named = (commonName: string): Named => ({ name: dn(commonName), key: ec() })
const certify = (own: Named, issuer: Named) =>
    mint({ subject: own.name, issuer: issuer.name, key: own.key, signer: issuer.key, extensions: [ca()] })
const [oldRoot, root, firstCa, secondCa] = [named("Old root"), named("Root"), named("CA 1"), named("CA 2")] as const
const attackersCa = named("CA 1")

/** What a server is given: its key, and the chain it presents. */
interface Served {
    key: string
    cert: string
}

function serve(issuer: Named, ...above: Buffer[]): Served {
    const key = ec()
    const leaf = mint({ subject: dn("localhost"), issuer: issuer.name, key, signer: issuer.key, extensions: [altNames(dns("localhost"))] })
    const cert = [leaf, ...above].map(der => toPem(parseCertificate(der))).join("")
    return { key: key.privateKey.export({ type: "pkcs8", format: "pem" }) as string, cert }
}

const [firstIntermediate, secondIntermediate, crossSigned] = [certify(firstCa, root), certify(secondCa, root), certify(root, oldRoot)] as const
const first = serve(firstCa, firstIntermediate)
const roots = [certify(root, root), certify(oldRoot, oldRoot)].map(der => parseCertificate(der))

/** What is pinned: chosen from the chain with the tail, so that both roots are in it. */
const anchors = (): Certificate[] => {
    const presented = parsePem(serve(firstCa, firstIntermediate, crossSigned).cert)
    const chosen = chooseAnchors(presented, { serverName: "localhost", roots, now: new Date(Date.UTC(2026, 0, 5)), nodeRoots: [], siblings: false })
    return chosen.map(({ certificate }) => certificate)
}

/** One after the other, each announced by what was presented before it. */
const steps: { what: string; served: Served; state: string; code: number }[] = [
    { what: "its certificate is renewed", served: serve(firstCa, firstIntermediate), state: "renewed", code: 0 },
    { what: "its intermediate is rotated", served: serve(secondCa, secondIntermediate), state: "rotated", code: 10 },
    { what: "its chain gains a cross-signed tail", served: serve(secondCa, secondIntermediate, crossSigned), state: "rotated", code: 10 },
    { what: "its chain loses the tail again", served: serve(secondCa, secondIntermediate), state: "rotated", code: 10 },
]

describe("a device that runs while its server changes its chain", function () {
    this.timeout(120_000)
    let office: Office
    let served = first
    let seen = 0
    const pinned = anchors()

    const announce = (next: Served) => {
        const before = recordOf("localhost", parsePem(served.cert))
        const { state, verdict } = checkChain(parsePem(next.cert), { anchors: pinned, serverName: "localhost", before, now: new Date(office.clock.now()) })
        return { state, code: checkCodes[state], accepted: verdict.accepted }
    }

    const change = async (next: Served) => {
        await office.stopServer()
        await office.startServer(next)
        seen = office.seen.length
        served = next
    }

    before(async () => {
        const authority = { server: { keyPem: first.key, chainPem: first.cert }, rootPem: pinned.map(toPem).join("") } as Authority
        office = await Office.open(authority)
        await office.runMinutes(12)
        assert.ok(office.stored().length >= 5)
    })
    after(() => office.close())

    for (const { what, served: next, state, code } of steps)
        it(`${what}: ${state} (${code}) is said before, and the readings go on`, async () => {
            assert.deepEqual(announce(next), { state, code, accepted: true })
            const stored = office.stored().length
            await change(next)
            await office.runMinutes(15)
            assert.ok(office.stored().length >= stored + 10)
            assert.ok(office.seen.length > seen)
        })

    it("an attacker takes its place: refused (20) is said before, and it is sent not one reading", async () => {
        const impostor = serve(attackersCa, certify(attackersCa, { ...root, key: ec() }))
        assert.deepEqual(announce(impostor), { state: "refused", code: 20, accepted: false })
        const right = served
        await change(impostor)
        await office.runMinutes(30)
        assert.equal(office.seen.length, seen)
        assert.equal(office.states().at(-1), "refused")
        await change(right)
        await office.runMinutes(15)
    })

    it("and in the end nothing is lost and nothing is doubled", () => {
        const stored = office.stored()
        assert.deepEqual(stored, stored.map((_, at) => at + 1))
        assert.ok(office.taken - stored.length < 5)
        assert.equal(office.lost, 0)
        assert.ok(stored.length > 90)
    })
})

import assert from "node:assert/strict"
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto"
import { mkdir, readdir, readFile, stat } from "node:fs/promises"
import { createServer } from "node:http"
import path from "node:path"
import { type Certificate, isSignedBy, parsePem } from "../../../certs/x509/certificate.ts"
import { certificateId } from "../../../devs/edge/acme/renewal-info.ts"
import { webrootSolver } from "../../../devs/edge/acme/webroot.ts"
import { hasCode } from "../../support/error-code.ts"
import { type Facade, renewalReplies, startFacade } from "../support/ca-facade.ts"
import type { ChainShape } from "../support/chain-shapes.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { ORDER, sourceAt, temporaryFolder } from "./support.ts"

describe("a certificate of pebble", () => {
    let pebble: Pebble
    let folder: string

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble({ alternateRoots: 1, rejectedNonces: 20 })
        folder = await temporaryFolder()
    })
    after(() => pebble?.stop())

    it("is issued by HTTP-01 with a listener of our own, with a key of the type asked for and all chains", async () => {
        const source = sourceAt(pebble, pebble, path.join(folder, "edge"))
        for (const keyType of ["P-384", "RSA-2048"] as const) {
            const issued = await source.issue({ names: ["air.test", "b.air.test"], keyType })
            const [leaf] = parsePem(issued.chains[0]!.pem)
            const certificate = new X509Certificate(leaf.der)
            assert.equal(certificate.subjectAltName, "DNS:air.test, DNS:b.air.test")
            const key = createPrivateKey(issued.keyPem)
            assert.ok(certificate.publicKey.equals(createPublicKey(key)))
            assert.equal(issued.keyType, keyType)
            assert.deepEqual(
                issued.chains.map(({ label }) => label.replace(/[0-9a-f]{6}/, "XXXXXX")),
                ["default (CN=Pebble Root CA XXXXXX)", "alternate 1 (CN=Pebble Root CA XXXXXX)"],
            )
        }
        assert.deepEqual(await readdir(path.join(folder, "edge")), [`account-localhost-${pebble.port}.json`])
        const { mode } = await stat(path.join(folder, "edge", `account-localhost-${pebble.port}.json`))
        assert.equal(mode & 0o777, 0o600)
    })

    it("is issued by HTTP-01 with a webroot, in which nothing is left", async () => {
        const webroot = path.join(folder, "webroot")
        await mkdir(webroot)
        const server = createServer(async (request, response) => {
            const body = await readFile(path.join(webroot, request.url!)).catch(() => undefined)
            response.writeHead(body ? 200 : 404).end(body)
        }).listen(pebble.httpPort, "127.0.0.1")
        try {
            const solver = webrootSolver(webroot)
            const issued = await sourceAt(pebble, pebble, path.join(folder, "edge"), { solver }).issue(ORDER)
            assert.equal(issued.chains.length, 2)
        } finally {
            server.close()
        }
        assert.deepEqual(await readdir(webroot), [])
    })

    it("has a source named after the host of its directory", () => {
        assert.equal(sourceAt(pebble, pebble, folder).name, `localhost:${pebble.port}`)
        const directory = "https://acme-v02.api.letsencrypt.org/directory"
        assert.equal(sourceAt(pebble, { directory }, folder).name, "acme-v02.api.letsencrypt.org")
        assert.throws(() => sourceAt(pebble, { directory: "http://ca.test/dir" }, folder), hasCode("ACME_UNREACHABLE"))
    })
})

describe("an order at a CA", () => {
    let pebble: Pebble
    let facade: Facade
    let folder: string

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble({ reusedAuthorizations: 100 })
        facade = await startFacade(pebble)
        folder = await temporaryFolder()
    })
    afterEach(() => {
        facade.asked.length = 0
        facade.clearFaults()
        for (const name of ["chains", "profiles", "renewalInfo", "persistIssuer"] as const) delete facade[name]
    })
    after(async () => {
        await facade?.stop()
        await pebble?.stop()
    })

    const issue = (order = {}, options = {}) => sourceAt(pebble, facade, folder, options).issue({ ...ORDER, ...order })
    const ordered = () => facade.asked.filter(({ kind }) => kind === "newOrder").map(({ payload }) => payload)
    const identifiers = [{ type: "dns", value: "air.test" }]
    const chainsOf = async (order = {}) => (await issue(order)).chains.map(({ pem }) => parsePem(pem))
    const rootOf = async (name: string) => parsePem(await facade.maker.rootPem(name))[0]

    it("with a profile asks for it, if the CA has it", async () => {
        await assert.rejects(issue({ profile: "shortlived" }), error => {
            hasCode("ACME_PROFILE_UNKNOWN")(error)
            assert.match(String(error), /localhost:\d+ offers no profiles, and not "shortlived"/)
            return true
        })
        facade.profiles = { classic: "90 days", shortlived: "6 days" }
        await assert.rejects(issue({ profile: "short" }), /offers the profiles classic, shortlived, and not "short"/)
        assert.deepEqual(ordered(), [])
        await issue({ profile: "shortlived" })
        assert.deepEqual(ordered(), [{ identifiers, profile: "shortlived" }])
    })

    it("shows the record of DNS-PERSIST-01 where the CA offers that, and sets none", async () => {
        const told: string[] = []
        const inform = (text: string) => told.push(text)
        await issue({ names: ["other.test"] }, { inform })
        facade.persistIssuer = "ca.test"
        await issue({ names: ["persist.test"] }, { inform })
        assert.equal(told.length, 1)
        const record =
            /_validation-persist\.persist\.test TXT "ca\.test; accounturi=https:\/\/localhost:\d+\/my-account\/[0-9a-f]+"$/
        assert.match(told[0]!, record)
    })

    it("names what it replaces to a CA with renewal information, and to no other", async () => {
        const [[replaces]] = (await chainsOf()) as [[Certificate]]
        await issue({ replaces })
        facade.renewalInfo = renewalReplies.garbage
        await issue({ replaces })
        assert.deepEqual(ordered(), [
            { identifiers },
            { identifiers },
            { identifiers, replaces: certificateId(replaces) },
        ])
    })

    it("gives the chains of the CA as they are: another intermediate, a cross-signed root, another root", async () => {
        const [a, b] = [
            { intermediate: "I1", root: "A" },
            { intermediate: "I1", root: "B", crossSignedBy: "A" },
        ]
        facade.chains = [a, b, { intermediate: "I1", root: "B" }]
        const issued = await issue()
        assert.deepEqual(
            issued.chains.map(({ label }) => label),
            ["default (CN=A)", "alternate 1 (CN=A)", "alternate 2 (CN=B)"],
        )
        const [first, crossed, other] = issued.chains.map(({ pem }) => parsePem(pem))
        assert.deepEqual([first!.length, crossed!.length, other!.length], [2, 3, 2])
        for (const [leaf, intermediate] of [first!, crossed!, other!]) assert.ok(isSignedBy(leaf!, intermediate!))
        assert.ok(isSignedBy(first![1]!, await rootOf("A")))
        assert.ok(isSignedBy(crossed![1]!, crossed![2]!) && isSignedBy(crossed![2]!, await rootOf("A")))
        assert.ok(isSignedBy(other![1]!, await rootOf("B")))
        facade.chains = [{ intermediate: "I2", root: "A" }]
        const [[leaf, intermediate]] = (await chainsOf()) as [[Certificate, Certificate]]
        assert.deepEqual([leaf.issuer, intermediate.subject], ["CN=I2", "CN=I2"])
    })

    it("gives a chain that is wrong as it is: the round checks it", async () => {
        const shape: ChainShape = { intermediate: "I1", root: "A" }
        facade.chains = [{ ...shape, fault: "order" }]
        assert.deepEqual(
            (await chainsOf())[0]!.map(({ isCa }) => isCa),
            [true, false],
        )
        facade.chains = [{ ...shape, fault: "expired" }]
        assert.ok((await chainsOf())[0]![1]!.notAfter < new Date())
        facade.chains = [{ ...shape, fault: "key" }]
        const { keyPem, chains } = await issue()
        const certificate = new X509Certificate(parsePem(chains[0]!.pem)[0].der)
        assert.ok(!certificate.checkPrivateKey(createPrivateKey(keyPem)))
    })

    it("leaves an alternate chain out that cannot be had, with a warning", async () => {
        facade.chains = [
            { intermediate: "I1", root: "A" },
            { intermediate: "I1", root: "B" },
        ]
        facade.inject({ on: "certificate", when: ({ path }) => path.endsWith("/1"), fault: { status: 404 } })
        const warnings: string[] = []
        const issued = await issue({}, { warn: (text: string) => warnings.push(text) })
        assert.equal(issued.chains.length, 1)
        assert.match(warnings.join(), /^alternate chain 1 of localhost:\d+ is left out: .*404/)
    })
})

import assert from "node:assert/strict"
import { readdir, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import path from "node:path"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import { type AcmeOptions, AcmeSource } from "../../../devs/edge/acme/acme-source.ts"
import { certificateId } from "../../../devs/edge/acme/renewal-info.ts"
import { webrootSolver } from "../../../devs/edge/acme/webroot.ts"
import { SourceError } from "../../../devs/edge/renewal/types.ts"
import { type Facade, renewalReplies, startFacade } from "../support/ca-facade.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { ORDER, sourceAt, temporaryFolder } from "./support.ts"

describe("an ACME CA that fails", () => {
    let pebble: Pebble
    let facade: Facade
    let folder: string
    let replaces: Certificate

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble({ reusedAuthorizations: 100 })
        facade = await startFacade(pebble)
        folder = await temporaryFolder()
        const issued = await source().issue(ORDER)
        replaces = parsePem(issued.chains[0]!.pem)[0]
    })
    afterEach(() => {
        facade.clearFaults()
        facade.isDown = false
        facade.asked.length = 0
        delete facade.renewalInfo
    })
    after(async () => {
        await facade?.stop()
        await pebble?.stop()
    })

    const source = (options: Partial<AcmeOptions> = {}) => sourceAt(pebble, facade, folder, options)
    const countOf = (kind: string) => facade.asked.filter(asked => asked.kind === kind).length

    /** The error of an order. */
    async function failure(options: Partial<AcmeOptions> = {}, order = ORDER): Promise<SourceError> {
        const error = await source(options)
            .issue(order)
            .catch(caught => caught)
        assert.ok(error instanceof SourceError, String(error))
        return error
    }

    it("and is down is ACME_UNREACHABLE", async () => {
        facade.isDown = true
        const error = await failure()
        assert.equal(error.code, "ACME_UNREACHABLE")
        assert.match(error.message, /^localhost:\d+: /)
    })

    it("and is slow is ACME_UNREACHABLE after the request's time, three times", async () => {
        facade.inject({ on: "newOrder", times: Infinity, fault: { delayMs: 3_000 } })
        const error = await failure({ exchange: { pausesMs: [1, 1], requestTimeoutMs: 600 } })
        assert.equal(error.code, "ACME_UNREACHABLE")
        assert.match(error.message, /no complete response within 600 ms/)
        assert.equal(countOf("newOrder"), 3)
    })

    it("and has a certificate of an unknown CA is ACME_UNREACHABLE", async () => {
        const other = await temporaryFolder()
        const { caFile: _, ...options } = { ...sourceOptions(), folder: other }
        await assert.rejects(new AcmeSource(options).issue(ORDER), (error: SourceError) => {
            assert.equal(error.code, "ACME_UNREACHABLE")
            assert.match(error.message, /certificate/)
            return true
        })
    })
    const sourceOptions = (): AcmeOptions => ({
        directory: facade.directory,
        folder,
        solver: webrootSolver(folder),
        exchange: { pausesMs: [] },
    })

    it("with 503 twice is tried again, with 500 always is ACME_SERVER_ERROR", async () => {
        facade.inject({ on: "newOrder", times: 2, fault: { status: 503, detail: "maintenance" } })
        await source().issue(ORDER)
        facade.inject({ on: "finalize", times: Infinity, fault: { status: 500, body: "<h1>oops</h1>" } })
        const error = await failure()
        assert.equal(error.code, "ACME_SERVER_ERROR")
        assert.match(error.message, /\(500\)/)
    })

    it("and limits the rate is ACME_RATE_LIMITED with its Retry-After, asked once", async () => {
        facade.inject({
            on: "newOrder",
            times: Infinity,
            fault: { status: 429, type: "rateLimited", detail: "too many certificates (5)", retryAfter: "86400" },
        })
        const error = await failure()
        assert.equal(error.code, "ACME_RATE_LIMITED")
        assert.equal(error.retryAfterMs, 86_400_000)
        assert.match(error.message, /too many certificates \(5\) \(429, rateLimited\)/)
        assert.equal(countOf("newOrder"), 1)
    })

    it("and asks to wait for longer than a round is ACME_SERVER_ERROR with its Retry-After", async () => {
        facade.inject({ on: "newAccount", times: Infinity, fault: { status: 503, retryAfter: "120" } })
        const error = await failure()
        assert.deepEqual([error.code, error.retryAfterMs, countOf("newAccount")], ["ACME_SERVER_ERROR", 120_000, 1])
    })

    it("and refuses nonces is asked with new ones, six times at most", async () => {
        const fault = { status: 400, type: "badNonce" }
        facade.inject({ on: "newOrder", times: 3, fault })
        await source().issue(ORDER)
        facade.asked.length = 0
        facade.inject({ on: "newOrder", times: Infinity, fault })
        const error = await failure()
        assert.equal(error.code, "ACME_SERVER_ERROR")
        assert.equal(countOf("newOrder"), 6)
    })

    it("and closes a connection is asked again", async () => {
        facade.inject({ on: "finalize", fault: { close: true } })
        facade.inject({ on: "certificate", fault: { close: true } })
        await source().issue(ORDER)
    })

    for (const [status, type] of [
        [409, "alreadyReplaced"],
        [403, "unauthorized"],
        [404, "malformed"],
    ] as const)
        it(`and replies ${status} ${type} to a replacement gets the order without it`, async () => {
            const warnings: string[] = []
            facade.renewalInfo = renewalReplies.garbage
            facade.inject({
                on: "newOrder",
                times: Infinity,
                when: ({ payload }) => typeof payload === "object" && payload !== null && "replaces" in payload,
                fault: { status, type, detail: "no" },
            })
            await source({ warn: text => warnings.push(text) }).issue({ ...ORDER, replaces })
            const orders = facade.asked.filter(({ kind }) => kind === "newOrder").map(({ payload }) => payload)
            const identifiers = [{ type: "dns", value: "air.test" }]
            assert.deepEqual(orders, [{ identifiers, replaces: certificateId(replaces) }, { identifiers }])
            assert.equal(warnings.length, 1)
        })

    it("and rejects a name is ACME_ORDER_INVALID with its reason, without what would command a terminal", async () => {
        const detail = "Policy forbids issuing for the name \u001b[31mair.test"
        facade.inject({ on: "newOrder", fault: { status: 400, type: "rejectedIdentifier", detail } })
        const error = await failure()
        assert.equal(error.code, "ACME_ORDER_INVALID")
        assert.match(
            error.message,
            /Policy forbids issuing for the name {1,2}\[31mair\.test \(400, rejectedIdentifier\)/,
        )
    })

    it("and makes an order invalid is ACME_ORDER_INVALID with the order's reason", async () => {
        const identifiers = [{ type: "dns", value: "air.test" }]
        const problem = { type: "urn:ietf:params:acme:error:caa", detail: "CAA record for air.test prevents issuance" }
        const body = JSON.stringify({ status: "invalid", identifiers, error: problem })
        facade.inject({ on: "order", fault: { status: 200, body, contentType: "application/json" } })
        const error = await failure()
        assert.equal(error.code, "ACME_ORDER_INVALID")
        assert.match(error.message, /air\.test: CAA record for air\.test prevents issuance/)
    })

    it("and cannot read the challenge is ACME_CHALLENGE_FAILED with the URL; the webroot is empty again", async () => {
        const webroot = await temporaryFolder()
        const server = createServer((_, response) => response.writeHead(403).end("blocked"))
        server.listen(pebble.httpPort, "127.0.0.1")
        const order = { ...ORDER, names: ["blocked.test"] }
        const error = await source({ solver: webrootSolver(webroot) })
            .issue(order)
            .catch(caught => caught)
            .finally(() => server.close())
        assert.equal(error.code, "ACME_CHALLENGE_FAILED")
        const url = /could not read http:\/\/blocked\.test\/\.well-known\/acme-challenge\/[\w-]{22,}: /
        assert.match(error.message, url)
        assert.match(error.message, /403/)
        assert.deepEqual(await readdir(webroot), [])
    })

    it("is not asked for a challenge if the port of the listener is taken", async () => {
        const server = createServer().listen(pebble.httpPort, "127.0.0.1")
        const order = { ...ORDER, names: ["taken.test"] }
        const error = await source()
            .issue(order)
            .catch(caught => caught)
            .finally(() => server.close())
        assert.equal(error.code, "ACME_HTTP_PORT_UNAVAILABLE")
        assert.match(error.message, new RegExp(`port ${pebble.httpPort} .*EADDRINUSE`))
        assert.equal(countOf("challenge"), 0)
    })

    it("and refuses the account's address is ACME_ACCOUNT_REFUSED", async () => {
        const error = await failure({ email: "not an address", folder: await temporaryFolder() })
        assert.equal(error.code, "ACME_ACCOUNT_REFUSED")
    })

    it("and never decides is ACME_SERVER_ERROR after the limit", async () => {
        const body = JSON.stringify({ status: "processing", identifiers: [] })
        facade.inject({ on: "order", times: Infinity, fault: { status: 200, body, contentType: "application/json" } })
        const error = await failure({ pollLimitMs: 600 })
        assert.equal(error.code, "ACME_SERVER_ERROR")
        assert.match(error.message, /the order is not decided after 1 s/)
        assert.ok(countOf("order") <= 3, `${countOf("order")} times`) // after 0, 100 and 300 ms
    })

    it("and takes longer than an order may is ACME_SERVER_ERROR", async () => {
        facade.inject({ on: "newOrder", fault: { delayMs: 1_500 } })
        const error = await failure({ issueTimeoutMs: 700 })
        assert.equal(error.code, "ACME_SERVER_ERROR")
        assert.match(error.message, /took longer than 0\.7 s/)
    })

    it("and sends something else than a directory, a chain, or JSON is ACME_SERVER_ERROR", async () => {
        for (const on of ["directory", "certificate", "order"] as const) {
            facade.inject({ on, times: Infinity, fault: { status: 200, body: "<h1>maintenance</h1>" } })
            assert.equal((await failure({ pollLimitMs: 300 })).code, "ACME_SERVER_ERROR", on)
            facade.clearFaults()
        }
    })

    it("is ACME_ACCOUNT_BROKEN if the file with the account's key is damaged; no new account is made", async () => {
        const broken = await temporaryFolder()
        const file = path.join(broken, `account-localhost-${facade.port}.json`)
        await writeFile(file, '{ "keyPem": "-----BEGIN PRIVATE KEY-----\\nsecret" }', { mode: 0o600 })
        const error = await source({ folder: broken })
            .issue(ORDER)
            .catch(caught => caught)
        assert.equal(error.code, "ACME_ACCOUNT_BROKEN")
        assert.ok(!error.message.includes("secret"))
        assert.equal((await stat(file)).size, 51)
        assert.equal(countOf("newAccount"), 0)
    })
})

import assert from "node:assert/strict"
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { type RequestOptions, request } from "node:http"
import path from "node:path"
import { alternateUrls } from "../../../devs/edge/acme/chains.ts"
import { type ChallengeListener, openChallengeListener } from "../../../devs/edge/acme/challenge-listener.ts"
import { dnsHookSolver } from "../../../devs/edge/acme/dns-hook.ts"
import { webrootSolver } from "../../../devs/edge/acme/webroot.ts"
import { hasCode } from "../../support/error-code.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { ORDER, sourceAt, temporaryFolder } from "./support.ts"

const CHALLENGE = { name: "air.test", token: "token-of-22-characters_", response: "token.thumbprint" }
const PATH = `/.well-known/acme-challenge/${CHALLENGE.token}`

describe("the listener on port 80", () => {
    let listener: ChallengeListener
    before(async () => {
        listener = await openChallengeListener({ port: 0, host: "127.0.0.1", httpsPort: 8443 })
    })
    after(() => listener.close())

    const ask = (url: string, headers: RequestOptions["headers"] = {}) =>
        new Promise<{ status?: number; location?: string; body: string }>((resolve, reject) => {
            const sent = request({ host: "127.0.0.1", port: listener.port, path: url, headers }, response => {
                let body = ""
                response.on("data", text => (body += text))
                const { statusCode: status, headers } = response
                response.on("end", () =>
                    resolve({
                        ...(status && { status }),
                        ...(headers.location && { location: headers.location }),
                        body,
                    }),
                )
            })
            sent.on("error", reject).end()
        })

    it("shows a challenge until its end", async () => {
        const session = await listener.solver.begin()
        await session.present(CHALLENGE)
        assert.deepEqual(await ask(PATH), { status: 200, body: "token.thumbprint" })
        await session.end()
        assert.deepEqual(await ask(PATH), { status: 404, body: "" })
    })

    it("redirects everything else to HTTPS, with its path and query", async () => {
        const location = "https://air.test:8443/page?days=7"
        assert.deepEqual(await ask("/page?days=7", { host: "air.test:80" }), { status: 301, location, body: "" })
    })

    it("does not redirect to what is no name", async () => {
        for (const host of ["a b", "x.test/@evil", "[::1]"]) assert.equal((await ask("/", { host })).status, 400, host)
    })
})

describe("the webroot", () => {
    it("has a file that every user can read, whatever the umask, and keeps what is not airpin's", async () => {
        const webroot = await temporaryFolder()
        await mkdir(path.join(webroot, ".well-known"))
        const before = process.umask(0o077)
        try {
            const session = await webrootSolver(webroot).begin()
            await session.present(CHALLENGE)
            const file = path.join(webroot, PATH)
            assert.equal(await readFile(file, "utf8"), "token.thumbprint")
            assert.equal((await stat(file)).mode & 0o777, 0o644)
            assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o755)
            await session.end()
        } finally {
            process.umask(before)
        }
        assert.deepEqual(await readdir(webroot, { recursive: true }), [".well-known"])
    })

    it("that is not there is an error of the system", async () => {
        const session = await webrootSolver("/nonexistent/webroot").begin()
        await assert.rejects(session.present(CHALLENGE), { code: "ENOENT" })
        await session.end()
    })
})

/** Writes what it is called with to a file; sets and clears the record in pebble's DNS server. */
const HOOK = `
import { appendFileSync } from "node:fs"
const { ACME_ACTION: action, ACME_NAME: name, ACME_VALUE: value } = process.env
const [log, url] = process.argv.slice(2)
appendFileSync(log, [action, name, value, process.env.DATABASE_URL, process.env.ACME_EAB_HMAC_KEY].filter(Boolean).join(" ") + "\\n")
if (process.env.FAIL === action) { console.error("zone is locked"); process.exit(3) }
const body = JSON.stringify({ host: name + ".", value })
if (url) await fetch(url + (action === "present" ? "/set-txt" : "/clear-txt"), { method: "POST", body })
`

describe("the DNS hook", () => {
    async function hook(...more: string[]): Promise<{ command: string[]; log(): Promise<string[]> }> {
        const folder = await temporaryFolder()
        const [script, log] = [path.join(folder, "hook.mjs"), path.join(folder, "log")]
        await writeFile(script, HOOK)
        const command = [process.execPath, script, log, ...more]
        return { command, log: async () => (await readFile(log, "utf8")).trimEnd().split("\n") }
    }

    it("gets the record in its environment, without airpin's secrets, and removes it", async () => {
        const { command, log } = await hook()
        process.env.DATABASE_URL = "postgres://secret"
        process.env.ACME_EAB_HMAC_KEY = "secret"
        try {
            const session = await dnsHookSolver({ command, waitMs: 0 }).begin()
            await session.present({ ...CHALLENGE, response: "$(touch /tmp/x); `id`" })
            await session.end()
        } finally {
            delete process.env.DATABASE_URL
            delete process.env.ACME_EAB_HMAC_KEY
        }
        const record = "_acme-challenge.air.test $(touch /tmp/x); `id`"
        assert.deepEqual(await log(), [`present ${record}`, `cleanup ${record}`])
    })

    it("that fails is ACME_HOOK_FAILED with its output, and is asked to remove the record", async () => {
        const { command, log } = await hook()
        process.env.FAIL = "present"
        try {
            const session = await dnsHookSolver({ command, waitMs: 0 }).begin()
            await assert.rejects(session.present(CHALLENGE), error => {
                hasCode("ACME_HOOK_FAILED")(error)
                assert.match(String(error), /present of air\.test: .*ended with status 3: zone is locked/)
                return true
            })
            await session.end()
        } finally {
            delete process.env.FAIL
        }
        assert.deepEqual(
            (await log()).map(line => line.split(" ")[0]),
            ["present", "cleanup"],
        )
    })

    it("that is missing is ACME_HOOK_FAILED", async () => {
        const session = await dnsHookSolver({ command: ["/nonexistent/hook"] }).begin()
        await assert.rejects(session.present(CHALLENGE), hasCode("ACME_HOOK_FAILED"))
    })

    describe("with pebble", () => {
        let pebble: Pebble
        before(async function () {
            if (pebbleMissing() !== undefined) this.skip()
            pebble = await startPebble()
        })
        after(() => pebble?.stop())

        it("gets a certificate for a wildcard, and what it could not remove is a warning", async () => {
            const { command, log } = await hook(pebble.dnsUrl)
            const warnings: string[] = []
            const solver = dnsHookSolver({ command, waitMs: 0 })
            const source = sourceAt(pebble, pebble, await temporaryFolder(), {
                solver,
                warn: text => warnings.push(text),
            })
            await source.issue({ ...ORDER, names: ["*.air.test"] })
            assert.match((await log())[0]!, /^present _acme-challenge\.air\.test [\w-]{43}$/)
            assert.deepEqual(warnings, [])
            process.env.FAIL = "cleanup"
            try {
                await source.issue({ ...ORDER, names: ["air.test"] })
            } finally {
                delete process.env.FAIL
            }
            assert.match(warnings.join(), /could not be removed: cleanup of air\.test: .*zone is locked/)
        })
    })
})

describe("a header Link", () => {
    it("gives the alternate chains only, absolute", () => {
        const link =
            '<https://ca.test/dir>;rel="index", </cert/1/alternate/1>; rel="alternate", <https://ca.test/2>; rel=alternate'
        assert.deepEqual(alternateUrls(link, "https://ca.test/cert/1"), [
            "https://ca.test/cert/1/alternate/1",
            "https://ca.test/2",
        ])
        assert.deepEqual(alternateUrls(undefined, "https://ca.test/cert/1"), [])
    })
})

import assert from "node:assert/strict"
import { readdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { Authority } from "../../certs/authority.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { temporaryAuthority, tlsServer, type RunningServer } from "../support/tls-servers.ts"

const DAY_MS = 24 * 3600 * 1000

describe("airpin pin --check", function () {
    this.timeout(60_000)
    let authority: Authority
    let attacker: Authority
    let server: RunningServer
    let folder: string
    let pinned: string
    let host: string
    before(async () => {
        const names = { rootName: "Test root", intermediateName: "Test CA" }
        authority = await temporaryAuthority(names)
        attacker = await temporaryAuthority(names)
        server = await tlsServer({ key: authority.server.keyPem, cert: authority.server.chainPem })
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        host = `localhost:${server.port}`
        const ca = path.join(folder, "root.pem")
        await writeFile(ca, authority.rootPem)
        const { code, stderr } = await airpin(["pin", host, "--ca", ca, "--pinned", pinned])
        assert.equal(code, 0, stderr)
    })

    const check = (...args: string[]) => airpin(["pin", "--check", "--pinned", pinned, ...args])

    async function checkChain(chainPem: string, ...args: string[]) {
        const file = path.join(folder, "chain.pem")
        await writeFile(file, chainPem)
        return check(host, "--chain", file, ...args)
    }

    it("says current of the running servers of the lock, with exit code 0, and writes nothing", async () => {
        const files = async () => Promise.all((await readdir(pinned)).sort().map(name => readFile(path.join(pinned, name), "utf8")))
        const before = await files()
        const { code, stdout, stderr } = await check("--json")
        assert.equal(code, 0, stderr)
        const { servers, warning } = JSON.parse(stdout)
        const [{ state, urgent, change, dates, accepted, presented }] = servers
        assert.deepEqual({ host: servers[0].host, state, urgent, change, dates, accepted }, { host, state: "current", urgent: false, change: "none", dates: [], accepted: true })
        assert.deepEqual(presented.map((certificate: { subject: string }) => certificate.subject), ["CN=localhost", "CN=Test CA"])
        assert.match(warning, /^no backup anchor/)
        assert.deepEqual(await files(), before)
    })

    it("says renewed of a new certificate, with exit code 0; with --quiet it says nothing at all", async () => {
        const { chainPem } = await authority.issue()
        const { code, stdout } = await checkChain(chainPem)
        assert.equal(code, 0)
        assert.match(stdout, /^renewed +localhost:\d+: /m)
        assert.deepEqual(await checkChain(chainPem, "--quiet"), { code: 0, stdout: "", stderr: "" })
    })

    it("says rotated, with exit code 10, when the root is sent too, and shows both paths", async () => {
        const { code, stdout } = await checkChain(authority.server.chainPem + authority.rootPem)
        assert.equal(code, 10)
        assert.match(stdout, /^rotated +localhost/m)
        assert.match(stdout, /^was +CN=localhost {2}← {2}CN=Test CA$/m)
        assert.match(stdout, /^is +CN=localhost {2}← {2}CN=Test CA {2}← {2}CN=Test root$/m)
    })

    it("says expiring, with exit code 10, as many days ahead as it is told; URGENT below 7", async () => {
        const inDays = async (days: number) => (await authority.issue({ notAfter: new Date(Date.now() + days * DAY_MS + 60_000) })).chainPem
        assert.equal((await checkChain(await inDays(20), "--days", "10")).code, 0)
        const { code, stdout } = await checkChain(await inDays(20), "--quiet")
        assert.equal(code, 10)
        assert.match(stdout, /^expiring +localhost:\d+: "CN=localhost" ends on 20..-..-.., in 20 days$/m)
        assert.match((await checkChain(await inDays(6))).stdout, /^expiring +localhost:\d+: URGENT: /m)
    })

    it("says refused, with exit code 20, of an attacker with the same names", async () => {
        const { code, stdout } = await checkChain(attacker.server.chainPem, "--quiet")
        assert.equal(code, 20)
        assert.match(stdout, /^refused +localhost:\d+: refused: /m)
    })

    it("fails with exit code 1 when the server cannot be reached or nothing is pinned", async () => {
        const { code, stdout } = await check("localhost:1")
        assert.equal(code, 1)
        assert.match(stdout, /^failed +localhost:1: .*\[CONNECTION_REFUSED\]/m)
        const { code: missing, stderr } = await airpin(["pin", "--check", "--pinned", path.join(folder, "nowhere")])
        assert.equal(missing, 1)
        assert.match(stderr, /\[LOCK_MISSING\]/)
    })

    it("says what is worst when one of several servers cannot be reached", async () => {
        const { code, stdout } = await check(host, "localhost:1", "--json")
        assert.equal(code, 1)
        assert.deepEqual(JSON.parse(stdout).servers.map(({ state, error }: { state?: string; error?: { code: string } }) => state ?? error?.code), ["current", "CONNECTION_REFUSED"])
    })
})

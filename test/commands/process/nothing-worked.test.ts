import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { mkdir, realpath, writeFile } from "node:fs/promises"
import path from "node:path"
import { writeLock } from "../../../certs/lock.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type LocalService, startLocalService } from "../../../devs/testbed/local-service.ts"
import { airpin, type Outcome, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa, tlsServer } from "../../support/tls-servers.ts"

/** Real seconds: the first post of a batch of one at the shortest interval comes after 10. */
const RUN_S = "16"

describe("airpin sim --api", function () {
    this.timeout(120_000)
    let service: LocalService
    const outcomes: Record<string, Outcome> = {}
    before(async () => {
        const folder = await temporaryFolder()
        const directory = path.join(folder, "api")
        await mkdir(directory)
        service = await startLocalService({ directory, databaseDirectory: directory, now: () => Date.now() })
        const other = await temporaryCa()
        const { port } = await tlsServer({ key: other.server.keyPem, cert: other.server.chainPem })
        await writeFile(path.join(folder, "good"), await service.tokenFor("sim"))
        await writeFile(path.join(folder, "bad"), "a-token-of-no-device")
        const address = service.url.replace("https://", "")
        const run = async (name: string, url: string, token = "good", options: string[] = []) => {
            const args = ["--api", url, "--token", token, "--pinned", path.join(directory, "pinned"), ...options]
            const pace = ["--interval", "5", "--batch", "1", "--for", RUN_S]
            outcomes[name] = await airpin(["sim", ...pace, ...args], folder)
        }
        await Promise.all([run("good", service.url), run("token", service.url, "bad"), run("scheme", address)])
        const dead = "https://localhost:1"
        await Promise.all([run("dead", dead), run("refused", `https://localhost:${port}`)])
        await run("json", dead, "good", ["--json"])
    })
    after(() => service.close())

    const shows = (name: string, code: number, reason: RegExp) => {
        const { stdout, stderr, ...outcome } = outcomes[name]!
        assert.equal(outcome.code, code, stdout + stderr)
        assert.match(stderr, reason)
    }

    it("exits 0 once a reading was acknowledged", () => shows("good", 0, /^$/))

    it("exits 1 with a bad token, and says so", () =>
        shows("token", 1, /the server refused the token.*\[NOTHING_ACKNOWLEDGED\]\nnext +run airpin device add/))

    it("exits 1 with a dead server, and says so", () =>
        shows(
            "dead",
            1,
            /no connection to the server.*\[NOTHING_ACKNOWLEDGED\]\nnext +check that .*https:\/\/localhost:1/,
        ))

    it("exits 2 with an address without a scheme", () =>
        shows("scheme", 2, /\[API_ADDRESS_INVALID\]\nnext +give https:\/\//))

    it("exits 20 when the device refuses the server's certificate", () =>
        shows("refused", 20, /\[DEVICE_REFUSES\]\nnext +\S/))

    it("says before the run that the device refuses the server, and what to do", () =>
        assert.match(
            outcomes.refused!.stdout,
            /^verdict +refused.*\nnext +airpin pin localhost:\d+(.|\n)+press Ctrl-C/m,
        ))

    it("prints one JSON document, with the summary and the error", () => {
        const { code, stdout } = outcomes.json!
        const { readings, acknowledged, error } = JSON.parse(stdout)
        assert.deepEqual([code, readings > 0, acknowledged, error.code], [1, true, 0, "NOTHING_ACKNOWLEDGED"])
    })
})

describe("airpin sim", () => {
    it("exits 1 when it ends before the first acknowledgement", async () => {
        const { code, stderr } = await airpin(["sim", "--speed", "max", "--for", "20"], await temporaryFolder())
        assert.equal(code, 1)
        assert.match(stderr, /ended before .*\[NOTHING_ACKNOWLEDGED\]\nnext +run it for longer/)
    })

    for (const [fault, why] of [
        ["i2c-stuck", "no reading was taken"],
        ["wifi-off", "no Wi-Fi"],
    ])
        it(`names the fault when nothing came of a run with ${fault} that never ends`, async () => {
            const args = ["sim", "--speed", "max", "--for", "600", "--fault", fault!]
            const { code, stderr } = await airpin(args, await temporaryFolder())
            assert.equal(code, 1)
            assert.match(stderr, new RegExp(`${why}.* with the fault ${fault} \\[NOTHING_ACKNOWLEDGED\\]`))
            assert.match(stderr, /^next +end the fault with for=/m)
        })
})

describe("airpin pin --check", () => {
    it("refuses a lock that names no server", async () => {
        const folder = await temporaryFolder()
        const { rootPem } = await temporaryCa()
        const certificate = parsePem(rootPem)[0]
        const [role, source, reason] = ["backup", "backup-file", "a test"] as const
        await writeLock(folder, [{ certificate, role, source, reason }], [])
        const { code, stderr } = await airpin(["pin", "--check", "--pinned", folder])
        assert.equal(code, 2)
        assert.match(stderr, /names no server \[HOST_MISSING\]\nnext +\S/)
    })
})

describe("the database of airpin device", () => {
    let folder: string
    let db: string
    beforeEach(async () => {
        folder = await realpath(await temporaryFolder())
        db = path.join(folder, ".airpin/readings.db")
    })

    for (const args of [["list"], ["show", "kitchen"], ["set", "kitchen", "BATCH=2"], ["revoke", "kitchen"]])
        it(`is not made by ${args[0]}, which names the path where it looked`, async () => {
            const { code, stderr } = await airpin(["device", ...args], folder)
            assert.equal(code, 1)
            assert.match(stderr, /\[DATABASE_MISSING\]\nnext +\S/)
            assert.ok(stderr.includes(db), stderr)
            assert.ok(!existsSync(path.dirname(db)))
            await mkdir(path.dirname(db))
            await writeFile(db, "")
            assert.match((await airpin(["device", ...args], folder)).stderr, /\[DATABASE_MISSING\]/)
        })

    it("is made by add, which prints its absolute path", async () => {
        const { code, stdout } = await airpin(["device", "add", "kitchen"], folder)
        assert.equal(code, 0)
        assert.ok(stdout.includes(`database  ${db}\n`), stdout)
        assert.equal((await airpin(["device", "show", "kitchen"], folder)).code, 0)
    })
})

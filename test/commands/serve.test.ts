import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { reachOf } from "../../devs/pins/own-addresses.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"

describe("airpin serve", function () {
    this.timeout(60_000)
    let folder: string
    beforeEach(async () => (folder = await temporaryFolder()))

    /** What it prints with these options; `look` sees it while it serves. */
    async function serve(options: string[], look: (stdout: string) => Promise<void> = async () => undefined) {
        const args = ["serve", "--port", "0", ...options]
        const serving = await airpinUntil(args, text => text.includes("Ctrl-C"), 30_000, folder)
        assert.ok(serving.seen, serving.stdout())
        await look(serving.stdout())
        return (await serving.stop()).stdout
    }

    it("says that only this machine can reach it, and how to open it", async () => {
        const stdout = await serve([])
        assert.match(stdout, /^page +https:\/\/127\.0\.0\.1:\d+\/\n +this machine only; --host 0\.0\.0\.0 opens it/m)
        assert.match(stdout, /^trust .*airpin pin 127\.0\.0\.1:\d+ --ca/m)
    })

    it("names an address that works from elsewhere once it is open, and can be pinned there", async function () {
        const { isLocal, hosts } = reachOf("0.0.0.0")
        if (isLocal) this.skip()
        const stdout = await serve(["--host", "0.0.0.0"], async text => {
            const [, pinned = ""] = /airpin (pin .+)$/m.exec(text) ?? []
            const { code, stderr } = await airpin([...pinned.split(" "), "--no-backup", "--yes"], folder)
            assert.equal(code, 0, stderr)
        })
        assert.match(stdout, new RegExp(`^page +https://${hosts[0]}:\\d+/$`, "m"))
        assert.doesNotMatch(stdout, /0\.0\.0\.0|this machine only/)
        const { hosts: pinned } = JSON.parse(await readFile(path.join(folder, "certs/pinned/pins.json"), "utf8"))
        assert.match(pinned[0], new RegExp(`^${hosts[0]}:`))
    })

    it("speaks HTTP on an address that others reach only if their proxy is named", async function () {
        if (reachOf("0.0.0.0").isLocal) this.skip()
        const http = ["--http", "--host", "0.0.0.0"]
        const refused = await airpin(["serve", "--port", "0", ...http], folder)
        assert.equal(refused.code, 2)
        assert.match(refused.stderr, /other machines can reach 0\.0\.0\.0 \[HTTP_EXPOSED\]\nnext /)
        assert.match(await serve([...http, "--trust-proxy", "192.0.2.7"]), /^page +http:\/\/[^/]+:\d+\/$/m)
    })

    it("tells link add where it is reached, also when its log is on stdout, as the unit for systemd has it", async () => {
        const serving = await airpinUntil(
            ["serve", "--port", "0", "--log", "--url", "https://air.example.org/"],
            text => text.includes('"serving"'),
            30_000,
            folder,
        )
        await serving.stop()
        const { stdout } = await airpin(["link", "add", "cook"], folder)
        assert.match(stdout, /^link +https:\/\/air\.example\.org\/v\/link_/)
    })

    it("shows the address of --url as that of the page", async () => {
        const stdout = await serve(["--url", "https://air.example.org/"])
        assert.match(stdout, /^page +https:\/\/air\.example\.org\/\n +https:\/\/127\.0\.0\.1:\d+\/$/m)
    })

    it("says that it upgrades a database of an earlier version, before it does", async () => {
        const database = new DatabaseSync(path.join(folder, "readings.db"))
        database.exec(await readFile(path.join(import.meta.dirname, "../fixtures/api/database-v3.sql"), "utf8"))
        database.close()
        const stdout = await serve(["--db", "readings.db"])
        assert.match(stdout, /^upgrade {3}\S+\/readings\.db is of an earlier version: .*\npage /)
        assert.doesNotMatch(await serve(["--db", "readings.db"]), /upgrade/)
    })

    it("warns at its start that the database cannot be written", async () => {
        await serve(["--db", "readings.db"])
        const lock = new DatabaseSync(path.join(folder, "readings.db"))
        lock.exec("BEGIN IMMEDIATE")
        const serving = await airpinUntil(
            ["serve", "--port", "0", "--db", "readings.db"],
            text => text.includes("Ctrl-C"),
            30_000,
            folder,
        )
        lock.close()
        assert.match(
            (await serving.stop()).stderr,
            /^warning {3}nothing is stored: another process is writing to the database\nnext {6}try again/,
        )
    })

    it("names the hosts of the certificate that it is given", async () => {
        const ca = await openOrCreateLocalCa(path.join(folder, "other"))
        const { keyPem, chainPem } = await ca.issue({ names: ["air.example.org", "*.example.com"] })
        await writeFile(path.join(folder, "chain.pem"), chainPem)
        await writeFile(path.join(folder, "key.pem"), keyPem)
        const stdout = await serve(["--host", "0.0.0.0", "--cert", "chain.pem", "--key", "key.pem"])
        assert.match(stdout, /^page +https:\/\/air\.example\.org:\d+\/$/m)
        assert.doesNotMatch(stdout, /https:\/\/\d/, "no address that the certificate is not for")
        assert.doesNotMatch(stdout, /0\.0\.0\.0/)
    })
})

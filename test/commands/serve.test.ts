import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
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

    it("names the hosts of the certificate that it is given", async () => {
        const ca = await openOrCreateLocalCa(path.join(folder, "other"))
        const { keyPem, chainPem } = await ca.issue({ names: ["air.example.org", "*.example.com"] })
        await writeFile(path.join(folder, "chain.pem"), chainPem)
        await writeFile(path.join(folder, "key.pem"), keyPem)
        const stdout = await serve(["--host", "0.0.0.0", "--cert", "chain.pem", "--key", "key.pem"])
        assert.match(stdout, /^page +https:\/\/air\.example\.org:\d+\/$/m)
        assert.doesNotMatch(stdout, /0\.0\.0\.0/)
    })
})

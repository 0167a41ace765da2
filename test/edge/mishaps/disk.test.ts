import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { temporaryFolder } from "../../support/airpin.ts"

const SCRIPT = fileURLToPath(new URL("support/disk-mishaps.ts", import.meta.url))
const TIMEOUT_MS = 60_000

describe("a mishap of the disk:", () => {
    let results: Record<string, string>

    before(async function () {
        const mount = 'mount -t tmpfs -o size=4m tmpfs "$TMPDIR" || exit 77; exec "$1" --import tsx "$2"'
        const args = ["-Urm", "sh", "-c", mount, "sh", process.execPath, SCRIPT]
        const env = { ...process.env, TMPDIR: await temporaryFolder() }
        const { error, status, stdout, stderr } = spawnSync("unshare", args, {
            env,
            encoding: "utf8",
            timeout: TIMEOUT_MS,
        })
        if (error || status === 77 || stderr.startsWith("unshare:")) {
            console.log("        skipped: this machine lets no user mount a disk")
            return this.skip()
        }
        assert.equal(status, 0, stderr)
        results = JSON.parse(stdout)
    })

    it("it is full", () => assert.equal(results.full, "kept"))

    it("the staging folder cannot be written", () => assert.equal(results.staging, "kept"))

    it("the edge folder cannot be written", () => assert.equal(results.all, "kept"))
})

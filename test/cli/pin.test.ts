import assert from "node:assert/strict"
import { readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import type { Authority } from "../../certs/authority.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { crossSignedChain } from "../support/cross-signed.ts"
import { temporaryAuthority, tlsServer, type RunningServer } from "../support/tls-servers.ts"

describe("airpin pin and bundle", () => {
    let authority: Authority
    let server: RunningServer
    let folder: string
    let ca: string
    before(async () => {
        authority = await temporaryAuthority({ rootName: "Test root", intermediateName: "Test CA" })
        server = await tlsServer({ key: authority.server.keyPem, cert: authority.server.chainPem })
        folder = await temporaryFolder()
        ca = path.join(folder, "root.pem")
        await writeFile(ca, authority.rootPem)
    })

    it("pins a running server, and changes nothing the second time", async () => {
        const pinned = path.join(folder, "pinned")
        const pin = () => airpin(["--json", "pin", `localhost:${server.port}`, "--ca", ca, "--pinned", pinned])
        const first = await pin()
        assert.equal(first.code, 0, first.stderr)
        const { changed, presented, anchors } = JSON.parse(first.stdout)
        assert.equal(changed, true)
        assert.deepEqual(presented, ["CN=localhost", "CN=Test CA"])
        assert.deepEqual(anchors.map((anchor: { subject: string }) => anchor.subject), ["CN=Test root"])
        const files = async () => Promise.all((await readdir(pinned)).sort().map(name => readFile(path.join(pinned, name), "utf8")))
        const before = await files()
        assert.equal(JSON.parse((await pin()).stdout).changed, false)
        assert.deepEqual(await files(), before)
    })

    it("writes the pins as a bundle that begins with their count and subject", async () => {
        const out = path.join(folder, "bundle.bin")
        const { code, stderr } = await airpin(["bundle", "--pinned", path.join(folder, "pinned"), "--out", out])
        assert.equal(code, 0, stderr)
        const bytes = await readFile(out)
        // 1 entry; a Name of 22 bytes (CN=Test root), a P-256 key of 91
        assert.equal(bytes.subarray(0, 6).toString("hex"), "00010016005b")
        assert.equal(bytes.length, 2 + 4 + 22 + 91)
    })

    it("refuses a server whose root nobody gave it, and writes nothing", async () => {
        const pinned = path.join(folder, "untouched")
        const { code, stderr } = await airpin(["pin", `localhost:${server.port}`, "--pinned", pinned])
        assert.equal(code, 1)
        assert.match(stderr, /\[CHAIN_UNTRUSTED\]/)
        assert.match(stderr, /--ca/)
        await assert.rejects(stat(pinned))
    })

    it("works offline on a chain in a file, and --dry-run writes nothing", async () => {
        const { chainPem, oldRootPem } = crossSignedChain()
        const [chain, old, pinned] = ["chain.pem", "old.pem", "dry"].map(name => path.join(folder, name)) as [string, string, string]
        await writeFile(chain, chainPem)
        await writeFile(old, oldRootPem)
        const { code, stdout, stderr } = await airpin(["pin", "--chain", chain, "--servername", "localhost", "--ca", old, "--pinned", pinned, "--dry-run"])
        assert.equal(code, 0, stderr)
        assert.match(stdout, /CN=Old root/)
        assert.match(stdout, /CN=New root/)
        await assert.rejects(stat(pinned))
    })

    it("says what is wrong with a host", async () => {
        assert.match((await airpin(["pin", "-x"])).stderr, /unknown option/)
        assert.match((await airpin(["pin", "no such host"])).stderr, /\[HOST_INVALID\]/)
        assert.match((await airpin(["pin", "no-such-host.invalid"])).stderr, /\[HOST_NOT_FOUND\]/)
    })
})

import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import type { Authority } from "../../certs/authority.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { crossSignedChain } from "../support/cross-signed.ts"
import { temporaryAuthority } from "../support/tls-servers.ts"

describe("airpin trust", () => {
    let authority: Authority
    let folder: string
    let leafPem: string
    before(async () => {
        authority = await temporaryAuthority({ rootName: "Test root", intermediateName: "Test CA" })
        folder = await temporaryFolder()
        leafPem = authority.server.chainPem.slice(0, authority.server.chainPem.indexOf("-----END CERTIFICATE-----") + 26)
    })

    async function trust(chain: string, bundle: string) {
        const [chainFile, bundleFile] = [path.join(folder, "chain.pem"), path.join(folder, "bundle.pem")]
        await writeFile(chainFile, chain)
        await writeFile(bundleFile, bundle)
        return airpin(["trust", "--chain", chainFile, "--servername", "localhost", "--bundle", bundleFile])
    }

    it("accepts the server with its root pinned", async () => {
        const { code, stdout } = await trust(authority.server.chainPem, authority.rootPem)
        assert.equal(code, 0, stdout)
        assert.match(stdout, /accepted/)
    })

    it("refuses what showcerts printed as anchors, and names the root that is missing", async () => {
        const { code, stdout } = await trust(authority.server.chainPem, authority.server.chainPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused/)
        assert.match(stdout, /CN=Test root/)
    })

    it("refuses the leaf as anchor, and names the root that is missing", async () => {
        const { code, stdout } = await trust(authority.server.chainPem, leafPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Test root/s)
    })

    it("refuses the intermediate as anchor, and names the root that is missing", async () => {
        const { code, stdout } = await trust(authority.server.chainPem, authority.intermediatePem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Test root/s)
    })

    it("refuses the new root of a cross-signed chain as the only anchor, and names the old one", async () => {
        const { chainPem, newRootPem } = crossSignedChain()
        const { code, stdout } = await trust(chainPem, newRootPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Old root/s)
    })

    it("says which file is missing", async () => {
        const { code, stderr } = await airpin(["trust", "--chain", "no-such.pem", "--servername", "a", "--bundle", "b"])
        assert.equal(code, 1)
        assert.match(stderr, /no-such\.pem: no such file \[FILE_UNREADABLE\]/)
    })

    it("gives the verdict as JSON", async () => {
        const file = path.join(folder, "bundle.pem")
        await writeFile(file, authority.intermediatePem)
        const chain = path.join(folder, "chain.pem")
        await writeFile(chain, authority.server.chainPem)
        const { stdout } = await airpin(["--json", "trust", "--chain", chain, "--servername", "localhost", "--bundle", file])
        const { accepted, error, wanted } = JSON.parse(stdout)
        assert.deepEqual({ accepted, error, wanted }, { accepted: false, error: "-0x3000", wanted: "CN=Test root" })
    })
})

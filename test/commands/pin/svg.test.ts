import assert from "node:assert/strict"
import { readdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { crossSignedChain } from "../../support/cross-signed.ts"

describe("airpin pin --svg", () => {
    it("draws the chain with the anchors chosen for it", async () => {
        const folder = await temporaryFolder()
        const [chain, old, svg, pinned] = ["chain.pem", "old.pem", "pins.svg", "pinned"].map(name =>
            path.join(folder, name),
        ) as [string, string, string, string]
        const { chainPem, oldRootPem } = crossSignedChain()
        await writeFile(chain, chainPem)
        await writeFile(old, oldRootPem)
        const { code, stdout, stderr } = await airpin([
            "pin",
            "--chain",
            chain,
            "--servername",
            "localhost",
            "--ca",
            old,
            "--pinned",
            pinned,
            "--svg",
            svg,
            "--dry-run",
        ])
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^picture +.*pins\.svg$/m)
        const words = [...(await readFile(svg, "utf8")).matchAll(/class="name"[^>]*>([^<]*)</g)].map(match => match[1])
        assert.deepEqual(words, ["New root", "Issuing CA", "localhost", "Old root", "New root"])
        assert.deepEqual((await readdir(folder)).sort(), ["chain.pem", "old.pem", "pins.svg"])
    })
})

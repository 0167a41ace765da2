import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { type Certificate, toPem } from "../../certs/x509/certificate.ts"
import { repin } from "../../devs/image/repin.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { stockImage } from "../support/flash-file.ts"
import { leafBy, mintOperator } from "../support/operator.ts"
import { temporaryCa, tlsServer } from "../support/tls-servers.ts"

/** A chain in the output of --json. */
interface ChainJson {
    label?: string
    kind: string
    counts: boolean
    verdicts: { accepted: boolean }[]
}

describe("airpin rehearse", () => {
    const world = mintOperator()
    const pick = (...names: string[]) => names.map(name => world[name]!)
    const served = [leafBy("YE1"), ...pick("int-ye1", "root-ye-by-x2", "root-x2-by-x1")]
    const roots = pick("isrgrootx1", "isrg-root-x2", "root-ye", "root-yr")
    let folder: string
    const file = (name: string) => path.join(folder, name)
    const write = (name: string, certificates: Certificate[]) => writeFile(file(name), certificates.map(toPem).join(""))

    before(async () => {
        folder = await temporaryFolder()
        await mkdir(file("known"))
        for (const [name, certificate] of Object.entries(world)) await write(`known/${name}.pem`, [certificate])
        await write("served.pem", served)
        await write("all.pem", roots)
        await write("x1.pem", pick("isrgrootx1"))
    })

    const rehearse = (...args: string[]) =>
        airpin(["rehearse", "--chain", file("served.pem"), "--servername", "leaf.test", ...args])

    it("exits with 0 when every possible chain is accepted, whatever the mistakes", async () => {
        const { code, stdout, stderr } = await rehearse("--anchors", file("known"), "--bundle", file("all.pem"))
        assert.equal(code, 0, stdout + stderr)
        assert.match(stdout, /^served +leaf\.test ← YE1 ← YE ← X2 +X1 +accepted$/m)
        assert.match(stdout, /^other key +YR1 ← YR +X1 +accepted$/m)
        assert.match(stdout, /^mistakes +leaf only: leaf\.test +YE1 +refused -0x3000$/m)
        assert.match(stdout, /TLS 1\.3 only: .* refused -0x7780$/m)
        assert.match(stdout, /^verdict .*all 10 possible chains are accepted$/m)
    })

    it("exits with 20 when one of two sets would refuse a chain, and names the missing anchors", async () => {
        const { code, stdout } = await rehearse(
            "--anchors",
            file("known"),
            "--bundle",
            file("all.pem"),
            "--bundle",
            file("x1.pem"),
        )
        assert.equal(code, 20)
        assert.match(stdout, /^served .* accepted +accepted$/m)
        assert.match(stdout, /^shorter +leaf\.test ← YE1 ← YE +X2 +accepted +refused -0x3000$/m)
        assert.match(stdout, /x1\.pem: 6 of 10 possible chains would be refused; missing in the bundle: X2, YE, YR$/m)
    })

    it("uses the bundle of a flash image", async () => {
        const image = await repin(stockImage(), roots)
        await writeFile(file("device-0x1000.bin"), image)
        await writeFile(file("stock-0x1000.bin"), stockImage())
        const { code, stdout } = await rehearse(
            "--anchors",
            file("known"),
            "--bundle",
            file("device-0x1000.bin"),
            "--bundle",
            file("stock-0x1000.bin"),
        )
        assert.equal(code, 20)
        assert.match(stdout, /^served .* accepted +refused -0x3000$/m)
        assert.match(stdout, /^verdict .*device-0x1000\.bin: all 10 possible chains are accepted$/m)
        assert.match(
            stdout,
            /stock-0x1000\.bin: 10 of 10 possible chains would be refused; missing in the bundle: X1, X2, YE, YR$/m,
        )
    })

    it("reads a bundle, and prints everything as JSON", async () => {
        await writeFile(file("bundle.bin"), encodeBundle(pick("isrgrootx1")))
        const { code, stdout } = await airpin([
            "--json",
            "rehearse",
            "--chain",
            file("served.pem"),
            "--servername",
            "leaf.test",
            "--bundle",
            file("bundle.bin"),
        ])
        const { accepted, sets, chains } = JSON.parse(stdout) as {
            accepted: boolean
            sets: unknown
            chains: ChainJson[]
        }
        assert.deepEqual([code, accepted, sets], [20, false, [{ name: file("bundle.bin"), anchors: 1 }]])
        const short = chains.map(chain => [chain.label ?? chain.kind, chain.counts, chain.verdicts[0]?.accepted])
        assert.deepEqual(short, [
            ["served", true, true],
            ["shorter", true, false],
            ["shorter", true, false],
            ["leaf only", false, false],
            ["reversed", false, false],
            ["TLS 1.3 only", false, false],
        ])
    })

    it("accepts a folder of chains, with or without their leaf", async () => {
        await mkdir(file("chains"))
        await write("chains/a.pem", pick("int-yr2", "root-yr-by-x1"))
        await write("chains/b.pem", [leafBy("YR1"), ...pick("int-yr1")])
        const { code, stdout } = await airpin([
            "rehearse",
            "--chains",
            file("chains"),
            "--servername",
            "leaf.test",
            "--bundle",
            file("x1.pem"),
        ])
        assert.equal(code, 20)
        assert.match(stdout, /^given +a\.pem: YR2 ← YR +X1 +accepted$/m)
        assert.match(stdout, /^ +b\.pem: leaf\.test ← YR1 +YR +refused -0x3000$/m)
    })

    it("requires the host name for a chain with a leaf, and at least one chain", async () => {
        assert.match(
            (await airpin(["rehearse", "--chain", file("served.pem"), "--bundle", file("x1.pem")])).stderr,
            /\[SERVERNAME_MISSING\]/,
        )
        assert.match((await airpin(["rehearse", "--bundle", file("x1.pem")])).stderr, /\[HOST_MISSING\]/)
        assert.match((await airpin(["rehearse"], folder)).stderr, /\[HOST_MISSING\]/) // and nothing is pinned there
        assert.match(
            (await airpin(["rehearse", "--chains", file("no-such"), "--bundle", file("x1.pem")])).stderr,
            /\[FOLDER_UNREADABLE\]/,
        )
    })

    it("requires that the backup is trusted", async () => {
        const { rootPem } = await temporaryCa({ rootName: "Backup root" })
        await writeFile(file("backup.pem"), rootPem)
        await writeFile(file("with-backup.pem"), rootPem + roots.map(toPem).join(""))
        const missing = await rehearse("--bundle", file("all.pem"), "--backup", file("backup.pem"))
        assert.equal(missing.code, 20)
        assert.match(missing.stdout, /^backup +chain below it: Backup root +Backup root +refused -0x3000$/m)
        assert.equal((await rehearse("--bundle", file("with-backup.pem"), "--backup", file("backup.pem"))).code, 0)
    })

    it("pulls the chain of a running server", async () => {
        const localCa = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
        const server = await tlsServer({ key: localCa.server.keyPem, cert: localCa.server.chainPem })
        await writeFile(file("root.pem"), localCa.rootPem)
        const { code, stdout, stderr } = await airpin([
            "rehearse",
            `localhost:${server.port}`,
            "--bundle",
            file("root.pem"),
        ])
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^served +localhost ← Test CA +Test root +accepted$/m)
    })
})

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { text } from "node:stream/consumers"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import type { LocalCa } from "../../certs/local-ca.ts"
import { parseCertificate, toPem } from "../../certs/x509/certificate.ts"
import { airpin, BIN, temporaryFolder } from "../support/airpin.ts"
import { crossSignedChain } from "../support/cross-signed.ts"
import { inter, interFields, leaf, leafFields, root, rootFields } from "../support/device-verdict.ts"
import { dn, ec, mint, PRINTABLE, tlv } from "../support/mint.ts"
import { temporaryCa } from "../support/tls-servers.ts"

describe("airpin trust", () => {
    let localCa: LocalCa
    let folder: string
    let leafPem: string
    before(async () => {
        localCa = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
        folder = await temporaryFolder()
        leafPem = localCa.server.chainPem.slice(0, localCa.server.chainPem.indexOf("-----END CERTIFICATE-----") + 26)
    })

    async function trust(chain: string, bundle: string) {
        const [chainFile, bundleFile] = [path.join(folder, "chain.pem"), path.join(folder, "bundle.pem")]
        await writeFile(chainFile, chain)
        await writeFile(bundleFile, bundle)
        return airpin(["trust", "--chain", chainFile, "--servername", "localhost", "--bundle", bundleFile])
    }

    it("accepts the server with its root pinned", async () => {
        const { code, stdout } = await trust(localCa.server.chainPem, localCa.rootPem)
        assert.equal(code, 0, stdout)
        assert.match(stdout, /accepted/)
    })

    it("refuses what showcerts printed as anchors, and names the root that is missing", async () => {
        const { code, stdout } = await trust(localCa.server.chainPem, localCa.server.chainPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused/)
        assert.match(stdout, /CN=Test root/)
    })

    it("refuses with its exit code when stdout is closed", async () => {
        const chain = path.join(folder, "unread.pem")
        await writeFile(chain, localCa.server.chainPem)
        const child = spawn(process.execPath, [
            BIN,
            "trust",
            "--chain",
            chain,
            "--servername",
            "localhost",
            "--bundle",
            chain,
        ])
        child.stdout.destroy()
        const [[code], said] = await Promise.all([once(child, "exit"), text(child.stderr)])
        assert.deepEqual([code, said], [20, ""])
    })

    it("refuses the leaf as anchor, and names the root that is missing", async () => {
        const { code, stdout } = await trust(localCa.server.chainPem, leafPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Test root/s)
    })

    it("refuses the intermediate as anchor, and names the root that is missing", async () => {
        const { code, stdout } = await trust(localCa.server.chainPem, localCa.intermediatePem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Test root/s)
    })

    it("refuses the new root of a cross-signed chain as the only anchor, and names the old one", async () => {
        const { chainPem, newRootPem } = crossSignedChain()
        const { code, stdout } = await trust(chainPem, newRootPem)
        assert.equal(code, 20)
        assert.match(stdout, /refused.*CN=Old root/s)
    })

    it("names the missing file", async () => {
        const { code, stderr } = await airpin(["trust", "--chain", "no-such.pem", "--servername", "a", "--bundle", "b"])
        assert.equal(code, 1)
        assert.match(stderr, /no-such\.pem: no such file \[FILE_UNREADABLE\]/)
    })

    it("gives the verdict as JSON", async () => {
        const file = path.join(folder, "bundle.pem")
        await writeFile(file, localCa.intermediatePem)
        const chain = path.join(folder, "chain.pem")
        await writeFile(chain, localCa.server.chainPem)
        const { stdout } = await airpin([
            "--json",
            "trust",
            "--chain",
            chain,
            "--servername",
            "localhost",
            "--bundle",
            file,
        ])
        const { accepted, error, lookedUp } = JSON.parse(stdout)
        assert.deepEqual({ accepted, error, lookedUp }, { accepted: false, error: "-0x3000", lookedUp: "CN=Test root" })
    })

    describe("shows the chip's path", () => {
        it("to the top, to the issuer looked up, and to the signature", async () => {
            const { stdout } = await trustDer([leaf, inter], [root])
            assert.match(stdout, /^top +CN=Inter$/m)
            assert.match(stdout, /^looked up CN=Root: found in the bundle of 1 anchor$/m)
            assert.match(stdout, /^signature on CN=Inter: made by the key that the bundle has for CN=Root$/m)
            assert.match(stdout, /^openssl +would say OK$/m)
            assert.doesNotMatch(stdout, /differs/)
        })

        it("past certificates it does not link, to an anchor with another key", async () => {
            const unrelated = mint({ ...rootFields, key: ec(), signer: ec() })
            const { stdout } = await trustDer(
                [leaf, mint({ ...interFields, subject: dn("Stray") }), inter],
                [unrelated],
            )
            assert.match(stdout, /2 {2}CN=Stray {2}\(not in the chip's path\)/)
            assert.match(stdout, /^signature on CN=Inter: not made by the key that the bundle has for CN=Root$/m)
        })
    })

    describe("shows OpenSSL's verdict, and why it differs", () => {
        const upperKey = ec()
        const upper = mint({ ...rootFields, subject: dn("Upper"), key: upperKey })
        const lower = mint({ ...interFields, issuer: dn("Upper"), signer: upperKey })

        it("where intermediates are sent in reverse order", async () => {
            const { code, stdout } = await trustDer([leaf, upper, lower], [root])
            assert.equal(code, 20)
            assert.match(stdout, /^openssl +would say OK\n +differs: "CN=Upper" is sent before "CN=Inter"/m)
        })

        it("where the chain continues above an anchor", async () => {
            const self = mint({
                ...rootFields,
                subject: dn("Upper"),
                issuer: dn("Upper"),
                key: upperKey,
                signer: upperKey,
            })
            const { code, stdout } = await trustDer([leaf, lower, upper], [self])
            assert.equal(code, 20)
            const why =
                /would say OK\n +differs: the path is trusted by the anchor "CN=Upper", but .* leads the chip on to "CN=Root"/
            assert.match(stdout, why)
        })

        it("where the issuer's name has another string type", async () => {
            const printable = dn("Root", { tag: PRINTABLE })
            const { code, stdout } = await trustDer(
                [leaf, inter],
                [mint({ ...rootFields, subject: printable, issuer: printable })],
            )
            assert.equal(code, 20)
            assert.match(stdout, /would say OK\n +differs: OpenSSL treats two encodings of "CN=Root" as one name/)
        })

        it("where the leaf has expired, with a warning", async () => {
            const expired = mint({ ...leafFields, notAfter: tlv(0x17, Buffer.from("250601000000Z")) })
            const { code, stdout, stderr } = await trustDer([expired, inter], [root])
            assert.equal(code, 0)
            assert.match(stdout, /would say "certificate has expired"\n +differs: the chip has no clock/)
            assert.match(
                stderr,
                /^warning +"CN=leaf.test" expired on 2025-06-01: devices still accept it, all other clients refuse it$/m,
            )
        })

        it("warns about dates that are near, of the chain or of an anchor", async () => {
            const [day] = new Date(Date.now() + 10.5 * 24 * 3600 * 1000).toISOString().split("T") as [string]
            const notAfter = tlv(0x17, Buffer.from(`${day.slice(2).replaceAll("-", "")}235959Z`))
            const { code, stderr } = await trustDer(
                [mint({ ...leafFields, notAfter }), inter],
                [mint({ ...rootFields, notAfter })],
            )
            assert.equal(code, 0)
            assert.match(
                stderr,
                new RegExp(
                    `^warning +"CN=leaf.test" ends on ${day}, in 1[01] days, with 1 % of its lifetime left$`,
                    "m",
                ),
            )
            assert.match(stderr, new RegExp(`^warning +the anchor "CN=Root" ends on ${day}, in 1[01] days$`, "m"))
        })

        it("where an intermediate is the anchor and is not sent", async () => {
            const { code, stdout } = await trustDer([leaf], [inter])
            assert.equal(code, 0)
            assert.match(stdout, /would say "unable to get issuer certificate"\n +differs: OpenSSL requires a root/)
        })

        it("for a bundle too, as far as certificates are known for its names and keys", async () => {
            const bundle = path.join(folder, "bundle.bin")
            await writeFile(bundle, encodeBundle([parseCertificate(root)]))
            const chain = path.join(folder, "chain.pem")
            await writeFile(chain, pemOf([leaf, inter]))
            const ask = () =>
                airpin(["--json", "trust", "--chain", chain, "--servername", "leaf.test", "--bundle", bundle])
            const unknown = JSON.parse((await ask()).stdout)
            assert.deepEqual([unknown.accepted, unknown.openssl.accepted, unknown.dates], [true, false, []])
            await writeFile(chain, pemOf([leaf, inter, root]))
            assert.deepEqual(JSON.parse((await ask()).stdout).openssl, { accepted: true })
        })
    })

    it("names what is wrong with the chain, below the verdict and in JSON", async () => {
        const { code, stdout } = await trustDer([mint({ ...leafFields, extensions: [] }), inter], [root])
        assert.equal(code, 0, stdout)
        assert.match(stdout, /^verdict +accepted: .*\n +"CN=leaf\.test" has no subjectAltName, only a common name/m)
        const [chain, anchors] = [path.join(folder, "chain.pem"), path.join(folder, "anchors.pem")]
        await writeFile(chain, pemOf([inter, leaf]))
        const wrong = ["--json", "trust", "--chain", chain, "--servername", "leaf.test", "--bundle", anchors]
        const { faults } = JSON.parse((await airpin(wrong)).stdout)
        assert.deepEqual([faults.length, faults[0].kind], [1, "order"])
    })

    it("draws it", async () => {
        const [chain, anchors, svg] = ["chain.pem", "anchors.pem", "pictures/trust.svg"].map(name =>
            path.join(folder, name),
        ) as [string, string, string]
        await writeFile(chain, pemOf([leaf, inter]))
        await writeFile(anchors, pemOf([root]))
        const { code, stderr } = await airpin([
            "trust",
            "--chain",
            chain,
            "--servername",
            "leaf.test",
            "--bundle",
            anchors,
            "--svg",
            svg,
        ])
        assert.equal(code, 0, stderr)
        assert.match(await readFile(svg, "utf8"), /^<svg .*signed the top.*<\/svg>\n$/s)
    })

    const pemOf = (ders: Buffer[]) => ders.map(der => toPem(parseCertificate(der))).join("")

    async function trustDer(chain: Buffer[], anchors: Buffer[]) {
        const [chainFile, bundleFile] = [path.join(folder, "chain.pem"), path.join(folder, "anchors.pem")]
        await writeFile(chainFile, pemOf(chain))
        await writeFile(bundleFile, pemOf(anchors))
        return airpin(["trust", "--chain", chainFile, "--servername", "leaf.test", "--bundle", bundleFile])
    }
})

import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { readLock } from "../../certs/lock.ts"
import { type Certificate, parsePem, toPem } from "../../certs/x509/certificate.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"
import { temporaryCa } from "../support/tls-servers.ts"

describe("airpin ca", () => {
    let folder: string
    const file = (name: string) => path.join(folder, name)
    before(async () => {
        folder = await temporaryFolder()
    })

    const modes = async (directory: string) => {
        const names = (await readdir(directory)).sort()
        return Promise.all(
            names.map(async name => [name, ((await stat(path.join(directory, name))).mode & 0o777).toString(8)]),
        )
    }

    it("creates a root that only its owner can read, valid for 20 years", async () => {
        const { code, stdout, stderr } = await airpin([
            "--json",
            "ca",
            "new",
            "--dir",
            file("ca"),
            "--name",
            "Spare root",
        ])
        assert.equal(code, 0, stderr)
        assert.equal(((await stat(file("ca"))).mode & 0o777).toString(8), "700")
        assert.deepEqual(await modes(file("ca")), [
            ["intermediate.key.pem", "600"],
            ["intermediate.pem", "644"],
            ["root.key.pem", "600"],
            ["root.pem", "644"],
        ])
        const [root] = parsePem(await readFile(file("ca/root.pem"), "utf8"))
        const { directory, root: rootFile, subject, spkiSha256 } = JSON.parse(stdout)
        assert.deepEqual(
            [directory, rootFile, subject, spkiSha256],
            [file("ca"), file("ca/root.pem"), "CN=Spare root", root!.spkiSha256],
        )
        assert.equal(root!.notAfter.getFullYear(), new Date().getFullYear() + 20)
    })

    it("issues a server certificate that devices with the root as backup accept", async () => {
        const localCa = await temporaryCa({ rootName: "Everyday root" })
        await writeFile(file("chain.pem"), localCa.server.chainPem)
        await writeFile(file("root.pem"), localCa.rootPem)
        const pinArgs = [
            "--chain",
            file("chain.pem"),
            "--servername",
            "localhost",
            "--ca",
            file("root.pem"),
            "--backup",
            file("ca/root.pem"),
        ]
        assert.equal((await airpin(["pin", ...pinArgs, "--pinned", file("pinned")])).code, 0)
        const issued = await airpin([
            "ca",
            "issue",
            "--dir",
            file("ca"),
            "--name",
            "api.test",
            "192.0.2.1",
            "--out",
            file("out"),
        ])
        assert.equal(issued.code, 0, issued.stderr)
        assert.deepEqual(await modes(file("out")), [
            ["fullchain.pem", "644"],
            ["privkey.pem", "600"],
        ])
        const chain = parsePem(await readFile(file("out/fullchain.pem"), "utf8"))
        const bundle = encodeBundle((await readLock(file("pinned"))).anchors.map(({ certificate }) => certificate))
        for (const name of ["api.test", "192.0.2.1"])
            assert.ok(
                deviceAccepts(
                    chain.map(({ der }) => der),
                    bundle,
                    name,
                ).accepted,
            )
        assert.equal(
            deviceAccepts(
                chain.map(({ der }) => der),
                encodeBundle(parsePem(localCa.rootPem)),
                "api.test",
            ).accepted,
            false,
        )
        verifyWithOpenssl(chain)
        const again = await airpin(["ca", "issue", "--dir", file("ca"), "--name", "api.test", "--out", file("out")])
        assert.match(again.stderr, /\[CA_OUTPUT_EXISTS\]/)
    })

    function verifyWithOpenssl([leaf, intermediate]: Certificate[]): void {
        const args = [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "api.test",
            "-CAfile",
            file("ca/root.pem"),
        ]
        execFileSync("openssl", [...args, "-untrusted", file("ca/intermediate.pem")], { input: toPem(leaf!) })
        assert.equal(intermediate!.issuer, "CN=Spare root")
    }

    it("does not overwrite existing files", async () => {
        const before = await readFile(file("ca/root.key.pem"), "utf8")
        const { code, stderr } = await airpin(["ca", "new", "--dir", file("ca")])
        assert.equal(code, 1)
        assert.match(stderr, /\[CA_EXISTS\]/)
        assert.equal(await readFile(file("ca/root.key.pem"), "utf8"), before)
    })

    it("refuses to put a private key into a repository, also through a link", async () => {
        await mkdir(file("repository/.git"), { recursive: true })
        await mkdir(file("repository/deep"))
        await symlink(file("repository/deep"), file("link"))
        const refused = [
            ["ca", "new", "--dir", file("repository/ca")],
            ["ca", "new", "--dir", file("link/far/away")],
            ["ca", "issue", "--dir", file("ca"), "--name", "api.test", "--out", file("link/out")],
        ]
        for (const args of refused) {
            const { code, stderr } = await airpin(args)
            assert.equal(code, 1)
            assert.match(stderr, /\[CA_IN_REPOSITORY\]/)
        }
        assert.deepEqual(await readdir(file("repository")), [".git", "deep"])
        assert.deepEqual(await readdir(file("repository/deep")), [])
    })

    it("reports an invalid name or folder, and writes nothing", async () => {
        assert.match(
            (await airpin(["ca", "new", "--dir", file("long"), "--name", "x".repeat(60)])).stderr,
            /\[CA_NAME_TOO_LONG\]/,
        )
        const { code, stderr } = await airpin(["ca", "new", "--dir", file("long"), "--name", " "])
        assert.deepEqual([code, stderr.match(/\[\w+\]/)?.[0]], [2, "[CA_NAME_EMPTY]"])
        assert.match(
            (await airpin(["ca", "issue", "--dir", file("ca"), "--name", "-x y", "--out", file("no")])).stderr,
            /\[SERVER_NAME_INVALID\]/,
        )
        assert.match(
            (await airpin(["ca", "issue", "--dir", file("none"), "--name", "api.test", "--out", file("no")])).stderr,
            /\[CA_MISSING\]/,
        )
        for (const name of ["long", "no"]) await assert.rejects(stat(file(name)), { code: "ENOENT" })
    })
})

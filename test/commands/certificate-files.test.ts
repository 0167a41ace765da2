import assert from "node:assert/strict"
import { execFile, execFileSync } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"
import { temporaryCa, tlsServer } from "../support/tls-servers.ts"

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/certs/${name}`, import.meta.url))
const field = (name: string) => fixture(`field/field-${name}`)
const NAME = ["--servername", "air.example.org"]

describe("an option that takes certificates", () => {
    let folder: string
    let pinned: string
    before(async () => {
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
    })

    it("reads PKCS#7, UTF-16 and DER: pin --chain, --ca, --anchors with a file, --backup", async () => {
        const backup = path.join(folder, "backup.der")
        await writeFile(backup, parsePem((await temporaryCa({ rootName: "Backup" })).rootPem)[0].der)
        const args = ["pin", ...NAME, "--pinned", pinned, "--chain", field("full-utf16.pem"), "--backup", backup]
        const first = await airpin([...args, "--ca", field("root.cer")])
        assert.equal(first.code, 0, first.stderr)
        assert.match(first.stdout, /CN=Field Root, O=Field, ECDSA P-256.*CN=Backup/s)
        const again = await airpin(["--json", ...args, "--anchors", field("root.cer")])
        assert.equal(again.code, 0, again.stderr)
        assert.equal(JSON.parse(again.stdout).anchors.length, 2)
    })

    it("reads PKCS#7: pin --check --chain", async () => {
        const check = ["pin", "--check", "--pinned", pinned, ...NAME, "air.example.org:443", "--chain"]
        const { code, stdout } = await airpin([...check, field("full.p7b")])
        assert.deepEqual([code, stdout.slice(0, 7)], [0, "current"], stdout)
    })

    it("reads PKCS#7 and DER, and makes a bundle of certificates: trust --chain, --bundle", async () => {
        const { code, stdout } = await airpin([
            "trust",
            ...NAME,
            ...["--chain", field("full.p7b"), "--bundle", field("root.cer")],
        ])
        assert.equal(code, 0, stdout)
        assert.match(stdout, /^looked up CN=Field Root, O=Field: found in the bundle of 1 anchor$/m)
    })

    it("reads any form, and makes bundles of certificates: rehearse --chain, --chains, --bundle, --backup", async () => {
        const chains = path.join(folder, "chains")
        await mkdir(chains)
        execFileSync("cp", [field("full.p7b"), field("full-utf16.pem"), chains])
        const { code, stdout } = await airpin([
            "rehearse",
            ...NAME,
            ...["--chain", field("full-utf16.pem"), "--chains", chains],
            ...["--bundle", field("root.cer"), "--backup", field("root.cer")],
        ])
        assert.equal(code, 0, stdout)
        assert.match(stdout, /field-full\.p7b/)
    })

    it("reads what a terminal showed of openssl s_client -showcerts: trust --chain", async () => {
        const { server, rootPem } = await temporaryCa()
        const running = await tlsServer({ key: server.keyPem, cert: server.chainPem })
        const args = ["s_client", "-connect", `127.0.0.1:${running.port}`, "-servername", "localhost", "-showcerts"]
        const client = promisify(execFile)("openssl", args)
        client.child.stdin?.end()
        const { stdout, stderr } = await client
        const [chain, root] = [path.join(folder, "terminal.txt"), path.join(folder, "terminal-root.pem")]
        await writeFile(chain, `$ openssl ${args.join(" ")}\n${stderr}${stdout}`.replaceAll("\n", "\r\n"))
        await writeFile(root, rootPem)
        const trust = ["trust", "--chain", chain, "--servername", "localhost", "--bundle", root]
        const outcome = await airpin(["--json", ...trust])
        assert.equal(outcome.code, 0, outcome.stderr)
        assert.equal(JSON.parse(outcome.stdout).presented.length, 2)
    })

    it("says what to do with a certificate where a folder of pins belongs: bundle --pinned", async () => {
        const { code, stderr } = await airpin(["bundle", "--pinned", field("root.pem")])
        assert.equal(code, 1)
        assert.match(
            stderr,
            /field-root\.pem is a file, not a folder of pins \[LOCK_MISSING\]\nnext +make the folder: airpin pin/,
        )
    })

    it("makes a bundle of certificates: bundle --show", async () => {
        const { code, stdout } = await airpin(["--json", "bundle", "--show", field("root.cer")])
        assert.equal(code, 0)
        const { format, anchors } = JSON.parse(stdout)
        assert.deepEqual([format, anchors[0].subject], ["idf50", "CN=Field Root, O=Field"])
    })

    it("reads PKCS#7: serve --cert", async () => {
        const { server, rootPem } = await temporaryCa()
        const [cert, key, root] = ["chain.p7b", "key.pem", "root.pem"].map(name => path.join(folder, name)) as [
            string,
            string,
            string,
        ]
        await writeFile(path.join(folder, "chain.pem"), server.chainPem)
        await writeFile(key, server.keyPem)
        await writeFile(root, rootPem)
        execFileSync("openssl", ["crl2pkcs7", "-nocrl", "-certfile", path.join(folder, "chain.pem"), "-out", cert])
        const args = ["serve", "--port", "0", "--db", path.join(folder, "a.db"), "--cert", cert, "--key", key]
        const run = await airpinUntil(args, text => /https:\/\/\S+:\d+\//.test(text), 20_000)
        const [, port] = /https:\/\/\S+?:(\d+)\//.exec(run.stdout()) ?? []
        const { code, stderr } = await airpin(["pin", `localhost:${port}`, "--ca", root, "--dry-run"])
        await run.stop()
        assert.equal(code, 0, stderr)
    })

    describe("refuses another file, by its name and by what it is", () => {
        const key = fixture("foreign/CERTIFICATE_FILE_FOREIGN-private-key.pem")
        const commands: string[][] = [
            ["pin", ...NAME, "--chain"],
            ["pin", ...NAME, "--chain", field("full.pem"), "--ca"],
            ["pin", ...NAME, "--chain", field("full.pem"), "--ca", field("root.pem"), "--backup"],
            ["trust", ...NAME, "--bundle", field("root.pem"), "--chain"],
            ["trust", ...NAME, "--chain", field("full.pem"), "--bundle"],
            ["rehearse", ...NAME, "--bundle", field("root.pem"), "--chain"],
            ["rehearse", ...NAME, "--chain", field("full.pem"), "--bundle"],
            ["bundle", "--show"],
        ]
        for (const command of commands)
            it(`${command[0]} ${command.at(-1)}`, async () => {
                const { code, stderr } = await airpin([...command, key])
                assert.equal(code, 1)
                assert.match(
                    stderr,
                    /private-key\.pem is a private key \[CERTIFICATE_FILE_FOREIGN\]\nnext +give the cert/,
                )
            })

        it("pin --ca with a bundle", async () => {
            const file = path.join(folder, "bundle.bin")
            await writeFile(file, encodeBundle(parsePem((await temporaryCa()).rootPem)))
            const { code, stderr } = await airpin(["pin", ...NAME, "--chain", field("full.pem"), "--ca", file])
            assert.equal(code, 1)
            assert.match(stderr, /bundle\.bin is a certificate bundle: it has only names and keys/)
        })
    })
})

import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { parsePem, toPem } from "../../../certs/x509/certificate.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { crossSignedChain } from "../../support/cross-signed.ts"
import { type RunningServer, temporaryCa, tlsServer } from "../../support/tls-servers.ts"

describe("airpin pin and bundle", () => {
    let localCa: LocalCa
    let server: RunningServer
    let folder: string
    let ca: string
    before(async () => {
        localCa = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
        server = await tlsServer({ key: localCa.server.keyPem, cert: localCa.server.chainPem })
        folder = await temporaryFolder()
        ca = path.join(folder, "root.pem")
        await writeFile(ca, localCa.rootPem)
    })

    it("pins a running server, and changes nothing the second time", async () => {
        const pinned = path.join(folder, "pinned")
        const pin = () => airpin(["--json", "pin", `localhost:${server.port}`, "--ca", ca, "--pinned", pinned])
        const first = await pin()
        assert.equal(first.code, 0, first.stderr)
        const { changed, hosts, anchors } = JSON.parse(first.stdout)
        assert.equal(changed, true)
        assert.deepEqual(hosts, [
            {
                host: `localhost:${server.port}`,
                judged: "handshake",
                addresses: ["127.0.0.1"],
                presented: ["CN=localhost", "CN=Test CA"],
            },
        ])
        assert.deepEqual(
            anchors.map((anchor: { subject: string }) => anchor.subject),
            ["CN=Test root"],
        )
        const files = async () =>
            Promise.all((await readdir(pinned)).sort().map(name => readFile(path.join(pinned, name), "utf8")))
        const before = await files()
        assert.equal(JSON.parse((await pin()).stdout).changed, false)
        assert.deepEqual(await files(), before)
    })

    it("writes a bundle that begins with the number of pins and the first subject's length", async () => {
        const out = path.join(folder, "bundle.bin")
        const { code, stderr } = await airpin(["bundle", "--pinned", path.join(folder, "pinned"), "--out", out])
        assert.equal(code, 0, stderr)
        const bytes = await readFile(out)
        // 1 entry; a Name of 22 bytes (CN=Test root), a P-256 key of 91
        assert.equal(bytes.subarray(0, 6).toString("hex"), "00010016005b")
        assert.equal(bytes.length, 2 + 4 + 22 + 91)
    })

    it("refuses a server whose root is not trusted, and writes nothing", async () => {
        const pinned = path.join(folder, "untouched")
        const { code, stderr } = await airpin(["pin", `localhost:${server.port}`, "--pinned", pinned])
        assert.equal(code, 1)
        assert.match(stderr, /\[CHAIN_UNTRUSTED\]/)
        assert.match(stderr, /--ca/)
        await assert.rejects(stat(pinned))
    })

    it("works offline on a chain in a file, and --dry-run writes nothing", async () => {
        const { chainPem, oldRootPem } = crossSignedChain()
        const [chain, old, pinned] = ["chain.pem", "old.pem", "dry"].map(name => path.join(folder, name)) as [
            string,
            string,
            string,
        ]
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
            "--dry-run",
        ])
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

describe("airpin pin with several servers, a backup, and pins to remove", () => {
    let folder: string
    let pinned: string
    let api: RunningServer
    let spare: RunningServer
    let intermediatePem: string
    const file = (name: string) => path.join(folder, name)

    before(async () => {
        folder = await temporaryFolder()
        const [one, two, three] = [
            await temporaryCa({ rootName: "API root" }),
            await temporaryCa({ rootName: "Spare root" }),
            await temporaryCa({ rootName: "Backup root" }),
        ]
        api = await tlsServer({ key: one.server.keyPem, cert: one.server.chainPem })
        spare = await tlsServer({ key: two.server.keyPem, cert: two.server.chainPem })
        intermediatePem = one.intermediatePem
        await mkdir(file("roots"))
        await writeFile(file("roots/api.crt"), one.rootPem)
        await writeFile(file("roots/spare.pem"), two.rootPem)
        await writeFile(file("backup.pem"), three.rootPem)
        await writeFile(file("chain.pem"), one.server.chainPem)
        await writeFile(file("leaf.pem"), toPem(parsePem(one.server.chainPem)[0]!))
    })
    beforeEach(async () => {
        pinned = path.join(folder, `pinned-${Math.random()}`)
    })

    const pin = (...args: string[]) => airpin(["pin", "--pinned", pinned, ...args])
    const both = () => [`localhost:${api.port}`, `127.0.0.1:${spare.port}`, "--anchors", file("roots")]
    const offline = (...more: string[]) => pin("--chain", file("chain.pem"), "--servername", "localhost", ...more)

    async function contents(): Promise<Record<string, string>> {
        const names = (await readdir(pinned)).sort()
        return Object.fromEntries(
            await Promise.all(names.map(async name => [name, await readFile(path.join(pinned, name), "utf8")])),
        )
    }
    const lock = async () =>
        JSON.parse((await contents())["pins.json"]!) as {
            hosts: string[]
            anchors: { subject: string; role: string }[]
        }
    const roles = async () => Object.fromEntries((await lock()).anchors.map(({ subject, role }) => [subject, role]))

    it("keeps two servers in one lock, and removes no anchor without --yes", async () => {
        const first = await pin(...both())
        assert.equal(first.code, 0, first.stderr)
        assert.match(first.stderr, /warning +no backup anchor: .* airpin ca new/)
        assert.deepEqual((await lock()).hosts, [`127.0.0.1:${spare.port}`, `localhost:${api.port}`])
        assert.deepEqual(await roles(), { "CN=API root": "issuer", "CN=Spare root": "issuer" })
        const before = await contents()
        const refused = await pin(`localhost:${api.port}`)
        assert.equal(refused.code, 1)
        assert.match(refused.stderr, /"CN=Spare root", pinned before \[ANCHOR_REMOVAL\]/)
        assert.deepEqual(await contents(), before)
        assert.equal((await pin(`localhost:${api.port}`, "--yes")).code, 0)
        assert.deepEqual(await roles(), { "CN=API root": "issuer" })
    })

    it("asks at a terminal before it removes", async function () {
        if (!existsSync("/usr/bin/script")) this.skip()
        assert.equal((await pin(...both())).code, 0)
        const onlyApi = ["pin", "--pinned", pinned, "--chain", file("chain.pem"), "--servername", "localhost"]
        const no = atTerminal(onlyApi, "n\n")
        assert.match(no.stdout, /Remove these anchors\? \[y\/N\]/)
        assert.match(no.stdout, /ANCHOR_REMOVAL/)
        assert.equal(no.status, 1)
        assert.equal((await lock()).anchors.length, 2)
        assert.equal(atTerminal(onlyApi, "y\n").status, 0)
        assert.equal((await lock()).anchors.length, 1)
    })

    it("pins a backup, keeps it when it is not named again, and drops it only with --no-backup", async () => {
        const first = await offline("--anchors", file("roots"), "--backup", file("backup.pem"))
        assert.equal(first.code, 0, first.stderr)
        assert.equal(first.stderr, "")
        assert.deepEqual(await roles(), { "CN=API root": "issuer", "CN=Backup root": "backup" })
        const before = await contents()
        const again = await offline()
        assert.match(again.stdout, /written +nothing/)
        assert.deepEqual(await contents(), before)
        assert.match((await offline("--no-backup")).stderr, /\[ANCHOR_REMOVAL\]/)
        assert.deepEqual(await contents(), before)
        assert.match((await offline("--backup", file("roots/api.crt"))).stderr, /\[BACKUP_IN_CHAIN\]/)
    })

    it("pins an issuing intermediate when allowed to, with a warning", async () => {
        await writeFile(file("intermediate.pem"), intermediatePem)
        const leafOnly = ["--chain", file("leaf.pem"), "--servername", "localhost", "--ca", file("intermediate.pem")]
        assert.match((await pin(...leafOnly)).stderr, /\[INTERMEDIATE_AS_ANCHOR\]/)
        const { code, stderr } = await pin(...leafOnly, "--allow-intermediate", "--dry-run")
        assert.equal(code, 0, stderr)
        assert.match(stderr, /issuing intermediate: CAs change them without notice/)
    })

    it("warns about dates that are near, because the chip does not check them", async () => {
        const localCa = await temporaryCa({ rootName: "Old root" })
        const days = (count: number) => new Date(Date.now() + count * 24 * 3600 * 1000)
        const { chainPem } = await localCa.issue({ notBefore: days(-79.5), notAfter: days(10.5) })
        await writeFile(file("near.pem"), chainPem)
        await writeFile(file("old.pem"), localCa.rootPem)
        const { code, stderr } = await pin(
            "--chain",
            file("near.pem"),
            "--servername",
            "localhost",
            "--ca",
            file("old.pem"),
        )
        assert.equal(code, 0, stderr)
        assert.match(
            stderr,
            /warning +"CN=localhost" ends on \d{4}-\d\d-\d\d, in 10 days, with 11 % of its lifetime left$/m,
        )
    })

    it("ignores a corrupt lock only with --yes", async () => {
        assert.equal((await offline("--anchors", file("roots"))).code, 0)
        await writeFile(path.join(pinned, "pins.json"), "{")
        assert.match((await offline("--anchors", file("roots"))).stderr, /\[LOCK_CORRUPT\]/)
        assert.equal((await offline("--anchors", file("roots"), "--yes")).code, 0)
        assert.deepEqual(await roles(), { "CN=API root": "issuer" })
    })

    it("shows the key, end, hash and reason of each anchor, also as JSON", async () => {
        const { stdout } = await offline("--anchors", file("roots"), "--dry-run")
        assert.match(
            stdout,
            /pinned +CN=API root, ECDSA P-256, until \d{4}-\d\d-\d\d\n +SPKI SHA-256 [0-9a-f]{64}\n +issuer of the topmost/,
        )
        const { anchors, warnings } = JSON.parse(
            (await offline("--anchors", file("roots"), "--dry-run", "--json")).stdout,
        )
        assert.deepEqual(Object.keys(anchors[0]), [
            "subject",
            "key",
            "spkiSha256",
            "notAfter",
            "role",
            "source",
            "reason",
        ])
        assert.match(warnings[0], /no backup/)
    })

    it("accepts --chain and --servername for one server only", async () => {
        assert.match((await pin("a.test", "b.test", "--chain", file("chain.pem"))).stderr, /\[HOST_AMBIGUOUS\]/)
    })
})

/** Runs one command at a pseudo-terminal and types `typed`. */
function atTerminal(args: string[], typed: string) {
    const command = [process.execPath, "devs/airpin.mjs", ...args].map(word => `'${word}'`).join(" ")
    return spawnSync("script", ["-qec", command, "/dev/null"], { input: typed, encoding: "utf8", timeout: 30_000 })
}

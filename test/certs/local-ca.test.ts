import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createCa, openCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { hasCode } from "../support/error-code.ts"

const DAY_MS = 24 * 3600 * 1000

describe("the throw-away CA", () => {
    let world: string
    let directory: string

    beforeEach(async () => {
        world = await mkdtemp(join(tmpdir(), "airpin-localCa-"))
        directory = join(world, "ca")
    })
    afterEach(() => rm(world, { recursive: true }))

    it("issues a chain that openssl accepts with -x509_strict", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        await writeFile(join(world, "chain.pem"), localCa.server.chainPem)
        const verify = (name: string[]) =>
            execFileSync(
                "openssl",
                ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", join(directory, "root.pem")].concat(
                    ["-untrusted", join(directory, "intermediate.pem")],
                    name,
                    join(world, "chain.pem"),
                ),
                { encoding: "utf8" },
            )
        assert.match(verify(["-verify_hostname", "localhost"]), /chain\.pem: OK/)
        assert.match(verify(["-verify_ip", "127.0.0.1"]), /chain\.pem: OK/)
        assert.match(verify(["-verify_ip", "::1"]), /chain\.pem: OK/)
    })

    it("sends leaf and intermediate, without the root", async () => {
        const localCa = await openOrCreateLocalCa(directory, { rootName: "R", intermediateName: "I" })
        const chain = parsePem(localCa.server.chainPem)
        assert.deepEqual(
            chain.map(({ subject, issuer }) => [subject, issuer]),
            [
                ["CN=localhost", "CN=I"],
                ["CN=I", "CN=R"],
            ],
        )
    })

    it("gives its certificates the extensions of RFC 5280", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        const [leaf, intermediate] = parsePem(localCa.server.chainPem)
        const [root] = parsePem(localCa.rootPem)
        const shown = [root, intermediate, leaf].map(certificate =>
            certificate!.extensions.map(({ oid, critical, value }) => [
                oid,
                critical,
                value.toString("hex").slice(0, 24),
            ]),
        )
        const keys = [
            ["2.5.29.14", false],
            ["2.5.29.35", false],
        ]
        assert.deepEqual(shown[0]!.slice(0, 2), [
            ["2.5.29.19", true, "30030101ff"],
            ["2.5.29.15", true, "03020106"],
        ])
        assert.deepEqual(shown[1]!.slice(0, 2), [
            ["2.5.29.19", true, "30060101ff020100"],
            ["2.5.29.15", true, "03020106"],
        ])
        assert.deepEqual(shown[2]!.slice(0, 3), [
            ["2.5.29.19", true, "3000"],
            ["2.5.29.15", true, "03020780"],
            ["2.5.29.37", false, "300a06082b06010505070301"],
        ])
        for (const list of shown)
            assert.deepEqual(
                list.slice(-2).map(([oid, critical]) => [oid, critical]),
                keys,
            )
        assert.equal(
            new X509Certificate(leaf!.der).subjectAltName,
            "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        )
    })

    it("gives random positive serials of 16 bytes", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        const chains = [localCa.server.chainPem, (await localCa.issue()).chainPem, localCa.rootPem]
        const serials = new Set(chains.map(pem => new X509Certificate(pem).serialNumber))
        assert.equal(serials.size, 3)
        for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
    })

    it("makes private keys readable by their owner only", async function () {
        if (process.platform === "win32") this.skip()
        await openOrCreateLocalCa(directory)
        assert.equal((await stat(directory)).mode & 0o777, 0o700)
        const modes: [string, number][] = []
        for (const name of (await readdir(directory)).sort())
            modes.push([name, (await stat(join(directory, name))).mode & 0o777])
        assert.deepEqual(
            modes.filter(([name]) => name.includes("key")),
            [
                ["intermediate.key.pem", 0o600],
                ["root.key.pem", 0o600],
                ["server.key.pem", 0o600],
            ],
        )
        assert.equal(modes.length, 6)
    })

    it("is reopened without changing a byte", async () => {
        const first = await openOrCreateLocalCa(directory)
        const before = await contents(directory)
        const second = await openOrCreateLocalCa(directory, { rootName: "ignored" })
        assert.deepEqual(await contents(directory), before)
        assert.equal(second.rootPem, first.rootPem)
        assert.deepEqual(second.server, first.server)
    })

    it("reissues the stored leaf when a third of its lifetime is left, under the same CA", async () => {
        const first = await openOrCreateLocalCa(directory)
        const kept = await openOrCreateLocalCa(directory, { now: new Date(Date.now() + 59 * DAY_MS) })
        const later = await openOrCreateLocalCa(directory, { now: new Date(Date.now() + 61 * DAY_MS) })
        assert.equal(kept.server.chainPem, first.server.chainPem)
        assert.notEqual(later.server.chainPem, first.server.chainPem)
        assert.equal(later.intermediatePem, first.intermediatePem)
        assert.equal(await readFile(join(directory, "server.pem"), "utf8"), later.server.chainPem)
    })

    it("reissues the stored leaf for a name that it does not have", async () => {
        const first = await openOrCreateLocalCa(directory)
        const other = await openOrCreateLocalCa(directory, { serverNames: ["air.test", "192.0.2.7", "2001:db8::7"] })
        assert.notEqual(other.server.chainPem, first.server.chainPem)
        assert.equal(
            new X509Certificate(other.server.chainPem).subjectAltName,
            "DNS:air.test, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7",
        )
    })

    it("reissues a stored leaf whose key is damaged or belongs to another", async () => {
        const first = await openOrCreateLocalCa(directory)
        for (const key of ["no key", (await first.issue()).keyPem]) {
            await writeFile(join(directory, "server.key.pem"), key)
            const { server } = await openOrCreateLocalCa(directory)
            assert.ok(new X509Certificate(server.chainPem).checkPrivateKey(createPrivateKey(server.keyPem)))
        }
    })

    it("issues leaves with other key types, dates and names without storing them", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        const before = await contents(directory)
        const notBefore = new Date("2020-01-01T00:00:00Z")
        const notAfter = new Date("2055-06-01T12:00:00Z")
        const rsa = await localCa.issue({ keyType: "RSA-2048", names: ["other.test"], notBefore, notAfter })
        const [leaf] = parsePem(rsa.chainPem)
        assert.deepEqual([leaf!.notBefore, leaf!.notAfter], [notBefore, notAfter])
        assert.equal(new X509Certificate(leaf!.der).publicKey.asymmetricKeyDetails?.modulusLength, 2048)
        assert.equal(leaf!.extensions.find(({ oid }) => oid === "2.5.29.15")?.value.toString("hex"), "030205a0")
        assert.ok(new X509Certificate(leaf!.der).checkPrivateKey(createPrivateKey(rsa.keyPem)))
        assert.deepEqual(await contents(directory), before)
    })

    it("can have P-384 keys, which sign with SHA-384", async () => {
        const localCa = await openOrCreateLocalCa(directory, { keyType: "P-384" })
        const [root] = parsePem(localCa.rootPem)
        assert.equal(root!.signatureOid, "1.2.840.10045.4.3.3")
        assert.equal(new X509Certificate(root!.der).publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1")
    })

    it("names two CAs of one machine differently, unless names are given", async () => {
        const subjects: string[] = []
        for (const name of ["one", "two"])
            subjects.push(parsePem((await openOrCreateLocalCa(join(world, name))).rootPem)[0]!.subject)
        for (const subject of subjects) assert.match(subject, /^CN=airpin throw-away root [0-9a-f]{8}$/)
        assert.notEqual(subjects[0], subjects[1])
    })

    it("can be made as an attacker's CA: the same names, other keys", async () => {
        const names = { rootName: "R", intermediateName: "I" }
        const [own] = parsePem((await openOrCreateLocalCa(join(world, "own"), names)).rootPem)
        const [attacker] = parsePem((await openOrCreateLocalCa(join(world, "attacker"), names)).rootPem)
        assert.deepEqual(attacker!.subjectDer, own!.subjectDer)
        assert.notEqual(attacker!.spkiSha256, own!.spkiSha256)
    })

    it("is one CA for all processes that create it at the same moment", async () => {
        const all = await Promise.all([1, 2, 3, 4].map(() => openOrCreateLocalCa(directory)))
        assert.equal(new Set(all.map(localCa => localCa.rootPem)).size, 1)
        assert.deepEqual(await readdir(world), ["ca"])
    })

    it("leaves a directory with other files alone", async () => {
        const full = join(world, "full")
        await writeFile(await mkdtemp(`${full}-`).then(made => join((directory = made), "thesis.txt")), "years of work")
        await assert.rejects(openOrCreateLocalCa(directory), isBroken(/cannot be created there/))
        assert.deepEqual(await readdir(directory), ["thesis.txt"])
        assert.equal((await readdir(world)).length, 1)
    })

    it("refuses a CA with a missing key, a foreign root, or an expired certificate", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        const afterItsEnd = new Date(Date.now() + 2000 * DAY_MS)
        await assert.rejects(openOrCreateLocalCa(directory, { now: afterItsEnd }), isBroken(/it expired on 2/))
        await writeFile(join(directory, "root.pem"), (await openOrCreateLocalCa(join(world, "other"))).rootPem)
        await assert.rejects(openOrCreateLocalCa(directory), isBroken(/did not sign the intermediate/))
        await writeFile(join(directory, "root.pem"), localCa.rootPem)
        await rm(join(directory, "intermediate.key.pem"))
        await assert.rejects(openOrCreateLocalCa(directory), isBroken(/ENOENT/))
    })

    it("refuses names that no certificate may contain", async () => {
        const localCa = await openOrCreateLocalCa(directory)
        for (const name of ["", "a b", "-x", "x..y", "ünsere.test", "a.*.test"]) {
            await assert.rejects(localCa.issue({ names: [name] }), hasCode("SERVER_NAME_INVALID"), name)
        }
        await localCa.issue({ names: ["*.example.test"] })
    })

    it("is created in less than 300 ms", async () => {
        const timesMs: number[] = []
        for (const name of ["one", "two", "three"]) {
            const start = performance.now()
            await openOrCreateLocalCa(join(world, name))
            timesMs.push(performance.now() - start)
        }
        assert.ok(Math.min(...timesMs) < 300, `${timesMs} ms`)
    })
})

async function contents(directory: string): Promise<Record<string, string>> {
    const all: Record<string, string> = {}
    for (const name of await readdir(directory)) all[name] = await readFile(join(directory, name), "utf8")
    return all
}

function isBroken(message: RegExp) {
    return (error: unknown) => hasCode("CA_BROKEN")(error) && message.test((error as Error).message)
}

describe("a private CA to keep offline", () => {
    let world: string
    let directory: string
    beforeEach(async () => {
        world = await mkdtemp(join(tmpdir(), "airpin-private-ca-"))
        directory = join(world, "ca")
    })
    afterEach(() => rm(world, { recursive: true }))

    it("contains keys and certificates of its own two CAs only, with the given lifetime", async () => {
        const now = new Date("2026-06-01T00:00:00Z")
        const made = await createCa(directory, { rootName: "Spare", lifetimeMs: 7300 * DAY_MS, now })
        assert.deepEqual((await readdir(directory)).sort(), [
            "intermediate.key.pem",
            "intermediate.pem",
            "root.key.pem",
            "root.pem",
        ])
        for (const pem of [made.rootPem, made.intermediatePem])
            assert.equal(parsePem(pem)[0]!.notAfter.toISOString(), "2046-05-27T00:00:00.000Z")
    })

    it("is not created over an existing folder", async () => {
        await createCa(directory)
        const before = await readFile(join(directory, "root.key.pem"), "utf8")
        await assert.rejects(createCa(directory), { code: "CA_EXISTS" })
        await assert.rejects(createCa(world), { code: "CA_EXISTS" })
        assert.equal(await readFile(join(directory, "root.key.pem"), "utf8"), before)
    })

    it("is opened years later to issue, and nothing in it changes", async () => {
        const { rootPem } = await createCa(directory, {
            lifetimeMs: 7300 * DAY_MS,
            now: new Date("2026-06-01T00:00:00Z"),
        })
        const opened = await openCa(directory, new Date("2040-06-01T00:00:00Z"))
        const [leaf, intermediate] = parsePem((await opened.issue({ names: ["api.test"] })).chainPem)
        assert.deepEqual(
            [opened.rootPem, leaf!.issuer, leaf!.notAfter.toISOString()],
            [rootPem, intermediate!.subject, "2040-08-30T00:00:00.000Z"],
        )
        assert.equal((await readdir(directory)).length, 4)
    })

    it("is not opened when it does not exist or has expired", async () => {
        await assert.rejects(openCa(directory), { code: "CA_MISSING" })
        await createCa(directory, { lifetimeMs: DAY_MS, now: new Date("2026-06-01T00:00:00Z") })
        await assert.rejects(openCa(directory, new Date("2026-06-03T00:00:00Z")), { code: "CA_BROKEN" })
    })
})

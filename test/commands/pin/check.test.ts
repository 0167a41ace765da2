import assert from "node:assert/strict"
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { createManifest } from "../../../devs/image/manifest/manifest.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { flashFile } from "../../support/flash-file.ts"
import { type RunningServer, temporaryCa, tlsServer } from "../../support/tls-servers.ts"

const DAY_MS = 24 * 3600 * 1000

describe("airpin pin --check", () => {
    let localCa: LocalCa
    let attacker: LocalCa
    let server: RunningServer
    let folder: string
    let pinned: string
    let host: string
    before(async () => {
        const names = { rootName: "Test root", intermediateName: "Test CA" }
        localCa = await temporaryCa(names)
        attacker = await temporaryCa(names)
        server = await tlsServer({ key: localCa.server.keyPem, cert: localCa.server.chainPem })
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        host = `localhost:${server.port}`
        const ca = path.join(folder, "root.pem")
        await writeFile(ca, localCa.rootPem)
        const { code, stderr } = await airpin(["pin", host, "--ca", ca, "--pinned", pinned])
        assert.equal(code, 0, stderr)
    })

    const check = (...args: string[]) =>
        airpin(["pin", "--check", "--pinned", pinned, "--images", path.join(folder, "no-images"), ...args])

    async function checkChain(chainPem: string, ...args: string[]) {
        const file = path.join(folder, "chain.pem")
        await writeFile(file, chainPem)
        return check(host, "--chain", file, ...args)
    }

    it("reports current for the running servers of the lock, with exit code 0, and writes nothing", async () => {
        const files = async () =>
            Promise.all((await readdir(pinned)).sort().map(name => readFile(path.join(pinned, name), "utf8")))
        const before = await files()
        const { code, stdout, stderr } = await check("--json")
        assert.equal(code, 0, stderr)
        const { servers, warnings } = JSON.parse(stdout)
        const [{ state, urgent, change, dates, accepted, presented }] = servers
        assert.deepEqual(
            { host: servers[0].host, state, urgent, change, dates, accepted },
            { host, state: "current", urgent: false, change: "none", dates: [], accepted: true },
        )
        assert.deepEqual(
            presented.map((certificate: { subject: string }) => certificate.subject),
            ["CN=localhost", "CN=Test CA"],
        )
        assert.match(warnings[0], /^no backup anchor/)
        assert.deepEqual(await files(), before)
    })

    it("reports renewed for a new certificate, with exit code 0, and prints nothing with --quiet", async () => {
        const { chainPem } = await localCa.issue()
        const { code, stdout } = await checkChain(chainPem)
        assert.equal(code, 0)
        assert.match(stdout, /^renewed +localhost:\d+: /m)
        assert.deepEqual(await checkChain(chainPem, "--quiet"), { code: 0, stdout: "", stderr: "" })
    })

    it("reports rotated, with exit code 10, when the root is sent too, and shows both paths", async () => {
        const { code, stdout } = await checkChain(localCa.server.chainPem + localCa.rootPem)
        assert.equal(code, 10)
        assert.match(stdout, /^rotated +localhost/m)
        assert.match(stdout, /^was +CN=localhost {2}← {2}CN=Test CA$/m)
        assert.match(stdout, /^is +CN=localhost {2}← {2}CN=Test CA {2}← {2}CN=Test root$/m)
    })

    /** A leaf of `days` days, issued `age` days ago. */
    const leafOf = async (days: number, age: number) => {
        const from = Date.now() - age * DAY_MS
        const dates = { notBefore: new Date(from), notAfter: new Date(from + days * DAY_MS) }
        return (await localCa.issue(dates)).chainPem
    }

    it("is silent about a new certificate of 6, 45 or 90 days", async () => {
        for (const days of [6, 45, 90])
            assert.deepEqual(await checkChain(await leafOf(days, 0.1), "--quiet"), { code: 0, stdout: "", stderr: "" })
    })

    it("reports expiring, with exit code 10, with less than a third of the lifetime left; URGENT below a sixth", async () => {
        assert.equal((await checkChain(await leafOf(90, 59))).code, 0)
        const { code, stdout } = await checkChain(await leafOf(90, 69.5), "--quiet")
        assert.equal(code, 10)
        const ends =
            /^expiring +localhost:\d+: "CN=localhost" ends on 20..-..-.., in 20 days, with 22 % of its lifetime left$/m
        assert.match(stdout, ends)
        assert.match((await checkChain(await leafOf(6, 5.5))).stdout, /^expiring +localhost:\d+: URGENT: /m)
        const { dates, urgent } = JSON.parse((await checkChain(await leafOf(6, 5.5), "--json")).stdout).servers[0]
        assert.deepEqual([urgent, dates[0].urgent, Math.round(dates[0].shareLeft * 100)], [true, true, 8])
    })

    it("reports expiring, with exit code 10, for a CA within --days", async () => {
        const days = (2 * 365 * 5).toString() // the throw-away CA's intermediate lives for five years
        const { code, stdout } = await checkChain(localCa.server.chainPem, "--days", days)
        assert.equal(code, 10)
        assert.match(stdout, /^expiring +localhost:\d+: "CN=Test CA" ends on /m)
    })

    it("reports refused, with exit code 20, for an attacker with the same names", async () => {
        const { code, stdout } = await checkChain(attacker.server.chainPem, "--quiet")
        assert.equal(code, 20)
        assert.match(stdout, /^refused +localhost:\d+: refused: /m)
    })

    describe("with flashed images", () => {
        const images = () => path.join(folder, "images")
        const imageFor = async (name: string, trusted: LocalCa) => {
            const bytes = await flashFile(trusted, { API_URL: `https://${host}` })
            const pins = {
                anchors: parsePem(trusted.rootPem).map(certificate => ({
                    certificate,
                    role: "issuer" as const,
                    source: "ca-file" as const,
                    reason: "",
                })),
                hosts: [host],
            }
            const manifest = createManifest(bytes, {
                file: `${name}-0x1000.bin`,
                board: { id: name, name },
                runtime: { file: "stock", sha256: "" },
                pins,
            })
            await mkdir(images(), { recursive: true })
            await writeFile(path.join(images(), `${name}.json`), JSON.stringify(manifest))
        }

        it("reports which of them accept the server", async () => {
            await imageFor("hall", localCa)
            const { code, stdout } = await check("--images", images())
            assert.equal(code, 0)
            assert.match(stdout, /^images +.*images\/hall-0x1000\.bin \(hall\): accepts it$/m)
        })

        it("exits with 20 when one refuses a server that the pins accept, and prints the next step", async () => {
            await imageFor("attic", attacker)
            const { code, stdout } = await check("--images", images())
            assert.equal(code, 20)
            assert.match(stdout, /^current +localhost/m)
            assert.match(
                stdout,
                /^images +.*attic-0x1000\.bin \(attic\): refused: .*\n +.*hall-0x1000\.bin \(hall\): accepts it$/m,
            )
            assert.match(stdout, /^next +airpin image --repin .*attic-0x1000\.bin, then flash/m)
            const json = JSON.parse((await check("--images", images(), "--json")).stdout)
            assert.deepEqual(
                json.servers[0].images.map(({ board, accepted }: { board: string; accepted: boolean }) => [
                    board,
                    accepted,
                ]),
                [
                    ["attic", false],
                    ["hall", true],
                ],
            )
        })

        it("ignores a manifest that does not belong to its image, as after a kill between the two writes", async () => {
            await imageFor("attic", localCa)
            await writeFile(
                path.join(images(), "attic-0x1000.bin"),
                await flashFile(attacker, { API_URL: `https://${host}` }),
            )
            const { stdout, stderr } = await check("--images", images())
            assert.doesNotMatch(stdout, /attic/)
            const warning = /^warning +.*attic\.json belongs to another image than .*attic-0x1000\.bin$/m
            assert.match(stderr, warning)
            assert.match((await check("--images", images(), "--quiet")).stderr, warning)
        })

        it("uses the manifest when the image is not readable, with a warning unless --quiet is given", async () => {
            await imageFor("attic", localCa)
            await rm(path.join(images(), "attic-0x1000.bin"), { force: true })
            await mkdir(path.join(images(), "attic-0x1000.bin")) // root can read every file, but no user can read a folder as a file
            const { code, stdout, stderr } = await check("--images", images())
            assert.equal(code, 0, stderr)
            assert.match(stdout, /attic-0x1000\.bin \(attic\): accepts it$/m)
            const warning =
                /^warning +.*attic-0x1000\.bin cannot be read, so its manifest .*attic\.json was not verified$/m
            assert.match(stderr, warning)
            assert.deepEqual(await check("--images", images(), "--quiet"), { code: 0, stdout: "", stderr: "" })
            await rm(path.join(images(), "attic-0x1000.bin"), { recursive: true })
        })

        it("continues without a manifest that cannot be read, with a warning", async () => {
            await writeFile(path.join(images(), "attic.json"), "{}")
            const { code, stderr } = await check("--images", images())
            assert.equal(code, 0)
            assert.match(stderr, /^warning +.*attic\.json is not the manifest of an image: version is missing$/m)
        })
    })

    it("fails with exit code 1 when the server cannot be reached or nothing is pinned", async () => {
        const { code, stdout } = await check("localhost:1")
        assert.equal(code, 1)
        assert.match(stdout, /^failed +localhost:1: .*\[CONNECTION_REFUSED\]/m)
        const { code: missing, stderr } = await airpin(["pin", "--check", "--pinned", path.join(folder, "nowhere")])
        assert.equal(missing, 1)
        assert.match(stderr, /\[LOCK_MISSING\]/)
    })

    it("exits with the most severe code when one of several servers cannot be reached", async () => {
        const { code, stdout } = await check(host, "localhost:1", "--json")
        assert.equal(code, 1)
        assert.deepEqual(
            JSON.parse(stdout).servers.map(
                ({ state, error }: { state?: string; error?: { code: string } }) => state ?? error?.code,
            ),
            ["current", "CONNECTION_REFUSED"],
        )
    })
})

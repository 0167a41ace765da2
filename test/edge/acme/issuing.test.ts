import assert from "node:assert/strict"
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type AcmeOptions, AcmeSource } from "../../../devs/edge/acme/acme-source.ts"
import { listenerSolver } from "../../../devs/edge/acme/challenge-listener.ts"
import { webrootSolver } from "../../../devs/edge/acme/webroot.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"

describe("a certificate of pebble", () => {
    let pebble: Pebble
    let folder: string

    before(async function () {
        const missing = pebbleMissing()
        if (missing !== undefined) this.skip()
        pebble = await startPebble({ alternateRoots: 1, rejectedNonces: 20 })
        folder = await mkdtemp(path.join(tmpdir(), "airpin-acme-"))
    })
    after(async () => {
        await pebble?.stop()
        if (folder) await rm(folder, { recursive: true })
    })

    const source = (options: Pick<AcmeOptions, "solver"> & Partial<AcmeOptions>) =>
        new AcmeSource({
            directory: pebble.directory,
            caFile: pebble.caFile,
            folder: path.join(folder, "edge"),
            email: "owner@example.org",
            ...options,
        })

    it("is issued by HTTP-01 with a listener of our own, with each key type and all chains", async () => {
        const solver = listenerSolver({ port: pebble.httpPort, host: "127.0.0.1" })
        for (const keyType of ["P-256", "P-384", "RSA-2048"] as const) {
            const issued = await source({ solver }).issue({ names: ["air.test", "b.air.test"], keyType })
            const [leaf] = parsePem(issued.chains[0]!.pem)
            const certificate = new X509Certificate(leaf.der)
            assert.equal(certificate.subjectAltName, "DNS:air.test, DNS:b.air.test")
            const key = createPrivateKey(issued.keyPem)
            assert.ok(certificate.publicKey.equals(createPublicKey(key)))
            assert.equal(issued.keyType, keyType)
            assert.deepEqual(
                issued.chains.map(({ label }) => label.replace(/[0-9a-f]{6}/, "XXXXXX")),
                ["default (CN=Pebble Root CA XXXXXX)", "alternate 1 (CN=Pebble Root CA XXXXXX)"],
            )
        }
        assert.deepEqual(await readdir(path.join(folder, "edge")), [`account-localhost-${pebble.port}.json`])
        const { mode } = await stat(path.join(folder, "edge", `account-localhost-${pebble.port}.json`))
        assert.equal(mode & 0o777, 0o600)
    })

    it("is issued by HTTP-01 with a webroot, in which nothing is left", async () => {
        const webroot = path.join(folder, "webroot")
        await mkdir(webroot)
        const server = createServer(async (request, response) => {
            const body = await readFile(path.join(webroot, request.url!)).catch(() => undefined)
            response.writeHead(body ? 200 : 404).end(body)
        }).listen(pebble.httpPort, "127.0.0.1")
        try {
            const issued = await source({ solver: webrootSolver(webroot) }).issue({
                names: ["air.test"],
                keyType: "P-256",
            })
            assert.equal(issued.chains.length, 2)
        } finally {
            server.close()
        }
        assert.deepEqual(await readdir(webroot), [])
    })
})

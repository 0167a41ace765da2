import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { connect, type TLSSocket } from "node:tls"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { type CertificateWatcher, watchCertificate } from "../../devs/api/certificate-watch.ts"
import { type Serving, serve, type TlsFiles } from "../../devs/api/server.ts"
import { openWorld, type World } from "./support/world.ts"

const INTERVAL_MS = 20

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

describe("a renewed certificate", () => {
    let world: World
    let folder: string
    let serving: Serving
    let watcher: CertificateWatcher
    let files: TlsFiles
    let renewed: TlsFiles
    let rootPem: string
    let changes: unknown[]

    beforeEach(async () => {
        world = await openWorld()
        folder = await mkdtemp(path.join(tmpdir(), "airpin-renewal-"))
        const ca = await openOrCreateLocalCa(path.join(folder, "ca"))
        const issue = async (): Promise<TlsFiles> => {
            const { keyPem, chainPem } = await ca.issue({ names: ["localhost"] })
            return { keyPem, certPem: chainPem }
        }
        rootPem = ca.rootPem
        files = await issue()
        renewed = await issue()
        serving = await serve({ app: world.app, port: 0, ...files })
        changes = []
        watcher = watchCertificate({
            serving,
            current: files,
            read: async () => files,
            onChange: error => changes.push(error),
            intervalMs: INTERVAL_MS,
        })
    })
    afterEach(async () => {
        watcher.stop()
        await serving.close()
        await world.end()
        await rm(folder, { recursive: true })
    })

    /** A connection, and the serial number of the certificate it got. */
    async function connected(): Promise<{ socket: TLSSocket; serialNumber: string }> {
        const socket = connect({ port: serving.port, host: "127.0.0.1", servername: "localhost", ca: rootPem })
        await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject))
        return { socket, serialNumber: socket.getPeerCertificate().serialNumber }
    }

    const serialOf = ({ certPem }: TlsFiles) => new X509Certificate(certPem).serialNumber

    it("goes to new connections, while open ones stay", async () => {
        const before = await connected()
        assert.equal(before.serialNumber, serialOf(files))
        files = renewed
        await pause(10 * INTERVAL_MS)
        const after = await connected()
        assert.equal(after.serialNumber, serialOf(renewed))
        assert.equal(before.socket.destroyed, false)
        assert.deepEqual(changes, [undefined])
        for (const { socket } of [before, after]) socket.destroy()
    })

    it("whose key is missing is reported once and not used, until both fit", async () => {
        const first = files
        files = { keyPem: first.keyPem, certPem: renewed.certPem }
        await pause(10 * INTERVAL_MS)
        const before = await connected()
        assert.equal(before.serialNumber, serialOf(first))
        assert.deepEqual(
            changes.map(error => (error as { code: string }).code),
            ["TLS_KEY_INVALID"],
        )
        files = renewed
        await pause(10 * INTERVAL_MS)
        const after = await connected()
        assert.equal(after.serialNumber, serialOf(renewed))
        assert.equal(changes[1], undefined)
        for (const { socket } of [before, after]) socket.destroy()
    })
})

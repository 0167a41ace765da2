import assert from "node:assert/strict"
import { createPublicKey } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import tls from "node:tls"
import type { AirpinError } from "../../../certs/error.ts"
import { type LocalCa, openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { pullChain } from "../../../certs/pull/pull-chain.ts"
import { parsePem, toPem } from "../../../certs/x509/certificate.ts"
import { encodeName, generateKey, issueCertificate } from "../../../certs/x509/issue.ts"
import { hasCode } from "../../support/error-code.ts"

describe("pulling a chain with openssl s_client", () => {
    let world: string
    let localCa: LocalCa
    let credentials: { key: string; cert: string }
    const servers: Server[] = []
    const sockets = new Set<Socket>()
    const environment = { PATH: process.env.PATH, OPENSSL_CONF: process.env.OPENSSL_CONF }

    before(async () => {
        world = await mkdtemp(join(tmpdir(), "airpin-pull-"))
        localCa = await openOrCreateLocalCa(join(world, "ca"), { rootName: "R", intermediateName: "I" })
        credentials = { key: localCa.server.keyPem, cert: localCa.server.chainPem }
    })
    after(() => rm(world, { recursive: true }))
    afterEach(async () => {
        for (const [name, value] of Object.entries(environment)) setVariable(name, value)
        for (const socket of sockets) socket.destroy()
        await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))))
    })

    async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
        server.on("connection", socket => {
            sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)))
        })
        server.on("tlsClientError", () => {})
        servers.push(server.listen(0, host))
        await once(server, "listening")
        return (server.address() as AddressInfo).port
    }

    const secure = (options: tls.TlsOptions = {}, onSecure: (socket: tls.TLSSocket) => void = () => {}) =>
        listen(tls.createServer({ ...credentials, ...options }, socket => onSecure(socket.on("error", () => {}))))

    const raw = (onConnection: (socket: Socket) => void) => listen(createServer(onConnection))

    it("returns leaf and intermediate as sent, byte for byte", async () => {
        const chain = await pullChain({ host: "localhost", port: await secure() })
        assert.equal(chain.map(toPem).join(""), localCa.server.chainPem)
    })

    it("keeps the order sent, and certificates that do not belong to the path", async () => {
        const other = await openOrCreateLocalCa(join(world, "other"), { rootName: "unrelated" })
        const [leaf, intermediate] = parsePem(localCa.server.chainPem).map(toPem)
        const cert = [leaf, other.rootPem, localCa.rootPem, intermediate].join("")
        const chain = await pullChain({ host: "127.0.0.1", port: await secure({ cert }) })
        assert.deepEqual(
            chain.map(({ subject }) => subject),
            ["CN=localhost", "CN=unrelated", "CN=R", "CN=I"],
        )
    })

    it("pulls from servers with TLS 1.2 only, TLS 1.3 only, and an RSA key", async () => {
        const rsa = await localCa.issue({ keyType: "RSA-2048" })
        const ports = [
            await secure({ maxVersion: "TLSv1.2" }),
            await secure({ minVersion: "TLSv1.3" }),
            await secure({ key: rsa.keyPem, cert: rsa.chainPem }),
        ]
        for (const port of ports) assert.equal((await pullChain({ host: "127.0.0.1", port })).length, 2)
    })

    it("pulls from a server that requires a client certificate", async () => {
        const options = { requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" } as const
        assert.equal((await pullChain({ host: "127.0.0.1", port: await secure(options) })).length, 2)
    })

    it("sends the host name as SNI, or the given one, and none for an address", async () => {
        const asked: (string | false | null)[] = []
        const port = await secure({}, socket => asked.push(socket.servername))
        await pullChain({ host: "localhost", port })
        await pullChain({ host: "127.0.0.1", port, serverName: "air.test" })
        await pullChain({ host: "127.0.0.1", port })
        assert.deepEqual(asked, ["localhost", "air.test", false])
    })

    it("reaches an IPv6 address", async function () {
        const port = await listen(tls.createServer(credentials), "::1").catch(() => this.skip())
        assert.equal((await pullChain({ host: "::1", port })).length, 2)
    })

    it("returns the chain of a server that never stops sending", async () => {
        const port = await secure({}, socket => endless(socket, Buffer.alloc(16384, "-")))
        assert.equal((await pullChain({ host: "127.0.0.1", port })).length, 2)
    })

    it("gives up on a silent server at the timeout, and leaves no process behind", async () => {
        const closed: Promise<unknown>[] = []
        const port = await raw(socket => closed.push(once(socket.resume(), "close")))
        const start = performance.now()
        // openssl itself takes a while to start on a busy machine
        await assert.rejects(pullChain({ host: "127.0.0.1", port, timeoutMs: 2000 }), hasCode("CONNECTION_TIMED_OUT"))
        assert.ok(performance.now() - start < 10_000)
        assert.equal((await Promise.all(closed)).length, 1)
    })

    it("gives up on a server that stops within its first record", async () => {
        const port = await raw(socket => socket.write(Buffer.from("160303", "hex")))
        await assert.rejects(pullChain({ host: "127.0.0.1", port, timeoutMs: 300 }), hasCode("CONNECTION_TIMED_OUT"))
    })

    it("reports that no server is listening", async () => {
        const port = await raw(() => {})
        await new Promise(resolve => servers.pop()!.close(resolve))
        await assert.rejects(pullChain({ host: "127.0.0.1", port }), hasCode("CONNECTION_REFUSED"))
    })

    const notTls: [string, (socket: Socket) => void][] = [
        ["plain HTTP", socket => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
        ["a greeting of SMTP", socket => socket.write("220 mail.test ESMTP\r\n")],
        ["garbage", socket => socket.write(Buffer.alloc(64, 7))],
        ["garbage without end", socket => endless(socket, Buffer.alloc(16384, 7))],
        ["nothing, and closes", socket => socket.end()],
        ["nothing, and resets", socket => socket.resetAndDestroy()],
    ]
    for (const [what, onConnection] of notTls) {
        it(`reports NO_TLS when the server sends ${what}`, async () => {
            await assert.rejects(pullChain({ host: "127.0.0.1", port: await raw(onConnection) }), hasCode("NO_TLS"))
        })
    }

    it("gives up on endless empty TLS records", async () => {
        const empty = Buffer.from("1603030000".repeat(1000), "hex")
        const port = await raw(socket => endless(socket, empty))
        await assert.rejects(pullChain({ host: "127.0.0.1", port, timeoutMs: 5000 }), hasCode("TLS_REFUSED"))
    })

    it("reports TLS_REFUSED and the alert when the server has no usable key", async () => {
        const port = await listen(tls.createServer({}))
        await assert.rejects(pullChain({ host: "127.0.0.1", port }), (error: AirpinError) => {
            assert.equal(error.code, "TLS_REFUSED")
            assert.match(error.message, /alert handshake failure/)
            return true
        })
    })

    it("reports NO_CERTIFICATE when the server is anonymous", async () => {
        const config = join(world, "anonymous.cnf")
        await writeFile(
            config,
            "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nCipherString=ALL:@SECLEVEL=0\n",
        )
        process.env.OPENSSL_CONF = config
        const port = await listen(tls.createServer({ ciphers: "AECDH-AES128-SHA:@SECLEVEL=0", maxVersion: "TLSv1.2" }))
        await assert.rejects(pullChain({ host: "127.0.0.1", port }), hasCode("NO_CERTIFICATE"))
    })

    it("stops reading a chain whose names would fill the memory", async () => {
        const privateKey = await generateKey("P-256")
        const subjectDer = encodeName("é".repeat(24_000)) // openssl prints 3 characters for each of the 48,000 bytes, twice
        const certificate = issueCertificate({
            subjectDer,
            publicKey: createPublicKey(privateKey),
            issuer: { nameDer: subjectDer, privateKey },
            purpose: { kind: "ca" },
            notBefore: new Date("2026-01-01"),
            notAfter: new Date("2027-01-01"),
        })
        const key = privateKey.export({ type: "pkcs8", format: "pem" })
        const port = await secure({ key, cert: toPem(certificate) })
        await assert.rejects(pullChain({ host: "127.0.0.1", port }), hasCode("CHAIN_TOO_LARGE"))
    })

    it("says how to install openssl when it is missing", async () => {
        process.env.PATH = world
        await assert.rejects(pullChain({ host: "127.0.0.1", port: 1 }), (error: AirpinError) => {
            assert.equal(error.code, "OPENSSL_MISSING")
            for (const system of ["Debian", "macOS", "Windows"]) assert.ok(error.nextStep?.includes(system))
            return true
        })
    })

    it("refuses names and ports before any process is started", async () => {
        process.env.PATH = world
        for (const host of [
            "-help",
            "",
            "a b",
            "a;b",
            "x\n-proxy",
            "/etc/passwd",
            "[::1]",
            "a..b",
            `${"a".repeat(64)}.test`,
        ]) {
            await assert.rejects(pullChain({ host, port: 443 }), hasCode("SERVER_NAME_INVALID"), host)
            await assert.rejects(
                pullChain({ host, serverName: "a.test", port: 443 }),
                hasCode("SERVER_NAME_INVALID"),
                host,
            )
            await assert.rejects(
                pullChain({ host: "a.test", serverName: host, port: 443 }),
                hasCode("SERVER_NAME_INVALID"),
                host,
            )
        }
        for (const port of [0, -1, 65536, 1.5, NaN]) {
            await assert.rejects(pullChain({ host: "a.test", port }), hasCode("PORT_INVALID"))
        }
    })
})

function endless(socket: Socket, bytes: Buffer): void {
    const more = (error?: Error | null) =>
        error || socket.destroyed || socket.write(bytes, failed => setImmediate(more, failed))
    more()
}

function setVariable(name: string, value: string | undefined): void {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

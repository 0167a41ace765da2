import assert from "node:assert/strict"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, connect, type Server } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { createServer } from "node:tls"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { askServer } from "../../../certs/pull/live-server.ts"
import { hasCode } from "../../support/error-code.ts"
import { tcpServer, temporaryCa, tlsServer } from "../../support/tls-servers.ts"

describe("asking a live server", () => {
    let one: LocalCa
    let two: LocalCa
    before(async () => {
        one = await temporaryCa({ rootName: "One", intermediateName: "CA One" })
        two = await temporaryCa({ rootName: "Two", intermediateName: "CA Two" })
    })

    /** A TLS server with this CA's certificate at each of these addresses of this machine, all on one port. */
    async function atAddresses(servers: [address: string, ca: LocalCa, version?: "TLSv1.3"][]): Promise<number> {
        let port = 0
        for (const [address, { server }, minVersion] of servers) {
            const tls = createServer({ key: server.keyPem, cert: server.chainPem, ...(minVersion && { minVersion }) })
            tls.on("tlsClientError", () => undefined)
            port = await listen(tls, address, port)
        }
        return port
    }

    const ask = (port: number, addresses: string[]) =>
        askServer({ host: "localhost", port }, async () => ({ addresses, warnings: [] }))

    it("returns one chain for devices, and none for others, of a server with one certificate", async () => {
        const { port } = await tlsServer({ key: one.server.keyPem, cert: one.server.chainPem })
        const { toDevices, toOthers, unreachable } = await askServer({ host: "localhost", port })
        assert.deepEqual(
            toDevices.map(({ chain, addresses, keyExchange }) => [subjects(chain), addresses, keyExchange]),
            [[["CN=localhost", "CN=CA One"], ["127.0.0.1"], "ECDHE"]],
        )
        assert.deepEqual([toOthers, unreachable], [undefined, []])
    })

    it("reports the key exchange, which decides on the key usage", async () => {
        const { keyPem, chainPem } = await one.issue({ keyType: "RSA-2048" })
        const rsaOnly = { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" } as const
        const { port } = await tlsServer({ key: keyPem, cert: chainPem, ...rsaOnly })
        const { keyExchange, chain } = await pullAsChip({ host: "127.0.0.1", port })
        assert.deepEqual([keyExchange, subjects(chain)], ["RSA", ["CN=localhost", "CN=CA One"]])
    })

    it("asks every address of the name, and returns the different chains with their addresses", async () => {
        const port = await atAddresses([
            ["127.0.0.1", one],
            ["127.0.0.2", two],
            ["127.0.0.3", one],
        ])
        const { toDevices, toOthers } = await ask(port, ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
        assert.deepEqual(
            toDevices.map(({ chain, addresses }) => [subjects(chain)[1], addresses]),
            [
                ["CN=CA One", ["127.0.0.1", "127.0.0.3"]],
                ["CN=CA Two", ["127.0.0.2"]],
            ],
        )
        assert.equal(toOthers, undefined)
    })

    it("reports an address that does not respond, and fails when none does", async () => {
        const port = await atAddresses([["127.0.0.1", one]])
        const { toDevices, unreachable } = await ask(port, ["127.0.0.1", "127.0.0.9"])
        assert.equal(toDevices.length, 1)
        assert.match(unreachable.join(), /^localhost:\d+ \(127\.0\.0\.9\): no server is listening there; devices/)
        await assert.rejects(ask(port, ["127.0.0.8", "127.0.0.9"]), hasCode("CONNECTION_REFUSED"))
    })

    it("fails when devices cannot connect at one of the addresses, and names it", async () => {
        const port = await atAddresses([
            ["127.0.0.1", one],
            ["127.0.0.2", one, "TLSv1.3"],
        ])
        await assert.rejects(ask(port, ["127.0.0.1", "127.0.0.2"]), {
            code: "DEVICE_HANDSHAKE_FAILED",
            message: /^localhost:\d+ \(127\.0\.0\.2\): devices cannot connect: the server speaks TLS 1\.3 only/,
        })
    })

    it("explains a server that closes the connection in place of an alert", async () => {
        const { port: behind } = await tlsServer({
            key: one.server.keyPem,
            cert: one.server.chainPem,
            minVersion: "TLSv1.3",
        })
        const { port } = await tcpServer(socket =>
            socket.once("data", hello => {
                if (!hello.includes(TLS_1_3_SUPPORTED)) socket.destroy()
                const onward = connect(behind, "127.0.0.1").on("error", () => undefined)
                onward.write(hello)
                socket.pipe(onward).pipe(socket)
            }),
        )
        await assert.rejects(ask(port, ["127.0.0.1"]), {
            code: "DEVICE_HANDSHAKE_FAILED",
            message: /speaks TLS 1\.3 only, the chip TLS 1\.2 only \(it closes the connection\)$/,
        })
    })

    it("leaves a server without TLS to be named as such, and one that refuses every client", async () => {
        const plain = await tcpServer(socket => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
        await assert.rejects(ask(plain.port, ["127.0.0.1"]), hasCode("NO_TLS"))
        const closed = await tcpServer(socket => socket.end())
        await assert.rejects(ask(closed.port, ["127.0.0.1"]), hasCode("NO_TLS"))
        const keyless = await tlsServer({})
        await assert.rejects(ask(keyless.port, ["127.0.0.1"]), {
            code: "DEVICE_HANDSHAKE_FAILED",
            message: /also refuses all that OpenSSL offers/,
            nextStep: /serves this host name/,
        })
    })

    it("asks no more than 8 addresses, and says so", async () => {
        const port = await atAddresses([["127.0.0.1", one]])
        const addresses = Array.from({ length: 11 }, (_, at) => `127.0.0.${at + 1}`)
        const { unreachable, warnings } = await ask(port, addresses)
        assert.equal(unreachable.length, 7)
        assert.deepEqual(warnings, ["3 more addresses of the server were not asked (limit 8)"])
    })

    describe("with an openssl that is not the usual one", () => {
        const usual = process.env.PATH
        let folder: string
        before(async () => {
            folder = await mkdtemp(path.join(tmpdir(), "airpin-openssl-"))
        })
        afterEach(() => {
            process.env.PATH = usual
        })
        after(() => rm(folder, { recursive: true }))

        /** Puts a program before the real one that fails, as openssl does, if its arguments match. */
        async function install(pattern: string, message: string): Promise<void> {
            const script = `#!/bin/sh\ncase "$*" in ${pattern}) echo '${message}' >&2; exit 1;; esac\nPATH='${usual}' exec openssl "$@"\n`
            await writeFile(path.join(folder, "openssl"), script)
            await chmod(path.join(folder, "openssl"), 0o755)
            process.env.PATH = `${folder}:${usual}`
        }

        it("leaves out the brainpool curves that some distributions remove", async () => {
            await install("*brainpool*", "Call to SSL_CONF_cmd(-groups, X25519:brainpoolP256r1) failed")
            const { port } = await tlsServer({ key: one.server.keyPem, cert: one.server.chainPem })
            assert.equal((await pullAsChip({ host: "127.0.0.1", port })).chain.length, 2)
        })

        it("fails without -sigalgs, as LibreSSL is, and says what to install", async () => {
            await install("*-sigalgs*", "unknown option -sigalgs")
            await assert.rejects(pullAsChip({ host: "127.0.0.1", port: 1 }), {
                code: "OPENSSL_UNSUITABLE",
                message: "this openssl cannot offer what the chip offers: unknown option -sigalgs",
            })
        })
    })
})

/** The extension supported_versions of a client that offers TLS 1.3 alone (RFC 8446 4.2.1). */
const TLS_1_3_SUPPORTED = Buffer.from("002b0003020304", "hex")

const subjects = (chain: { subject: string }[]) => chain.map(({ subject }) => subject)

/** Resolves with the port. */
function listen(server: Server, address: string, port: number): Promise<number> {
    after(() => new Promise(resolve => server.close(resolve)))
    return new Promise((resolve, reject) => {
        server.once("error", reject)
        server.listen(port, address, () => resolve((server.address() as AddressInfo).port))
    })
}

import assert from "node:assert/strict"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import type { AddressInfo, Server } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { createServer } from "node:tls"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { askServer } from "../../../certs/pull/live-server.ts"
import { hasCode } from "../../support/error-code.ts"
import { temporaryCa, tlsServer } from "../../support/tls-servers.ts"

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

const subjects = (chain: { subject: string }[]) => chain.map(({ subject }) => subject)

/** Resolves with the port. */
function listen(server: Server, address: string, port: number): Promise<number> {
    after(() => new Promise(resolve => server.close(resolve)))
    return new Promise((resolve, reject) => {
        server.once("error", reject)
        server.listen(port, address, () => resolve((server.address() as AddressInfo).port))
    })
}

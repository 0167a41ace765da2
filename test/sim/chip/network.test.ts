import assert from "node:assert/strict"
import type { TlsOptions } from "node:tls"
import type { LocalCa } from "../../../certs/local-ca.ts"
import type { TcpStream } from "../../../devs/sim/chip/connection.ts"
import { connectTcp } from "../../../devs/sim/chip/network.ts"
import { silentPeer } from "../../../devs/sim/faults/memory-socket.ts"
import { tcpServer, temporaryCa, tlsServer } from "../../support/tls-servers.ts"
import { network, silentServer, until } from "./support/test-network.ts"

const HANDSHAKE = "mbedtls_ssl_handshake"
/** on loopback anything that is to come has come by then */
const NOTHING_COMES_MS = 50

describe("the chip's network", () => {
    let authority: LocalCa
    let attacker: LocalCa
    let good: TlsOptions
    before(async () => {
        authority = await temporaryCa({ rootName: "Office root", intermediateName: "Office CA" })
        attacker = await temporaryCa({ rootName: "Office root", intermediateName: "Office CA" })
        good = { key: authority.server.keyPem, cert: authority.server.chainPem }
    })

    /** Connects to a server and expects a refusal with this code and no plaintext at the server. */
    async function refused(options: TlsOptions, code: string, host = "localhost"): Promise<string[]> {
        const server = await tlsServer(options)
        const { net, log, next } = network(authority)
        assert.equal(net.open(host, server.port, true), 0)
        assert.deepEqual(await next(), { type: "error", message: "mbedtls_ssl_handshake" })
        assert.equal(net.write(Buffer.from("secret")), -10)
        assert.equal(log[0], `SOCK: mbedtls_ssl_handshake returned -${code}`)
        assert.equal(server.received(), "")
        assert.equal(net.traffic.handshakes, 0)
        return log
    }

    it("connects to the pinned server over TLS 1.2 and carries bytes both ways", async () => {
        const server = await tlsServer(good, (socket, text) => socket.write(`${socket.getProtocol()} ${text}`))
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        assert.equal((await next()).type, "open")
        assert.equal(net.write(Buffer.from("hello")), 0)
        assert.equal(Buffer.from((await next()).data!).toString(), "TLSv1.2 hello")
        assert.equal(net.traffic.handshakes, 1)
        assert.ok(net.traffic.bytesUp > 200 && net.traffic.bytesDown > 800)
    })

    it("splits received data into pieces of 1024 bytes", async () => {
        const server = await tlsServer(good, socket => socket.write(Buffer.alloc(2500, "x")))
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        await next()
        net.write(Buffer.from("go"))
        assert.deepEqual(
            [(await next()).data!.length, (await next()).data!.length, (await next()).data!.length],
            [1024, 1024, 452],
        )
    })

    it("refuses another CA with the same names before sending a byte of the program", async () => {
        const log = await refused({ key: attacker.server.keyPem, cert: attacker.server.chainPem }, "3000")
        assert.match(log[1]!, /refused/)
    })

    it("refuses a certificate for another host", async () => {
        const { keyPem, chainPem } = await authority.issue({ names: ["other.example"] })
        await refused({ key: keyPem, cert: chainPem }, "2700")
    })

    it("accepts an expired certificate, as the chip does, and warns of it", async () => {
        const { keyPem, chainPem } = await authority.issue({
            notBefore: new Date("2020-01-01"),
            notAfter: new Date("2020-02-01"),
        })
        const server = await tlsServer({ key: keyPem, cert: chainPem })
        const { net, log, next } = network(authority)
        net.open("localhost", server.port, true)
        assert.equal((await next()).type, "open")
        assert.match(log.join(), /^simulator: "CN=localhost" is valid from 2020-01-01\S+ to 2020-02-01/)
    })

    it("refuses a server that speaks TLS 1.3 only", async () => {
        await refused({ ...good, minVersion: "TLSv1.3" }, "7780")
    })

    it("refuses a server that offers ChaCha20 only", async () => {
        await refused({ ...good, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" }, "7780")
    })

    for (const ciphers of ["AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA384"])
        it(`accepts an RSA key with ${ciphers}`, async () => {
            const { keyPem, chainPem } = await authority.issue({ keyType: "RSA-2048" })
            const server = await tlsServer({ key: keyPem, cert: chainPem, maxVersion: "TLSv1.2", ciphers })
            const { net, next } = network(authority)
            net.open("localhost", server.port, true)
            assert.equal((await next()).type, "open")
        })

    it("refuses certificates that need more than one TLS record", async () => {
        const { keyPem, chainPem } = authority.server
        await refused({ key: keyPem, cert: chainPem + authority.intermediatePem.repeat(40) }, "7080")
    })

    it("reports the error of sock.c for a closed port", async () => {
        const server = await tcpServer(() => undefined)
        await server.close()
        const { net, next } = network(authority)
        net.open("127.0.0.1", server.port, true)
        assert.deepEqual(await next(), { type: "error", message: "can't connect" })
    })

    it("reports the error of sock.c for a name that does not resolve", async () => {
        const { net, next } = network(authority)
        net.open("no-such-host.invalid", 443, true)
        assert.deepEqual(await next(), { type: "error", message: "can't resolve host" })
    })

    it("refuses a server that responds in plaintext", async () => {
        const server = await tcpServer(socket => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        assert.deepEqual(await next(), { type: "error", message: "mbedtls_ssl_handshake" })
        assert.doesNotMatch(server.received(), /secret|POST/)
    })

    it("queues a second connect behind the first, to a silent server", async () => {
        const silent = await silentServer()
        const server = await tlsServer(good)
        const { net, next } = network(authority)
        net.open("localhost", silent.port, true)
        net.open("localhost", server.port, true)
        await silent.connected()
        await new Promise(resolve => setTimeout(resolve, NOTHING_COMES_MS))
        assert.deepEqual(net.takeEvents(), [])
        await silent.close()
        assert.deepEqual([await next(), await next()], [{ type: "error", message: HANDSHAKE }, { type: "close" }])
        assert.equal((await next()).type, "open")
    })

    it("panics if the socket is closed while a connection is opened or queued", async () => {
        const silent = await silentServer()
        const server = await tlsServer(good)
        const { net, next } = network(authority)
        assert.equal(net.close(), -10)
        net.open("localhost", silent.port, true)
        assert.throws(() => net.close(), { code: "CHIP_PANIC" }, "the worker may be in the handshake already")
        await silent.connected()
        assert.throws(() => net.close(), { code: "CHIP_PANIC" })
        const silentToo = await silentServer()
        net.open("localhost", silentToo.port, true)
        await silent.close()
        assert.equal((await next()).type, "error")
        assert.throws(() => net.close(), { code: "CHIP_PANIC" }, "the error of the first, during the second")
        net.open("localhost", server.port, true)
        await silentToo.connected()
        await silentToo.close()
        assert.deepEqual(
            [await next(), await next(), await next()].map(({ type }) => type),
            ["close", "error", "close"],
        )
        assert.equal((await next()).type, "open")
        assert.equal(net.close(), 0)
    })

    describe("when it loses Wi-Fi", () => {
        for (const [tls, message] of [
            [true, "mbedtls_ssl_read"],
            [false, "recv error"],
        ] as const)
            it(`aborts an open connection at once with "${message}"`, async () => {
                const server = tls ? await tlsServer(good) : await tcpServer(socket => void socket.resume())
                const { net, next } = network(authority)
                net.open("localhost", server.port, tls)
                assert.equal((await next()).type, "open")
                net.loseWifi()
                assert.deepEqual(net.takeEvents(), [{ type: "error", message }, { type: "close" }])
                assert.deepEqual([net.isAvailable(), net.write(Buffer.from("late"))], [false, -10])
            })

        it("aborts a handshake, which is no refusal", async () => {
            const silent = await silentServer()
            const { net, log, next } = network(authority)
            net.open("localhost", silent.port, true)
            await silent.connected()
            net.loseWifi()
            assert.deepEqual([await next(), await next()], [{ type: "error", message: HANDSHAKE }, { type: "close" }])
            assert.deepEqual(log, [
                "SOCK: mbedtls_ssl_handshake returned -4c",
                "SOCK:   NET - Reading information from the socket failed",
            ])
            assert.deepEqual([net.traffic.handshakes, net.traffic.refusals], [0, 0])
        })

        it("aborts a connection whose SYN nobody replies to, and what is queued behind it", async () => {
            const { net, next } = network(authority, () => silentPeer("before TCP"))
            net.open("localhost", 443, true)
            net.open("localhost", 443, true)
            net.loseWifi()
            assert.deepEqual(
                [await next(), await next()],
                [
                    { type: "error", message: "can't connect" },
                    { type: "error", message: "can't resolve host" },
                ],
            )
        })
    })

    it("counts only untrusted certificates as refusals", async () => {
        const { keyPem, chainPem } = attacker.server
        const untrusted = await tlsServer({ key: keyPem, cert: chainPem })
        const old = await tlsServer({ ...good, minVersion: "TLSv1.3" })
        const { net, next } = network(authority)
        for (const [{ port }, refusals] of [
            [old, 0],
            [untrusted, 1],
        ] as const) {
            net.open("localhost", port, true)
            assert.deepEqual([await next(), await next()], [{ type: "error", message: HANDSHAKE }, { type: "close" }])
            assert.equal(net.traffic.refusals, refusals)
        }
    })

    it("reports a peer that resets the connection, and then the end", async () => {
        const server = await tcpServer(socket => void socket.once("data", () => socket.resetAndDestroy()))
        const { net, next } = network(authority)
        net.open("localhost", server.port, false)
        assert.equal((await next()).type, "open")
        net.write(Buffer.from("hello"))
        assert.deepEqual([await next(), await next()], [{ type: "error", message: "recv error" }, { type: "close" }])
    })

    for (const [tls, message] of [
        [true, "mbedtls_ssl_write"],
        [false, "write error"],
    ] as const)
        it(`reports a failed write as "${message}"`, async () => {
            const server = await tlsServer(good)
            let tcp: TcpStream | undefined
            const { net, next } = network(authority, (host, port) => (tcp = connectTcp(host, port)))
            net.open("localhost", server.port, tls)
            assert.equal((await next()).type, "open")
            tcp!.destroy(Object.assign(new Error("write EPIPE"), { syscall: "write" }))
            assert.deepEqual([await next(), await next()], [{ type: "error", message }, { type: "close" }])
        })

    it("drops a silent server and all queued commands when the chip restarts", async () => {
        const silent = await silentServer()
        const server = await tlsServer(good)
        const { net, log, next } = network(authority)
        net.open("localhost", silent.port, true)
        net.open("localhost", silent.port, true)
        await silent.connected()
        net.reset()
        net.open("localhost", server.port, true)
        assert.equal((await next()).type, "open")
        await until(() => silent.connections.every(({ closed }) => closed))
        assert.deepEqual([silent.connections.length, net.takeEvents(), log], [1, [], []])
    })

    it("gets no event when the path is lost, and loses what it writes then", async () => {
        const server = await tlsServer(good, socket => socket.write("late"))
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        assert.equal((await next()).type, "open")
        net.sever()
        assert.equal(net.write(Buffer.from("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")), 0)
        assert.equal(net.responseDue, false)
        await server.close()
        await new Promise(resolve => setTimeout(resolve, NOTHING_COMES_MS))
        assert.deepEqual([net.takeEvents(), server.received()], [[], ""])
    })

    it("hangs in a handshake whose path is lost until the chip restarts", async () => {
        const silent = await silentServer()
        const { net, log } = network(authority)
        net.open("localhost", silent.port, true)
        await silent.connected()
        net.sever()
        await silent.close()
        await new Promise(resolve => setTimeout(resolve, NOTHING_COMES_MS))
        assert.deepEqual([net.takeEvents(), log, net.responseDue], [[], [], false])
        net.reset()
        const server = await tlsServer(good)
        net.open("localhost", server.port, true)
        await until(() => net.eventsAtMs < Infinity)
        assert.deepEqual(net.takeEvents(), [{ type: "open" }])
    })

    it("reports a peer that closes, and accepts no more writes", async () => {
        const server = await tlsServer(good)
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        await next()
        net.hangUp()
        assert.deepEqual(await next(), { type: "close" })
        assert.equal(net.write(Buffer.from("more")), -10)
    })

    it("panics like the chip at a write of 4096 bytes", async () => {
        const server = await tlsServer(good)
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        await next()
        assert.throws(() => net.write(Buffer.alloc(4096)), { code: "CHIP_PANIC" })
    })

    it("reports the end of the connection, and accepts no more writes", async () => {
        const server = await tlsServer(good, socket => socket.end())
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        await next()
        net.write(Buffer.from("bye"))
        assert.deepEqual(await next(), { type: "close" })
        assert.equal(net.write(Buffer.from("more")), -10)
    })

    it("has a response due from the end of a request to the end of its response", async () => {
        const server = await tlsServer(good, (socket, text) => {
            if (text.endsWith("body")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            if (text === "rest") socket.write("ok")
        })
        const { net, next } = network(authority)
        net.open("localhost", server.port, true)
        await next()
        assert.equal(net.responseDue, false)
        net.write(Buffer.from("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n"))
        await until(() => server.received().endsWith("\r\n\r\n"))
        assert.equal(net.responseDue, false, "the request is not complete")
        net.write(Buffer.from("body"))
        await next()
        assert.equal(net.responseDue, true, "the head of the response has arrived, its body has not")
        net.write(Buffer.from("rest"))
        await next()
        assert.equal(net.responseDue, false)
    })
})

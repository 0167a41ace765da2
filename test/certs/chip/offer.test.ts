import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { chipOffer, keyExchangeOf } from "../../../certs/chip/offer.ts"
import { chipHandshake } from "../../../devs/sim/chip/tls.ts"

/** The 58 suites that the chip sent (guide/device-tls.md section 6), in the order of mbedTLS 3.5's ssl_ciphersuites.c. */
const CHIP_SUITES = [
    "c02c c030 c0ad c024 c028 c00a c014 c0af c05d c061 c049 c04d", // ECDHE with AES-256, ARIA-256
    "c02b c02f c0ac c023 c027 c009 c013 c0ae c05c c060 c048 c04c", // ECDHE with AES-128, ARIA-128
    "009d c09d 003d 0035 c032 c02a c00f c02e c026 c005 c0a1", // static RSA and ECDH with AES-256
    "c05f c063 c051 c04b c04f c03d", // … ARIA-256
    "009c c09c 003c 002f c031 c029 c00e c02d c025 c004 c0a0", // … AES-128
    "c05e c062 c050 c04a c04e c03c", // … ARIA-128
].flatMap(line => line.split(" "))

/** OpenSSL has neither static ECDH nor ARIA in CBC mode. */
const UNKNOWN_TO_OPENSSL = [
    "c032 c02a c00f c02e c026 c005 c05f c063 c04b c04f c031 c029 c00e c02d c025 c004 c05e c062 c04a c04e",
    "c049 c04d c048 c04c c03d c03c",
].flatMap(line => line.split(" "))

const SIGNALLING = "00ff"

describe("the chip's offer", () => {
    const senders: [name: string, send: (port: number) => unknown][] = [
        [
            "openssl s_client",
            port => {
                const { ciphers, groups, signatureAlgorithms } = chipOffer
                const offer = ["-tls1_2", "-cipher", ciphers, "-groups", groups, "-sigalgs", signatureAlgorithms]
                execFile("openssl", ["s_client", ...offer, "-connect", `127.0.0.1:${port}`, "-servername", "air.test"])
            },
        ],
        [
            "the simulated chip",
            port => chipHandshake(connect(port, "127.0.0.1"), "air.test", Buffer.alloc(6)).catch(() => undefined),
        ],
    ]
    for (const [name, send] of senders)
        it(`is what ${name} sends: TLS 1.2, the suites, groups and signature algorithms in the chip's order`, async () => {
            const hello = await clientHello(send)
            assert.equal(hello.version, "0303")
            assert.equal(CHIP_SUITES.length, 58)
            assert.deepEqual(
                hello.suites.filter(suite => suite !== SIGNALLING),
                CHIP_SUITES.filter(suite => !UNKNOWN_TO_OPENSSL.includes(suite)),
            )
            assert.ok(hello.suites.includes(SIGNALLING))
            assert.equal(hello.extension(0x000a), "000e001d001700180019001a001b001c")
            assert.equal(hello.extension(0x000d), "000c060306010503050104030401")
            // server_name, groups, point formats, session ticket, encrypt-then-MAC, extended master secret, signatures
            assert.deepEqual(
                hello.types.toSorted((one, other) => one - other),
                [0, 10, 11, 13, 22, 23, 35],
            )
        })

    it("tells static RSA from a Diffie-Hellman exchange by the suite", () => {
        assert.deepEqual([0xc02b, 0xc061, 0x009c, 0xc050, 0xc0a0, 0x002f].map(keyExchangeOf), [
            "ECDHE",
            "ECDHE",
            "RSA",
            "RSA",
            "RSA",
            "RSA",
        ])
    })
})

interface ClientHello {
    version: string
    suites: string[]
    types: number[]
    extension(type: number): string | undefined
}

/** The ClientHello that a client sends to a server of ours, which then closes. */
async function clientHello(send: (port: number) => unknown): Promise<ClientHello> {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    send((server.address() as AddressInfo).port)
    const [socket] = (await once(server, "connection")) as [Socket]
    socket.on("error", () => undefined)
    const [bytes] = (await once(socket, "data")) as [Buffer]
    socket.destroy()
    server.close()
    return parse(bytes)
}

/** Record header 5 bytes, message header 4, version 2, random 32; then session id, suites, compression, extensions. */
function parse(record: Buffer): ClientHello {
    const sessionAt = 5 + 4 + 2 + 32
    const suitesAt = sessionAt + 1 + record.readUInt8(sessionAt)
    const suitesEnd = suitesAt + 2 + record.readUInt16BE(suitesAt)
    const suites = record
        .subarray(suitesAt + 2, suitesEnd)
        .toString("hex")
        .match(/.{4}/g)
    const extensions = new Map<number, string>()
    for (let at = suitesEnd + 1 + record.readUInt8(suitesEnd) + 2; at < record.length; ) {
        const end = at + 4 + record.readUInt16BE(at + 2)
        extensions.set(record.readUInt16BE(at), record.subarray(at + 4, end).toString("hex"))
        at = end
    }
    return {
        version: record.subarray(9, 11).toString("hex"),
        suites: [...(suites ?? [])],
        types: [...extensions.keys()],
        extension: (type: number) => extensions.get(type),
    }
}

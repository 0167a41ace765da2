import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import path from "node:path"
import type { TlsOptions } from "node:tls"
import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import type { LocalCa, ServerCredentials } from "../../../certs/local-ca.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { chipHandshake, HandshakeRefused } from "../../../devs/sim/chip/tls.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa, tlsServer } from "../../support/tls-servers.ts"

describe("a live server is judged by the chip's own handshake", () => {
    let localCa: LocalCa
    let rsaCa: LocalCa
    let rsa: ServerCredentials
    let folder: string
    let pinned: string
    let ca: string
    let rsaRoot: string
    before(async () => {
        localCa = await temporaryCa({ rootName: "Root EC", intermediateName: "CA EC" })
        rsaCa = await temporaryCa({ rootName: "Root RSA", intermediateName: "CA RSA" })
        rsa = await rsaCa.issue({ keyType: "RSA-2048" })
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        ca = path.join(folder, "root.pem")
        rsaRoot = path.join(folder, "rsa-root.pem")
        await writeFile(ca, localCa.rootPem)
        await writeFile(rsaRoot, rsaCa.rootPem)
        const { code, stderr } = await pin(await serverOf())
        assert.equal(code, 0, stderr)
    })

    const serverOf = async (options: TlsOptions = {}) => {
        const { port } = await tlsServer({ key: localCa.server.keyPem, cert: localCa.server.chainPem, ...options })
        return `localhost:${port}`
    }
    const rsaServer = (options: TlsOptions) => serverOf({ key: rsa.keyPem, cert: rsa.chainPem, ...options })

    /** An ECDSA and an RSA certificate; clients of TLS 1.2 get the RSA one, others the ECDSA one. */
    const twoCertificates = (): TlsOptions => ({
        key: [localCa.server.keyPem, rsa.keyPem],
        cert: [localCa.server.chainPem, rsa.chainPem],
        ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
        honorCipherOrder: true,
    })

    const pin = (...args: string[]) =>
        airpin(["pin", "--ca", ca, "--ca", rsaRoot, "--pinned", pinned, "--yes", ...args])
    const check = (...args: string[]) =>
        airpin(["pin", "--check", "--pinned", pinned, "--images", path.join(folder, "no-images"), ...args])
    const rehearse = (...args: string[]) => airpin(["rehearse", "--bundle", pinned, ...args])

    /** The simulated chip's handshake, with both roots in its bundle. */
    const simulatedChip = async (host: string) => {
        const port = Number(host.split(":")[1])
        const bundle = encodeBundle(parsePem(localCa.rootPem + rsaCa.rootPem))
        const socket = await chipHandshake(connect(port, "127.0.0.1"), "localhost", bundle)
        socket.destroy()
    }

    const tls12 = { maxVersion: "TLSv1.2" } as const
    const refused: [what: string, start: () => Promise<string>, why: RegExp, next: RegExp][] = [
        [
            "TLS 1.3 only",
            () => serverOf({ minVersion: "TLSv1.3" }),
            /speaks TLS 1\.3 only.*tlsv1 alert protocol version/,
            /enable TLS 1\.2/,
        ],
        [
            "ChaCha20 only",
            () => serverOf({ ...tls12, ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" }),
            /chooses ECDHE-ECDSA-CHACHA20-POLY1305, .*handshake failure/,
            /enable .*ECDHE-ECDSA-AES128-GCM-SHA256/,
        ],
        [
            "ephemeral Diffie-Hellman without curves only",
            () => rsaServer({ ...tls12, ciphers: "DHE-RSA-AES128-GCM-SHA256", dhparam: "auto" }),
            /chooses DHE-RSA-AES128-GCM-SHA256/,
            /enable .*ECDHE-RSA-AES128-GCM-SHA256/,
        ],
        [
            "X448 only",
            () => serverOf({ ...tls12, ecdhCurve: "X448" }),
            /agrees on keys with X448/,
            /enable X25519 or P-256/,
        ],
        [
            "RSA-PSS only",
            () => rsaServer({ ...tls12, ciphers: "ECDHE-RSA-AES128-GCM-SHA256", sigalgs: "RSA-PSS+SHA256" }),
            /signs with RSA-PSS/,
            /rsa_pkcs1_sha256/,
        ],
        [
            "SHA-1 signatures only",
            () => rsaServer({ ...tls12, ciphers: "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", sigalgs: "RSA+SHA1" }),
            /signs with RSA and SHA1/,
            /rsa_pkcs1_sha256/,
        ],
        [
            "a client certificate required",
            () => serverOf({ ...tls12, requestCert: true, rejectUnauthorized: true }),
            /asks for a client certificate/,
            /do not require client certificates/,
        ],
        [
            "records of 512 bytes",
            () => opensslServer(folder, localCa.server, "-max_send_frag", "512"),
            /splits a handshake message over several TLS records.*-0x7080/,
            /larger TLS records/,
        ],
    ]
    for (const [what, start, why, next] of refused)
        it(`refuses a server with ${what}, with the reason, in pin and pin --check`, async () => {
            const before = await readFile(path.join(pinned, "pins.json"), "utf8")
            const host = await start()
            const pinning = await pin(host)
            assert.equal(pinning.code, 20, pinning.stdout)
            assert.match(pinning.stderr, why)
            assert.match(pinning.stderr, /\[DEVICE_HANDSHAKE_FAILED\]/)
            assert.match(pinning.stderr, next)
            assert.equal(await readFile(path.join(pinned, "pins.json"), "utf8"), before)
            const checking = await check(host, "--quiet")
            assert.equal(checking.code, 20)
            assert.match(checking.stdout, new RegExp(`^refused +${host}.*${why.source}`, "m"))
            assert.match(checking.stdout, next)
            await assert.rejects(simulatedChip(host), HandshakeRefused)
        })

    it("accepts what the simulated chip accepts", async () => {
        for (const start of [serverOf, () => rsaServer({ ...tls12, ciphers: "AES128-GCM-SHA256" })]) {
            const host = await start()
            await simulatedChip(host)
            assert.equal((await pin(host, "--dry-run")).code, 0)
        }
    })

    it("refuses such a server in rehearse, too", async () => {
        const { code, stderr } = await rehearse(await serverOf({ minVersion: "TLSv1.3" }))
        assert.equal(code, 20)
        assert.match(stderr, /speaks TLS 1\.3 only/)
    })

    describe("with an ECDSA and an RSA certificate under two roots, of which the chip gets the other one", () => {
        let host: string
        before(async () => {
            host = await serverOf(twoCertificates())
        })

        it("pin shows, pins and records both chains", async () => {
            const { code, stdout, stderr } = await pin(host)
            assert.equal(code, 0, stderr)
            assert.match(stdout, /^sends +1 {2}CN=localhost, until .*\n +2 {2}CN=CA RSA, until/m)
            assert.match(stdout, /^to others +1 {2}CN=localhost, until .*\n +2 {2}CN=CA EC, until/m)
            const { anchors } = JSON.parse(await readFile(path.join(pinned, "pins.json"), "utf8"))
            assert.deepEqual(
                anchors.map(({ subject }: { subject: string }) => subject),
                ["CN=Root EC", "CN=Root RSA"],
            )
            const { hosts } = JSON.parse(await readFile(path.join(pinned, "presented.json"), "utf8"))
            const subjects = (chain: { subject: string }[]) => chain.map(({ subject }) => subject)
            assert.deepEqual(subjects(hosts[host].path), ["CN=localhost", "CN=CA RSA"])
            assert.deepEqual(hosts[host].others.map(subjects), [["CN=localhost", "CN=CA EC"]])
            const checked = await check()
            assert.equal(checked.code, 0, checked.stdout)
            assert.match(checked.stdout, /^current +localhost/m)
        })

        it("pin --check refuses it when only the root of the chain for others is pinned, and shows both", async () => {
            const only = path.join(folder, "only-ec")
            await airpin(["pin", await serverOf(), "--ca", ca, "--pinned", only])
            const { code, stdout } = await airpin(["pin", "--check", host, "--pinned", only])
            assert.equal(code, 20)
            assert.match(stdout, /^refused +localhost.*Root RSA/m)
            assert.match(stdout, /^to others +CN=localhost {2}← {2}CN=CA EC/m)
        })

        it("pin still pins the chip's chain, with a warning, when no root of the other one is known", async () => {
            const some = path.join(folder, "some")
            const { code, stderr } = await airpin(["pin", host, "--ca", rsaRoot, "--pinned", some])
            assert.equal(code, 0, stderr)
            assert.match(stderr, /^warning +.*the chain that other clients get is not pinned: .*CN=Root EC/m)
        })

        it("rehearse tries both chains", async () => {
            await pin(host)
            const { code, stdout } = await rehearse(host)
            assert.equal(code, 0, stdout)
            assert.match(stdout, /^served +localhost ← CA RSA/m)
            assert.match(stdout, /^ +to other clients: localhost ← CA EC/m)
        })
    })

    it("refuses an IPv6 address, in pin, pin --check and rehearse, and pin with --chain", async () => {
        const file = path.join(folder, "any-chain.pem")
        await writeFile(file, localCa.server.chainPem)
        const host = "[2001:db8::1]:443"
        for (const { code, stdout, stderr } of [
            await pin(host),
            await pin(host, "--chain", file),
            await check(host, "--quiet"),
            await rehearse(host),
        ]) {
            assert.equal(code, 20)
            assert.match(stdout + stderr, /2001:db8::1 is an IPv6 address; devices connect over IPv4 only/)
            assert.match(stdout + stderr, /\[HOST_WITHOUT_IPV4\]\nnext +give the server's name or its IPv4 address/)
        }
    })

    it("takes a record of the chain for others, as made by earlier versions, for no record", async () => {
        const host = await serverOf(twoCertificates())
        const [old, file] = [path.join(folder, "old"), path.join(folder, "old", "presented.json")]
        await airpin(["pin", host, "--ca", ca, "--ca", rsaRoot, "--pinned", old])
        const written = JSON.parse(await readFile(file, "utf8"))
        const { others, ...record } = written.hosts[host]
        await writeFile(file, JSON.stringify({ ...written, hosts: { [host]: { ...record, path: others[0] } } }))
        const { code, stdout } = await airpin(["pin", "--check", "--pinned", old])
        assert.equal(code, 0, stdout)
        assert.match(stdout, /^current +localhost.*was not recorded$/m)
        assert.match(stdout, /^next +to record its chain: airpin pin localhost/m)
    })

    it("says that a chain of a file was judged without a server, in pin, pin --check, rehearse and trust", async () => {
        const file = path.join(folder, "chain.pem")
        await writeFile(file, localCa.server.chainPem)
        const given = ["--chain", file, "--servername", "localhost"]
        await pin(await serverOf())
        const runs = [
            await pin("localhost:1", "--chain", file, "--dry-run"),
            await check("localhost:1", "--chain", file),
            await rehearse(...given),
            await airpin(["trust", ...given, "--bundle", pinned]),
        ]
        for (const { code, stdout, stderr } of runs) {
            assert.equal(code, 0, stderr)
            assert.match(stdout, /^judged +the certificates of .*chain\.pem alone: no server was asked/m)
        }
    })
})

/** `openssl s_server` on a free port, for what Node.js cannot be configured to do; stopped after the suite. */
async function opensslServer(folder: string, { keyPem, chainPem }: ServerCredentials, ...options: string[]) {
    const [key, chain] = [path.join(folder, "s_server.key"), path.join(folder, "s_server.pem")]
    await writeFile(key, keyPem)
    await writeFile(chain, chainPem)
    const files = ["-key", key, "-cert", chain, "-cert_chain", chain]
    const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...files, ...options])
    after(() => child.kill("SIGKILL"))
    return `localhost:${await acceptedPort(child)}`
}

async function acceptedPort({ stdout }: ChildProcess): Promise<string> {
    let printed = ""
    for (;;) {
        const [text] = (await once(stdout!, "data")) as [Buffer]
        printed += text.toString()
        const [, port] = /^ACCEPT .*:(\d+)$/m.exec(printed) ?? []
        if (port) return port
    }
}

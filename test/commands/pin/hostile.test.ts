import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { type ErrorCode, errorRow } from "../../../certs/error-codes/table.ts"
import { type LocalCa, openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { parseCertificate, toPem } from "../../../certs/x509/certificate.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { altNames, ca, dn, dns, ec, type KeyPair, mint } from "../../support/mint.ts"
import { type RunningServer, tcpServer, tlsServer } from "../../support/tls-servers.ts"

/** 10 s for the server's chain, plus the start of the command line on a busy machine */
const MAX_MS = 25_000
const DAY_MS = 24 * 3600 * 1000
const NAMES = { rootName: "Good root", intermediateName: "Good CA" }

const keyPem = (key: KeyPair) => key.privateKey.export({ type: "pkcs8", format: "pem" }) as string

/** A leaf for localhost below `length - 1` CAs, each signed by the next, and the root above them. */
function longChain(length: number): { key: string; cert: string; rootPem: string } {
    const keys = Array.from({ length: length + 1 }, () => ec())
    const names = keys.map((_, at) => dn(at === 0 ? "localhost" : `CA ${at}`))
    const certificates = keys.map((key, at) => {
        const above = Math.min(at + 1, length)
        const extensions = [at === 0 ? altNames(dns("localhost")) : ca()]
        return toPem(
            parseCertificate(
                mint({ subject: names[at]!, issuer: names[above]!, key, signer: keys[above]!, extensions }),
            ),
        )
    })
    return { key: keyPem(keys[0]!), cert: certificates.slice(0, -1).join(""), rootPem: certificates.at(-1)! }
}

/** An unrelated certificate of about 2 kB. */
function ballast(): string {
    const key = ec()
    const names = Array.from({ length: 50 }, (_, at) => dns(`${at}.a-name-that-only-takes-room.test`))
    return toPem(
        parseCertificate(
            mint({ subject: dn("Ballast"), issuer: dn("Ballast"), key, signer: key, extensions: [altNames(...names)] }),
        ),
    )
}

describe("airpin pin against a hostile server", () => {
    let folder: string
    let pinned: string
    let good: LocalCa
    let pins: Record<string, string>

    before(async () => {
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        good = await openOrCreateLocalCa(path.join(folder, "ca"), NAMES)
        await writeFile(path.join(folder, "root.pem"), good.rootPem)
        const server = await tlsServer({ key: good.server.keyPem, cert: good.server.chainPem })
        assert.equal((await pin(server)).code, 0)
        pins = await contents()
    })

    const pin = ({ port }: RunningServer, ...more: string[]) =>
        airpin([
            "--json",
            "pin",
            `localhost:${port}`,
            "--ca",
            path.join(folder, "root.pem"),
            "--pinned",
            pinned,
            "--yes",
            ...more,
        ])

    async function contents(): Promise<Record<string, string>> {
        const names = (await readdir(pinned)).sort()
        return Object.fromEntries(
            await Promise.all(names.map(async name => [name, await readFile(path.join(pinned, name), "latin1")])),
        )
    }

    /** Requires that pin exits in time with this code and leaves the pins unchanged. */
    async function refuses(server: RunningServer, code: ErrorCode, ...more: string[]): Promise<void> {
        const start = performance.now()
        const { code: exit, stdout } = await pin(server, ...more)
        assert.deepEqual([exit, JSON.parse(stdout).error.code], [errorRow(code).exit, code])
        assert.ok(performance.now() - start < MAX_MS)
        assert.deepEqual(await contents(), pins)
    }

    it("refuses an attacker's CA with the same names and other keys", async () => {
        const attacker = await openOrCreateLocalCa(path.join(folder, "attacker"), NAMES)
        await refuses(
            await tlsServer({ key: attacker.server.keyPem, cert: attacker.server.chainPem }),
            "SIGNATURE_INVALID",
        )
        await refuses(
            await tlsServer({ key: attacker.server.keyPem, cert: attacker.server.chainPem + attacker.rootPem }),
            "SIGNATURE_INVALID",
        )
    })

    it("refuses a self-signed certificate", async () => {
        const key = ec()
        const der = mint({
            subject: dn("localhost"),
            issuer: dn("localhost"),
            key,
            signer: key,
            extensions: [altNames(dns("localhost"))],
        })
        await refuses(await tlsServer({ key: keyPem(key), cert: toPem(parseCertificate(der)) }), "CHAIN_UNTRUSTED")
    })

    it("refuses an expired certificate", async () => {
        const [notBefore, notAfter] = [new Date(Date.now() - 91 * DAY_MS), new Date(Date.now() - DAY_MS)]
        const { keyPem, chainPem } = await good.issue({ notBefore, notAfter })
        await refuses(await tlsServer({ key: keyPem, cert: chainPem }), "CHAIN_EXPIRED")
    })

    it("refuses the certificate of another host", async () => {
        const { keyPem, chainPem } = await good.issue({ names: ["other.test"] })
        await refuses(await tlsServer({ key: keyPem, cert: chainPem }), "HOST_MISMATCH")
    })

    it("refuses a chain of ten, trusted or not", async () => {
        const { key, cert, rootPem } = longChain(10)
        await writeFile(path.join(folder, "long.pem"), rootPem)
        const server = await tlsServer({ key, cert })
        await refuses(server, "CHAIN_UNTRUSTED")
        await refuses(server, "DEVICE_REFUSES", "--ca", path.join(folder, "long.pem"))
    })

    it("refuses 20 kB of certificates: more than one TLS record", async () => {
        const cert = good.server.chainPem + ballast().repeat(10)
        await refuses(await tlsServer({ key: good.server.keyPem, cert }), "DEVICE_HANDSHAKE_FAILED")
    })

    it("refuses 200 kB of certificates", async () => {
        const cert = good.server.chainPem + ballast().repeat(100)
        assert.ok(cert.length > 200_000, `${cert.length} bytes`)
        await refuses(await tlsServer({ key: good.server.keyPem, cert }), "CHAIN_TOO_LARGE")
    })

    it("gives up on a server that never responds", async () => {
        await refuses(await tcpServer(() => undefined), "CONNECTION_TIMED_OUT")
    })

    it("refuses a server that sends garbage, a little or endlessly", async () => {
        await refuses(await tcpServer(socket => socket.end("SSH-2.0-OpenSSH_9.2\r\n")), "NO_TLS")
        await refuses(await tcpServer(socket => flood(socket)), "NO_TLS")
    })
})

function flood(socket: NodeJS.WritableStream): void {
    const more = () => void (socket.writable && socket.write(randomBytes(65_536), more))
    more()
}

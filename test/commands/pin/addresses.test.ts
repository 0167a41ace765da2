import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { createServer } from "node:tls"
import type { LocalCa, ServerCredentials } from "../../../certs/local-ca.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

/** The names of this file's DNS, which the commands get in place of the real one. */
const NAMES = {
    "air.test": ["127.0.0.1", "127.0.0.2"],
    "down.test": ["127.0.0.1", "127.0.0.9"],
    "six.test": ["2001:db8::1"],
}

describe("airpin pin and the addresses of a name", () => {
    const options = process.env.NODE_OPTIONS
    let folder: string
    let pinned: string
    let roots: string[]
    let port: number
    before(async () => {
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        const cas = [await temporaryCa({ rootName: "One" }), await temporaryCa({ rootName: "Two" })]
        roots = await Promise.all(cas.map((ca, at) => rootFile(ca, `root-${at}.pem`)))
        const credentials = await Promise.all(cas.map(ca => ca.issue({ names: Object.keys(NAMES) })))
        port = await listen(credentials[0]!, "127.0.0.1", 0)
        await listen(credentials[1]!, "127.0.0.2", port)
        process.env.NODE_OPTIONS = `--import=${await resolver()}`
    })
    after(() => {
        if (options === undefined) delete process.env.NODE_OPTIONS
        else process.env.NODE_OPTIONS = options
    })

    async function rootFile({ rootPem }: LocalCa, name: string): Promise<string> {
        await writeFile(path.join(folder, name), rootPem)
        return path.join(folder, name)
    }

    /** A module that replaces the name services of a command. */
    async function resolver(): Promise<string> {
        const file = path.join(folder, "resolver.mjs")
        await writeFile(
            file,
            `import { promises as dns } from "node:dns"
const names = ${JSON.stringify(NAMES)}
const known = async host => names[host] ?? Promise.reject(Object.assign(new Error(host), { code: "ENOTFOUND" }))
dns.lookup = async host => (await known(host)).map(address => ({ address, family: address.includes(":") ? 6 : 4 }))
dns.Resolver.prototype.resolve4 = known
`,
        )
        return file
    }

    const pin = (host: string, ...args: string[]) =>
        airpin([
            "pin",
            `${host}:${port}`,
            ...roots.flatMap(root => ["--ca", root]),
            "--pinned",
            pinned,
            "--yes",
            ...args,
        ])
    const check = (...args: string[]) =>
        airpin(["pin", "--check", "--pinned", pinned, "--images", path.join(folder, "none"), ...args])

    it("asks at each, and pins and records the chains of both servers", async () => {
        const { code, stdout, stderr } = await pin("air.test")
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^asked +127\.0\.0\.1, 127\.0\.0\.2, with the handshake of the chip$/m)
        assert.match(stdout, /^ +at 127\.0\.0\.2$/m)
        assert.doesNotMatch(stdout, /^to others/m)
        const { anchors } = JSON.parse(await readFile(path.join(pinned, "pins.json"), "utf8"))
        assert.deepEqual(
            anchors.map(({ subject }: { subject: string }) => subject),
            ["CN=One", "CN=Two"],
        )
        const checked = await check()
        assert.equal(checked.code, 0, checked.stdout)
        assert.match(checked.stdout, /^also +CN=air\.test.*, at 127\.0\.0\.2$/m)
    })

    it("refuses the server in pin --check when devices refuse it at one of its addresses", async () => {
        const one = path.join(folder, "one")
        await airpin(["pin", `127.0.0.1:${port}`, "--servername", "air.test", "--ca", roots[0]!, "--pinned", one])
        const { code, stdout } = await airpin(["pin", "--check", `air.test:${port}`, "--pinned", one])
        assert.equal(code, 20)
        assert.match(stdout, /^refused +air\.test:\d+: refused: .*CN=Two/m)
        assert.match(stdout, /^ +this chain is sent at 127\.0\.0\.2$/m)
    })

    it("warns of one that does not respond, and exits with 10 in pin --check", async () => {
        const warning =
            /^warning +down\.test:\d+ \(127\.0\.0\.9\): no server is listening there; devices .* cannot connect$/m
        const { code, stderr } = await pin("down.test")
        assert.equal(code, 0)
        assert.match(stderr, warning)
        const checked = await check("--quiet")
        assert.equal(checked.code, 10)
        assert.match(checked.stdout, /^current +down\.test/m)
        assert.match(checked.stderr, warning)
    })

    it("refuses a name with IPv6 addresses only, and reports an unknown one", async () => {
        for (const { code, stdout, stderr } of [await pin("six.test"), await check(`six.test:${port}`)]) {
            assert.equal(code, 20)
            assert.match(
                stdout + stderr,
                /six\.test has no IPv4 address, only 2001:db8::1; devices connect over IPv4 only/,
            )
        }
        assert.equal((await check(`unknown.test:${port}`)).code, 1)
    })
})

/** A TLS server at an address of this machine; resolves with its port. */
function listen({ keyPem, chainPem }: ServerCredentials, address: string, port: number): Promise<number> {
    const server = createServer({ key: keyPem, cert: chainPem }).on("tlsClientError", () => undefined)
    after(() => new Promise(resolve => server.close(resolve)))
    return new Promise((resolve, reject) => {
        server.once("error", reject)
        server.listen(port, address, () => resolve((server.address() as AddressInfo).port))
    })
}

import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { ca, extension, mint, oid, seq, tlv } from "../../support/mint.ts"
import { certify, namedCa, pemOf, serve } from "../../support/named-ca.ts"
import { type RunningServer, tlsServer } from "../../support/tls-servers.ts"

describe("airpin pin of a server with a tail under a root that no trust store has", () => {
    const [oldRoot, newRoot, intermediate] = [namedCa("Old root"), namedCa("New root"), namedCa("Issuing CA")] as const
    let folder: string
    let server: RunningServer
    let issuers: Server
    let address: string
    let requests: string[]
    /** what the server of the issuer's address returns */
    let issuer = certify(oldRoot, oldRoot)
    before(async () => {
        folder = await temporaryFolder()
        issuers = createServer((request, response) => {
            requests.push(request.url ?? "")
            response.end(issuer)
        })
        await once(issuers.listen(0, "127.0.0.1"), "listening")
        address = `http://127.0.0.1:${(issuers.address() as AddressInfo).port}/old-root.crt`
        const location = seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, Buffer.from(address)))
        const cross = mint({
            subject: newRoot.name,
            issuer: oldRoot.name,
            key: newRoot.key,
            signer: oldRoot.key,
            extensions: [ca(), extension("1.3.6.1.5.5.7.1.1", seq(location))],
        })
        const { cert, key } = serve(intermediate, certify(intermediate, newRoot), cross)
        server = await tlsServer({ key, cert })
        await writeFile(path.join(folder, "root.pem"), pemOf(certify(newRoot, newRoot)))
    })
    beforeEach(() => {
        requests = []
    })
    after(() => issuers.close())

    const pinned = () => path.join(folder, "pinned")
    const pin = (...args: string[]) =>
        airpin([
            "pin",
            `localhost:${server.port}`,
            "--pinned",
            pinned(),
            "--ca",
            path.join(folder, "root.pem"),
            ...args,
        ])

    it("says who trusts the path, what leads devices on, and where that root is; exit code 20", async () => {
        const { code, stderr } = await pin()
        assert.equal(code, 20)
        assert.match(
            stderr,
            /trusted by "CN=New root", given with --ca, .* leads the chip on to "CN=Old root".*\[TAIL_ISSUER_UNKNOWN\]/,
        )
        assert.match(stderr, new RegExp(`^next +add --fetch, which downloads it from ${address} and verifies`, "m"))
        assert.deepEqual(requests, [])
    })

    it("refuses a download whose key did not sign the tail", async () => {
        issuer = certify(namedCa("Old root"), oldRoot)
        const { code, stderr } = await pin("--fetch")
        issuer = certify(oldRoot, oldRoot)
        assert.equal(code, 1)
        assert.match(
            stderr,
            /\/old-root\.crt does not return "CN=Old root" whose key signed "CN=New root".*\[DOWNLOAD_NOT_THE_ISSUER\]/,
        )
    })

    it("downloads it with --fetch, pins both, and asks to compare the key", async () => {
        const { code, stdout, stderr } = await pin("--fetch")
        assert.equal(code, 0, stderr)
        assert.deepEqual(requests, ["/old-root.crt"])
        assert.match(
            stdout,
            /^pinned +CN=Old root, .*, until 2035-01-01\n.*\n +the path is trusted by "CN=New root", given with --ca, but/m,
        )
        assert.match(stdout, /CN=New root/)
        assert.match(
            stderr,
            /^warning +"CN=Old root" comes from the address in the server's own chain: compare its SPKI/m,
        )
        const { anchors } = JSON.parse(await readFile(path.join(pinned(), "pins.json"), "utf8"))
        assert.deepEqual(
            anchors.map(({ source, role }: { source: string; role: string }) => [source, role]),
            [
                ["ca-file", "presented"],
                ["issuer-address", "issuer"],
            ],
        )
    })

    it("needs no download the second time, and changes nothing", async () => {
        const { code, stdout, stderr } = await pin()
        assert.equal(code, 0, stderr)
        assert.deepEqual(requests, [])
        assert.match(stdout, /up to date/)
        assert.equal((await airpin(["pin", "--check", "--pinned", pinned()])).code, 0)
    })
})

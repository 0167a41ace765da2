import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import http from "node:http"
import net from "node:net"
import { networkInterfaces } from "node:os"
import { servePage } from "../../../devs/flash/web/server.ts"
import { filesForImage } from "../../../devs/flash/web/site.ts"
import type { PageServer } from "../../../devs/local-page.ts"
import { failsWith, imageFor } from "../support/flashing.ts"

const image = imageFor("esp32")
const files = filesForImage(image, undefined)

interface Answer {
    status: number
    headers: http.IncomingHttpHeaders
    body: Buffer
}

/** A request with any Host header, unlike a browser's. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const request = http.get(url, { headers, agent: false }, response => {
            const chunks: Buffer[] = []
            response.on("data", (chunk: Buffer) => chunks.push(chunk))
            response.on("end", () =>
                resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
            )
        })
        request.on("error", reject)
    })
}

describe("the server of the page", () => {
    let server: PageServer
    beforeEach(async () => {
        server = await servePage(files, 0)
    })
    afterEach(() => server.close())

    it("listens on this computer only, at an address that cannot be guessed", () => {
        assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/)
    })

    it("does not listen for other computers on the network", async function () {
        const outer = Object.values(networkInterfaces())
            .flat()
            .find(address => address && !address.internal && address.family === "IPv4")
        if (!outer) return this.skip()
        const { port } = new URL(server.url)
        await assert.rejects(get(`http://${outer.address}:${port}/`), { code: "ECONNREFUSED" })
    })

    it("serves the page, what it links to, and the files of the image", async () => {
        const { body } = await get(server.url)
        const linked = [...body.toString().matchAll(/(?:src|href|manifest)="([^"]+)"/g)].map(([, path]) => path!)
        assert.deepEqual(
            [...new Set(linked)],
            ["icon.svg", "base.css", "page.css", "esp-web-tools/install-button.js", "page.js", "manifest.json"],
        )
        for (const path of [...linked, "facts.json"]) assert.equal((await get(server.url + path)).status, 200, path)
        const { headers, body: bytes } = await get(server.url + files[0]!.name)
        assert.equal(headers["content-type"], "application/octet-stream")
        assert.ok(bytes.equals(image.bytes))
    })

    it("forbids caching, use by other pages, and scripts from elsewhere", async () => {
        for (const path of ["", "page.js", files[0]!.name]) {
            const { headers } = await get(server.url + path)
            assert.equal(headers["cache-control"], "no-store")
            assert.equal(headers["cross-origin-opener-policy"], "same-origin")
            assert.equal(headers["cross-origin-resource-policy"], "same-origin")
            assert.equal(headers["referrer-policy"], "no-referrer")
            assert.equal(headers["x-content-type-options"], "nosniff")
            assert.equal(
                headers["content-security-policy"],
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            )
            assert.equal(headers["access-control-allow-origin"], undefined)
        }
    })

    it("has the same policy in the page, for servers that send no headers", async () => {
        const html = readFileSync(new URL("../../../devs/flash/web/page/index.html", import.meta.url), "utf8")
        const [, inPage] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)!
        const { headers } = await get(server.url)
        assert.equal(headers["content-security-policy"], `${inPage}; frame-ancestors 'none'`)
    })

    it("reveals nothing without the full address", async () => {
        const { origin } = new URL(server.url)
        for (const path of ["/", "/manifest.json", `/${files[0]!.name}`, `/${"0".repeat(32)}/`]) {
            const { status, body } = await get(origin + path)
            assert.deepEqual([status, body.toString()], [404, "not found: open the address that airpin shows\n"])
        }
    })

    it("serves no files outside of its folders", async () => {
        for (const path of ["..%2fserver.ts", "..%5cserver.ts", "esp-web-tools/..%2f..%2fpackage.json"])
            assert.equal((await get(server.url + path)).status, 404, path)
    })

    for (const host of [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "evil.example:127.0.0.1",
        "[::1]",
    ])
        it(`refuses the host name ${host}`, async () => {
            const { status, body } = await get(server.url, { host })
            assert.deepEqual([status, body.toString()], [421, "the host name is not one of this computer's\n"])
        })

    for (const host of ["localhost", "LOCALHOST:9000", "127.0.0.1:1"])
        it(`accepts the host name ${host}`, async () => {
            assert.equal((await get(server.url, { host })).status, 200)
        })

    it("closes at once, also with an open connection", async () => {
        const { port } = new URL(server.url)
        const socket = net.connect(Number(port), "127.0.0.1")
        await new Promise(resolve => socket.once("connect", resolve))
        const closed = new Promise(resolve => socket.once("close", resolve))
        await server.close()
        await closed
    })

    it("reports a port in use", async () => {
        await assert.rejects(servePage(files, Number(new URL(server.url).port)), failsWith("LISTEN_PORT_IN_USE"))
    })
})

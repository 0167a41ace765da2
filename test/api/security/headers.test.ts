import assert from "node:assert/strict"
import { join } from "node:path"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { RawConnection, rawPost } from "../support/raw-connection.ts"
import { NOW_S } from "../support/world.ts"
import { bearer, type ClosedWorld, openClosedWorld } from "./closed-world.ts"

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
const PAGE_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

describe("the security headers", () => {
    let world: ClosedWorld
    let serving: Serving
    let ca: string

    before(async () => {
        world = await openClosedWorld()
        const authority = await openOrCreateLocalCa(join(world.directory, "ca"))
        const { keyPem, chainPem } = authority.server
        ca = authority.rootPem
        serving = await serve({ app: world.app, port: 0, keyPem, certPem: chainPem })
    })
    after(async () => {
        await serving.close()
        await world.end()
    })

    /** Sends bytes over TLS, and returns the header lines of the response. */
    async function headersOf(request: string): Promise<Map<string, string>> {
        const connection = await RawConnection.open(serving.port, ca)
        const response = await connection.toEnd(request)
        const [head = ""] = response.split("\r\n\r\n")
        const lines = head.split("\r\n").slice(1)
        return new Map(lines.map(line => [line.split(":")[0]!.toLowerCase(), line.replace(/^[^:]+: */, "")]))
    }

    const get = (url: string, more = "") =>
        `GET ${url} HTTP/1.1\r\nHost: air.example.org\r\n${more}Connection: close\r\n\r\n`

    const responses: [what: string, request: () => string][] = [
        ["200 with readings", () => get("/api/v1/devices", `Authorization: Bearer ${world.everything}\r\n`)],
        [
            "200 of the CSV export",
            () => get("/api/v1/devices/kitchen/readings.csv", `Authorization: Bearer ${world.everything}\r\n`),
        ],
        ["303 to the log-in page", () => get("/")],
        ["200 of the log-in page", () => get("/log-in")],
        ["200 of a style sheet", () => get("/assets/access.css")],
        ["200 of the icon", () => get("/icon.svg")],
        ["200 of /health", () => get("/health")],
        ["200 of an opened link", () => get(`/v/${world.everything}`)],
        ["303 of a link that is not one", () => get("/v/x")],
        [
            "400 for a parameter",
            () => get("/api/v1/devices/kitchen/readings?from=x", `Authorization: Bearer ${world.everything}\r\n`),
        ],
        ["400 for a URL that cannot be decoded", () => get("/%zz")],
        ["401", () => get("/api/v1/devices")],
        [
            "401 for a device that is not one",
            () => rawPost("x".repeat(32), "{}").replace("Host: localhost", "Host: a\r\nConnection: close"),
        ],
        ["404", () => get("/nowhere")],
        ["404 for a browser", () => get("/nowhere", "Accept: text/html\r\n")],
        ["400 for malformed HTTP", () => "HELO airpin\r\n\r\n"],
        ["400 for two lengths", () => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
        ["431 for headers without an end", () => `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n`],
    ]
    for (const [what, request] of responses)
        it(`are on the response: ${what}`, async () => {
            const headers = await headersOf(request())
            const isPage = headers.get("content-type")?.startsWith("text/html")
            assert.equal(headers.get("content-security-policy"), isPage ? PAGE_POLICY : DATA_POLICY)
            assert.equal(headers.get("strict-transport-security"), "max-age=31536000")
            assert.equal(headers.get("x-content-type-options"), "nosniff")
            assert.equal(headers.get("referrer-policy"), "no-referrer")
            assert.equal(headers.get("cross-origin-opener-policy"), "same-origin")
            assert.equal(headers.get("cross-origin-resource-policy"), "same-origin")
            assert.ok(!headers.has("server") && !headers.has("x-powered-by"))
        })

    it("are not on 304, where they would replace those of the page in the browser", async () => {
        const { etag } = (await world.get("/icon.svg")).headers
        const { statusCode, headers } = await world.as({ "if-none-match": `${etag}` }, "/icon.svg")
        assert.deepEqual([statusCode, headers["content-security-policy"]], [304, undefined])
    })

    it("keep what was read out of caches", async () => {
        const { headers } = await world.as(bearer(world.everything), "/api/v1/devices")
        assert.equal(headers["cache-control"], "no-store")
    })

    it("are not sent to a device, which shows nothing and pays for each byte", async () => {
        const connection = await RawConnection.open(serving.port, ca)
        const body = JSON.stringify({ boot: "b1", seq: 2, time: NOW_S, step: 60, co2Ppm: [700] })
        const response = await connection.ask(rawPost(world.token, body), "}")
        const [head] = response.split("\r\n\r\n")
        assert.deepEqual(
            head!.split("\r\n").map(line => line.split(":")[0]),
            ["HTTP/1.1 200 OK", "date", "content-length"],
        )
        assert.equal(response.length, 84)
    })

    it("do not make browsers refuse HTTP on every port of localhost", async () => {
        const headers = await headersOf(get("/log-in").replace("air.example.org", `localhost:${serving.port}`))
        assert.equal(headers.get("strict-transport-security"), undefined)
        assert.equal(headers.get("content-security-policy"), PAGE_POLICY)
    })

    it("do not promise TLS over HTTP", async () => {
        assert.equal((await world.get("/log-in")).headers["strict-transport-security"], undefined)
    })
})

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import { request } from "node:https"
import { join } from "node:path"
import type { ConnectionOptions, TLSSocket } from "node:tls"
import { type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { buildApp } from "../../devs/api/app.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { RawConnection, rawPost } from "./support/raw-connection.ts"
import { openStored } from "./support/stored.ts"
import { NOW_MS, NOW_S, openWorld, postHeaders, type World } from "./support/world.ts"

const batch = (seq: number) => ({ boot: "b1", seq, time: NOW_S, step: 60, co2Ppm: [700, 701, 702, 703, 704] })

const serverScript = join(import.meta.dirname, "support", "serve-until-killed.ts")

describe("the server", () => {
    let world: World
    let authority: LocalCa
    let serving: Serving

    beforeEach(async () => {
        world = await openWorld()
        authority = await openOrCreateLocalCa(join(world.directory, "ca"))
        const { keyPem, chainPem } = authority.server
        serving = await serve({ app: world.app, port: 0, keyPem, certPem: chainPem })
    })
    afterEach(async () => {
        await serving.close()
        await world.end()
    })

    const connect = (more?: ConnectionOptions) => RawConnection.open(serving.port, authority.rootPem, more)

    const post = (body: object): Promise<string> =>
        new Promise((resolve, reject) => {
            const options = { method: "POST", ca: authority.rootPem, headers: postHeaders(world.token) }
            const posting = request(`${serving.url}/api/v1/readings`, options, async response => {
                resolve((await response.toArray()).join(""))
            })
            posting.on("error", reject).end(JSON.stringify(body))
        })

    it("returns its URL", async () => {
        assert.equal(serving.url, `https://127.0.0.1:${serving.port}`)
    })

    it("responds to a batch in 84 bytes: Date, Content-Length and nothing else", async () => {
        const connection = await connect()
        const response = await connection.ask(rawPost(world.token, JSON.stringify(batch(1))), "}")
        assert.equal(
            response,
            "HTTP/1.1 200 OK\r\n" +
                "date: Wed, 15 Jan 2025 12:00:00 GMT\r\n" +
                "content-length: 9\r\n" +
                "\r\n" +
                '{"ack":5}',
        )
        assert.equal(response.length, 84)
    })

    it("responds to the next batch over the same connection, also after an error", async () => {
        const connection = await connect()
        const bodies = [JSON.stringify(batch(1)), "{}", JSON.stringify(batch(6))]
        const responses = []
        for (const body of bodies) responses.push(await connection.ask(rawPost(world.token, body), "}"))
        assert.deepEqual(
            responses.map(response => response.split("\r\n")[0]),
            ["HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK"],
        )
        const refused = await connection.ask(rawPost("x".repeat(32), JSON.stringify(batch(11))), "}")
        assert.match(refused, /^HTTP\/1.1 401 Unauthorized\r\n/)
        assert.match(await connection.ask(rawPost(world.token, JSON.stringify(batch(11))), "}"), /\{"ack":15\}$/)
    })

    it("closes after the response when asked to", async () => {
        const connection = await connect()
        const asking = rawPost(world.token, JSON.stringify(batch(1))).replace("\r\n", "\r\nConnection: close\r\n")
        assert.match(await connection.toEnd(asking), /\r\nconnection: close\r\n[\s\S]*\{"ack":5\}$/i)
    })

    for (const cipher of ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]) {
        it(`speaks TLS 1.2 with ${cipher}, as the chip does`, async () => {
            const connection = await connect({ maxVersion: "TLSv1.2", ciphers: cipher })
            const socket = connection.socket as TLSSocket
            assert.deepEqual([socket.getProtocol(), socket.getCipher().name], ["TLSv1.2", cipher])
        })
    }

    it("speaks nothing older than TLS 1.2", async () => {
        const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const
        await assert.rejects(connect(old), /alert protocol version/)
    })

    it("stores both of two batches that are posted at once", async () => {
        const responses = await Promise.all([1, 6, 11, 16, 1, 6].map(seq => post(batch(seq))))
        assert.deepEqual(responses, ['{"ack":5}', '{"ack":10}', '{"ack":15}', '{"ack":20}', '{"ack":5}', '{"ack":10}'])
        assert.equal((await world.store.readings("kitchen", { from: 0, to: NOW_S + 999 }, 100)).readings.length, 20)
    })

    it("responds with 400 REQUEST_MALFORMED to what is not HTTP, and closes", async () => {
        const connection = await connect()
        assert.equal(
            await connection.toEnd("HELO airpin\r\n\r\n"),
            "HTTP/1.1 400 Bad Request\r\n" +
                "date: Wed, 15 Jan 2025 12:00:00 GMT\r\n" +
                "content-type: application/problem+json\r\n" +
                "content-length: 168\r\n" +
                "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n" +
                "x-content-type-options: nosniff\r\n" +
                "referrer-policy: no-referrer\r\n" +
                "cross-origin-opener-policy: same-origin\r\n" +
                "cross-origin-resource-policy: same-origin\r\n" +
                "strict-transport-security: max-age=31536000\r\n" +
                "connection: close\r\n" +
                "\r\n" +
                '{"type":"/errors/REQUEST_MALFORMED","title":"The request is not HTTP.","status":400,' +
                '"detail":"this is not HTTP","code":"REQUEST_MALFORMED","message":"this is not HTTP"}',
        )
    })

    it("responds with 431 HEADERS_TOO_LARGE to headers without an end", async () => {
        const connection = await connect()
        const response = await connection.toEnd(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n`)
        assert.match(response, /^HTTP\/1.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/)
    })

    it("closes within 2 s, whatever connections are open", async () => {
        const kept = await connect()
        await kept.ask(rawPost(world.token, JSON.stringify(batch(1))), "}")
        const silent = await RawConnection.open(serving.port)
        const half = await connect()
        half.socket.write("POST /api/v1/readings HTTP/1.1\r\n")
        const closed = [kept, silent, half].map(({ socket }) => once(socket, "close"))
        const start = Date.now()
        await serving.close()
        await Promise.all(closed)
        assert.ok(Date.now() - start < 2_000)
    })

    it("frees the port when it closes, and the next server has what was stored", async () => {
        await post(batch(1))
        await serving.close()
        const store = await openStored(world.file)
        const { keyPem, chainPem } = authority.server
        serving = await serve({
            app: buildApp({ db: store.db, now: () => NOW_MS }),
            port: serving.port,
            keyPem,
            certPem: chainPem,
        })
        assert.equal(await post(batch(1)), '{"ack":5}')
        assert.equal((await store.readings("kitchen", { from: 0, to: NOW_S + 999 }, 100)).readings.length, 5)
        await store.close()
    })

    it("throws PORT_IN_USE for a port in use", async () => {
        const app = buildApp({ db: world.db })
        await assert.rejects(serve({ app, port: serving.port }), {
            code: "PORT_IN_USE",
            message: new RegExp(`port ${serving.port} of 127.0.0.1`),
        })
    })

    it("throws PORT_FORBIDDEN for a port below 1024, where those are restricted", async function () {
        if (process.getuid?.() === 0) return this.skip()
        await assert.rejects(serve({ app: buildApp({ db: world.db }), port: 81 }), { code: "PORT_FORBIDDEN" })
    })

    it("throws ADDRESS_UNAVAILABLE for an address of another machine", async () => {
        const app = buildApp({ db: world.db })
        await assert.rejects(serve({ app, host: "192.0.2.1", port: 0 }), { code: "ADDRESS_UNAVAILABLE" })
    })

    it("throws TLS_KEY_INVALID for a key that is not the certificate's, and does not repeat it", async () => {
        const other = await authority.issue()
        const opening = serve({
            app: buildApp({ db: world.db }),
            port: 0,
            keyPem: other.keyPem,
            certPem: authority.server.chainPem,
        })
        await assert.rejects(opening, error => {
            assert.equal((error as { code: string }).code, "TLS_KEY_INVALID")
            assert.ok(!String(error).includes(other.keyPem.split("\n")[1]!))
            return true
        })
    })

    it("throws TLS_KEY_INVALID for a key of another kind than the certificate's", async () => {
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
        const keyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
        const opening = serve({
            app: buildApp({ db: world.db }),
            port: 0,
            keyPem,
            certPem: authority.server.chainPem,
        })
        await assert.rejects(opening, { code: "TLS_KEY_INVALID" })
    })

    it("has stored what it acknowledged, even if it is killed at once", async () => {
        const child = spawn(process.execPath, ["--import", "tsx", serverScript, world.file], {
            stdio: ["ignore", "pipe", "inherit"],
        })
        try {
            const [line] = await once(child.stdout, "data")
            const connection = await RawConnection.open(Number(new URL(String(line).trim()).port))
            await connection.ask(rawPost(world.token, JSON.stringify(batch(1))), '{"ack":5}')
        } finally {
            child.kill("SIGKILL")
        }
        await once(child, "exit")
        assert.equal((await world.store.readings("kitchen", { from: 0, to: NOW_S + 999 }, 100)).readings.length, 5)
    })
})

import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { buildApp } from "../../../devs/api/app.ts"
import { type ServeOptions, type Serving, serve } from "../../../devs/api/server.ts"
import { RawConnection, rawPost } from "../support/raw-connection.ts"
import { openWorld, type World } from "../support/world.ts"

const live = "GET /live HTTP/1.1\r\nhost: a\r\n\r\n"

describe("limits on connections", () => {
    let world: World
    let serving: Serving
    beforeEach(async () => (world = await openWorld()))
    afterEach(async () => {
        await serving.close()
        await world.end()
    })

    const start = async (options: Partial<ServeOptions>) =>
        (serving = await serve({ app: world.app, port: 0, ...options }))
    const isRefused = async () => {
        const { socket } = await RawConnection.open(serving.port)
        return await Promise.race([once(socket, "close").then(() => true), wait(300, false)])
    }
    const metric = async (name: string) =>
        (await world.get("/metrics")).body.split("\n").find(line => line.startsWith(`${name} `))

    it("in all: the next is closed at once, those open go on, and a closed one makes room", async () => {
        await start({ limits: { total: 3, perAddress: 10 } })
        const open = [1, 2, 3].map(() => RawConnection.open(serving.port))
        const [first, second] = await Promise.all(open)
        await wait(50)
        assert.equal(await isRefused(), true)
        assert.match(await first!.ask(live, "}"), /200 OK/)
        assert.equal(
            await metric('airpin_connections_refused_total{limit="total"}'),
            'airpin_connections_refused_total{limit="total"} 1',
        )
        second!.socket.destroy()
        await wait(50)
        assert.equal(await isRefused(), false)
    })

    it("from one address, but for this machine's, where a proxy may run", async () => {
        await start({ limits: { total: 100, perAddress: 2, isExempt: () => false } })
        await Promise.all([1, 2].map(() => RawConnection.open(serving.port)))
        await wait(50)
        assert.equal(await isRefused(), true)
        await serving.close()
        world = await openWorld()
        await start({ limits: { total: 100, perAddress: 2 } })
        await Promise.all([1, 2].map(() => RawConnection.open(serving.port)))
        assert.equal(await isRefused(), false)
    })

    it("that are silent for a minute, before a request or within its body, are closed", async function () {
        this.timeout(5000)
        await start({ stalledTimeoutMs: 200 })
        const silent = await RawConnection.open(serving.port)
        const half = await RawConnection.open(serving.port)
        half.socket.write(rawPost(world.token, "x".repeat(100)).slice(0, -50))
        await Promise.all([once(silent.socket, "close"), once(half.socket, "close")])
    })

    it("leaves a connection open between requests for two hours, as devices keep them", async () => {
        await start({ stalledTimeoutMs: 100 })
        const kept = await RawConnection.open(serving.port)
        await kept.ask(live, "}")
        await wait(400)
        assert.match(await kept.ask(live, "}"), /200 OK/)
    })
})

describe("connections that fail", () => {
    it("are counted and logged: a client that does not trust the certificate, and one that sends no HTTP", async () => {
        const world = await openWorld()
        const lines: { code: string; kind: string; reason: string }[] = []
        const stream = { write: (text: string) => void lines.push(JSON.parse(text)) }
        const app = buildApp({ db: world.db, public: true, log: { stream, level: "info" } })
        const ca = await openOrCreateLocalCa(path.join(world.directory, "ca"))
        const other = await openOrCreateLocalCa(path.join(world.directory, "other"))
        const { keyPem, chainPem } = ca.server
        const serving = await serve({ app, port: 0, keyPem, certPem: chainPem })
        await writeFile(path.join(world.directory, "other.pem"), other.rootPem)
        const trust = ["-CAfile", path.join(world.directory, "other.pem"), "-verify_return_error"]
        for (const version of ["-tls1_2", "-tls1_3"]) {
            const args = ["s_client", "-connect", `127.0.0.1:${serving.port}`, version, ...trust]
            await new Promise(resolve => execFile("openssl", args, resolve))
        }
        await (await RawConnection.open(serving.port, ca.rootPem)).toEnd("HELO airpin\r\n\r\n")
        await serving.close()
        const failed = lines.filter(({ code }) => code === "CONNECTION_FAILED")
        assert.deepEqual([failed[0]?.kind, failed[0]?.reason], ["tls", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"])
        const counts = await app.metrics.registry.getSingleMetricAsString("airpin_connections_failed_total")
        assert.match(counts, /\{kind="tls"\} 2\n.*\{kind="http"\} 1/)
        await world.end()
    })
})

describe("clients that do not read their response", () => {
    const BODY = "x".repeat(12 * 2 ** 20)
    let world: World
    let serving: Serving
    beforeEach(async () => {
        world = await openWorld()
        world.app.get("/large", async () => BODY)
    })
    afterEach(async () => {
        await serving.close()
        await world.end()
    })

    async function askForLarge(): Promise<RawConnection> {
        const connection = await RawConnection.open(serving.port)
        connection.socket.pause()
        connection.socket.write("GET /large HTTP/1.1\r\nhost: a\r\n\r\n")
        return connection
    }

    it("lose it after a minute in which they took nothing; one that goes on reading, however slowly, does not", async function () {
        this.timeout(20_000)
        serving = await serve({ app: world.app, port: 0, stalledTimeoutMs: 600 })
        const [slow] = await Promise.all([askForLarge(), askForLarge()])
        let received = 0
        let taken = 0
        slow.socket.on("data", chunk => {
            received += chunk.length
            taken += chunk.length
            if (taken < 2 ** 20) return
            taken = 0
            slow.socket.pause()
            setTimeout(() => slow.socket.resume(), 200)
        })
        slow.socket.resume()
        await wait(2000)
        assert.equal(await openConnections(), 1)
        while (received < BODY.length) await wait(50)
    })

    it("lose it, the oldest first, when all together leave more than the limit; who reads is not touched", async () => {
        serving = await serve({ app: world.app, port: 0, maxUnsentBytes: 30 * 2 ** 20 })
        const stalled = []
        for (let at = 0; at < 6; at++) stalled.push(await askForLarge())
        await wait(1800)
        const cut = (await world.get("/metrics")).body.match(/^airpin_responses_cut_total (\d+)/m)?.[1]
        assert.ok(Number(cut) >= 2 && Number(cut) <= 5, `${cut} were cut off`)
        const unsent = (await world.get("/metrics")).body.match(/^airpin_responses_unsent_bytes (\d+)/m)?.[1]
        assert.ok(Number(unsent) <= 30 * 2 ** 20, `${unsent} bytes are unsent`)
        const reader = await RawConnection.open(serving.port)
        assert.match(await reader.ask(live, "}"), /200 OK/)
        for (const { socket } of stalled) socket.destroy()
    })

    const openConnections = async () =>
        Number((await world.get("/metrics")).body.match(/^airpin_connections (\d+)/m)?.[1])
})

import assert from "node:assert/strict"
import { once } from "node:events"
import { readdir, readFile, readlink } from "node:fs/promises"
import { createServer, get as httpGet, type IncomingMessage } from "node:http"
import { Agent, get } from "node:https"
import path from "node:path"
import { connect, type TLSSocket } from "node:tls"
import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../../certs/device.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { readEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { PLACEHOLDER_NAME } from "../../../devs/edge/site/placeholder.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { type Facade, startFacade } from "../support/ca-facade.ts"
import { DomainServer, forgetOrders } from "../support/domain-server.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"

const NAME = "air.test"
const MINUTE_MS = 60_000
/** The leaf begins an hour ago: a certificate that is due as soon as it is there. */
const DUE_AT_ONCE_MS = 62 * MINUTE_MS
const NOT_DUE_MS = 90 * 24 * 60 * MINUTE_MS

describe("airpin serve --domain", function () {
    this.timeout(60_000)
    let pebble: Pebble
    let facade: Facade
    let folder: string
    let rootPem: string
    const servers: DomainServer[] = []

    const start = (where: string, names = [NAME]) => {
        const server = new DomainServer({ folder: where, names, pebble, directory: facade.directory })
        servers.push(server)
        return server
    }

    before(async function () {
        const missing = pebbleMissing()
        if (missing !== undefined) {
            console.log(`      skipped: ${missing}`)
            this.skip()
        }
        pebble = await startPebble()
        facade = await startFacade(pebble)
        facade.chains = [{ intermediate: "E1", root: "Root A" }]
        facade.leafLifetimeMs = DUE_AT_ONCE_MS
        rootPem = await facade.maker.rootPem("Root A")
        folder = await temporaryFolder()
    })
    after(async () => {
        for (const server of servers) server.kill("SIGKILL")
        await facade?.stop()
        await pebble?.stop()
    })

    describe("with one server from its first start to its end", () => {
        let server: DomainServer
        let leaf: string

        it("has HTTPS from nothing", async function () {
            const startMs = performance.now()
            server = start(folder)
            await server.until("HTTPS that the root verifies", () => isTrusted(server.port, rootPem))
            const tookS = (performance.now() - startMs) / 1000
            this.test!.title += ` in ${tookS.toFixed(1)} s, with the start of the process`
            await server.prints(/^until +20\d\d-[\s\S]*^next look/m)
            assert.match(server.stdout, /^names +air\.test$\n^until +a self-signed placeholder, .*$\n^next look now$/m)
            assert.doesNotMatch(server.stderr, /warning/)
            leaf = await server.leaf()
        })

        it("redirects http to https on the port of the challenges", async () => {
            const [response] = (await once(
                httpGet({ port: pebble.httpPort, path: "/a?b=1", headers: { host: NAME }, host: "127.0.0.1" }),
                "response",
            )) as [IncomingMessage]
            response.resume()
            assert.deepEqual(
                [response.statusCode, response.headers.location],
                [301, `https://air.test:${server.port}/a?b=1`],
            )
        })

        it("is accepted by a device that has pinned its root", async () => {
            const { chain, keyExchange } = await server.handshake()
            const ders = chain.map(({ der }) => der)
            assert.ok(deviceAccepts(ders, encodeBundle(parsePem(rootPem)), NAME, keyExchange).accepted)
        })

        it("renews while a connection that is kept alive goes on", async () => {
            const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: rootPem })
            const ask = () => askHealth(server.port, agent)
            const first = await ask()
            const renewed = await server.renewed(leaf)
            const second = await ask()
            agent.destroy()
            assert.notEqual(renewed, leaf)
            assert.deepEqual([first.status, second.status], [200, 200])
            assert.equal(second.socket, first.socket)
            assert.equal((await readlink(path.join(folder, ".airpin/edge/live"))).replace(/.*\//, ""), "2")
            leaf = renewed
        })

        it("holds a chain back that a device's pins refuse, and goes on with the old one", async () => {
            await storeDevice(folder, rootPem)
            facade.chains = [{ intermediate: "E2", root: "Root B" }]
            await server.prints(/next look[\s\S]*next look[\s\S]*next look/) // the round before has ended
            server.kill("SIGHUP")
            await server.prints(/^outcome +held back[\s\S]*^next look/m)
            assert.match(
                server.stderr,
                /held back: default \(CN=Root B\) of localhost:\d+, which 1 devices? would refuse/,
            )
            assert.equal(await server.leaf(), leaf)
            const db = await openDatabase(path.join(folder, ".airpin/readings.db"))
            const status = await readEdgeStatus(db.sql)
            await db.close()
            assert.equal(status?.outcome, "refused")
            assert.deepEqual(
                status?.heldBack[0]?.devices.map(({ name }) => name),
                ["Kitchen"],
            )
            assert.equal(status?.live?.leafSha256, leaf)
            const { body } = await askHealth(server.port, new Agent({ ca: rootPem }), "/metrics")
            assert.match(body, /^airpin_edge_held_back [12]$/m)
        })

        it("ends in the middle of a round, and leaves what served", async function () {
            await forgetOrders(folder)
            facade.inject({ on: "newOrder", fault: { delayMs: 8_000 } })
            facade.asked.length = 0
            server.kill("SIGHUP")
            await server.until("an order", async () => facade.asked.some(({ kind }) => kind === "newOrder"))
            const { status, ms } = await server.stop()
            this.test!.title += ` (${(ms / 1000).toFixed(1)} s)`
            assert.equal(status, 0, server.stderr)
            assert.ok(ms < 6_000, `${ms} ms`)
            const edge = path.join(folder, ".airpin/edge")
            const names = await readdir(edge, { recursive: true })
            assert.deepEqual(
                names.filter(name => /(^|\/)\.new-|\.new$|\.part/.test(name)),
                [],
            )
            assert.deepEqual((await readdir(path.join(edge, "versions"))).sort(), ["1", "2"])
            assert.equal(path.basename(await readlink(path.join(edge, "live"))), "2")
        })
    })

    describe("whose CA is down and whose port 80 is taken at the first start", () => {
        let server: DomainServer
        let other: string

        it("serves a placeholder, says what to do about the port, and asks the CA for nothing", async () => {
            other = await temporaryFolder()
            facade.chains = [{ intermediate: "E1", root: "Root A" }]
            facade.leafLifetimeMs = NOT_DUE_MS
            facade.isDown = true
            const blocker = createServer().listen(pebble.httpPort, "127.0.0.1")
            await once(blocker, "listening")
            server = start(other)
            await server.prints(/^outcome +failed[\s\S]*^next look/m)
            blocker.close()
            const [leaf] = (await server.handshake()).chain
            assert.equal(leaf?.subject, `CN=${PLACEHOLDER_NAME}`)
            const taken =
                /warning +no certificate can be obtained or renewed: port \d+ cannot be opened: .*EADDRINUSE.*\nnext +stop what listens/
            assert.match(server.stderr, taken)
            assert.deepEqual((await stateOf(other)).attempts, [])
        })

        it("serves the placeholder while the CA is down, and has a certificate once it is back", async () => {
            server.kill("SIGHUP")
            await server.prints(/^ +localhost.*ACME_UNREACHABLE[\s\S]*^next look/m)
            assert.equal((await server.handshake()).chain[0]?.subject, `CN=${PLACEHOLDER_NAME}`)
            facade.isDown = false
            server.kill("SIGHUP")
            await server.until("HTTPS that the root verifies", () => isTrusted(server.port, rootPem))
            await server.prints(/^until +20\d\d-/m)
        })

        it("asks nobody after a restart with a valid certificate", async () => {
            const leaf = await server.leaf()
            await server.stop()
            facade.isDown = true
            facade.asked.length = 0
            facade.connections = 0
            const again = start(other)
            await again.prints(/Ctrl-C stops/)
            assert.match(again.stdout, /^until +20\d\d-.*\nnext look 20\d\d-/m)
            assert.equal(await again.leaf(), leaf)
            await again.stop()
            assert.deepEqual([facade.connections, facade.asked.length], [0, 0])
            assert.equal(again.stderr, "")
        })
    })
})

/** Whether the server is one that this root vouches for; false while it does not listen. */
function isTrusted(port: number, ca: string): Promise<boolean> {
    return new Promise(resolve => {
        if (port === 0) return resolve(false)
        const socket = connect({ port, host: "127.0.0.1", servername: NAME, ca }, () => {
            socket.destroy()
            resolve(true)
        })
        socket.on("error", () => resolve(false))
    })
}

interface Replied {
    status: number | undefined
    body: string
    socket: TLSSocket
}

async function askHealth(port: number, agent: Agent, url = "/health"): Promise<Replied> {
    const request = get({ port, host: "127.0.0.1", servername: NAME, path: url, agent })
    const [response] = (await once(request, "response")) as [IncomingMessage]
    const { socket } = response
    let body = ""
    for await (const piece of response.setEncoding("utf8")) body += piece
    return { status: response.statusCode, body, socket: socket as TLSSocket }
}

/** A device that trusts this root and nothing else. */
async function storeDevice(folder: string, rootPem: string): Promise<void> {
    const db = await openDatabase(path.join(folder, ".airpin/readings.db"))
    await addDevice(db, { id: "kitchen", name: "Kitchen", createdAt: 5 })
    const image = { imageFile: "kitchen.bin", imageSha256: "0".repeat(64), board: "M5Stack" }
    const pins = { ...image, hosts: [`${NAME}:443`], anchors: [], bundle: encodeBundle(parsePem(rootPem)) }
    await storePins(db, "kitchen", pins, 5)
    await db.close()
}

async function stateOf(folder: string) {
    return JSON.parse(await readFile(path.join(folder, ".airpin/edge/state.json"), "utf8"))
}

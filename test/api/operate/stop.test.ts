import assert from "node:assert/strict"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readFile, rename, writeFile } from "node:fs/promises"
import { Agent, get } from "node:https"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { DatabaseSync } from "@photostructure/sqlite"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { serve } from "../../../devs/api/server.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { RawConnection, rawPost } from "../support/raw-connection.ts"
import { storedIn } from "../support/stored.ts"
import { NOW_S, openWorld } from "../support/world.ts"
import { storeYear } from "../support/year.ts"
import { ServeProcess } from "./support/serve-process.ts"

/** How often `airpin serve` is stopped under load; 20 is the long form. */
const STOPS = Number(process.env.AIRPIN_STOPS ?? 2)
const READERS = 8
/** Those of the command, and the load of this machine. */
const MAX_STOP_MS = 17_000

describe("a server that is stopped", () => {
    it("finishes an open request and closes its connection, closes idle ones at once, and accepts no more", async () => {
        const world = await openWorld(undefined, { readThreads: true })
        const serving = await serve({ app: world.app, port: 0 })
        const idle = await RawConnection.open(serving.port)
        await idle.ask("GET /live HTTP/1.1\r\nhost: a\r\n\r\n", "}")
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        const busy = await RawConnection.open(serving.port)
        const body = JSON.stringify({ boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [700] })
        const response = busy.toEnd(rawPost(world.token, body))
        await wait(100)
        const idleClosed = once(idle.socket, "close")
        const closed = serving.close()
        await idleClosed
        await assert.rejects(RawConnection.open(serving.port), { code: "ECONNREFUSED" })
        other.exec("ROLLBACK")
        other.close()
        assert.match(await response, /^HTTP\/1.1 200 OK\r\n(.*\r\n)*connection: close\r\n(.*\r\n)*\r\n\{"ack":1\}$/i)
        await closed
        await world.end()
    })
})

describe("airpin serve", function () {
    this.timeout(60_000 + STOPS * 20_000)
    let folder: string
    before(async () => (folder = await temporaryFolder()))

    describe(`while ${READERS} readers ask for a year all the time`, () => {
        let file: string
        before(async () => {
            file = path.join(folder, "year.db")
            const db = await openDatabase(file)
            await addDevice(db, { id: "kitchen", createdAt: NOW_S })
            await storeYear(storedIn(db), "kitchen", NOW_S)
            await db.close()
        })

        /** How it ends after `stop`, which is called some time after the readers began, or after the first response. */
        async function stopUnderLoad(
            { afterMs, served = false }: { afterMs: number; served?: boolean },
            stop: (serving: ServeProcess) => unknown,
        ) {
            const serving = await ServeProcess.start(["--db", file, "--public"], folder)
            const load = await readers(serving.port)
            while (served && load.served() === 0) await wait(20)
            await wait(afterMs)
            const startMs = performance.now()
            await stop(serving)
            const ended = await serving.ended
            load.stop()
            assert.ok(performance.now() - startMs < MAX_STOP_MS, serving.stderr)
            return ended
        }

        it(`ends with 0 at SIGTERM, ${STOPS} times, also while its read thread starts`, async () => {
            for (let stop = 0; stop < STOPS; stop++) {
                const when = { afterMs: 100 + ((stop * 397) % 1500), served: stop % 2 === 1 }
                assert.deepEqual(await stopUnderLoad(when, each => each.stop()), [0, null])
            }
        })

        it("ends by a second signal at once, and does not abort", async () => {
            const twice = async (serving: ServeProcess) => {
                const ca = await readFile(path.join(folder, ".airpin/ca/root.pem"), "utf8")
                const connect = () => RawConnection.open(serving.port, ca, { servername: "localhost" })
                const unfinished = await connect()
                // The body never comes: the server waits for it for 2 s, and so it is there at the second signal.
                unfinished.socket.write("POST /api/v1/log-in HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n")
                serving.child.kill("SIGTERM")
                await untilRefused(serving.port)
                serving.child.kill("SIGTERM")
            }
            assert.deepEqual(await stopUnderLoad({ afterMs: 1200 }, twice), [null, "SIGTERM"])
        })

        it("takes less than 150 MB for 100 readers that never read", async function () {
            if (!existsSync("/proc/self/status")) return this.skip()
            const serving = await ServeProcess.start(["--db", file, "--public"], folder)
            const rssMb = async () => {
                const status = await readFile(`/proc/${serving.child.pid}/status`, "utf8")
                return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000
            }
            const ca = await readFile(path.join(folder, ".airpin/ca/root.pem"), "utf8")
            const page = "GET /api/v1/devices/kitchen/readings?from=2024-06-01 HTTP/1.1\r\nhost: a\r\n\r\n"
            await new Promise((resolve, reject) => {
                const url = `https://127.0.0.1:${serving.port}/api/v1/devices/kitchen/readings?from=2024-06-01`
                get(url, { ca, servername: "localhost" }, response => response.resume().once("close", resolve)).once(
                    "error",
                    reject,
                )
            })
            const beforeMb = await rssMb()
            const readers = await Promise.all(
                Array.from({ length: 100 }, async () => {
                    const reader = await RawConnection.open(serving.port, ca, { servername: "localhost" })
                    reader.socket.pause()
                    reader.socket.write(page)
                    return reader
                }),
            )
            let mostMb = 0
            for (let look = 0; look < 60; look++) {
                mostMb = Math.max(mostMb, await rssMb())
                await wait(100)
            }
            for (const { socket } of readers) socket.destroy()
            await serving.stop()
            assert.ok(mostMb - beforeMb < 150, `from ${beforeMb} to ${mostMb} MB`)
            if (process.env.AIRPIN_STOPS) console.log(`      from ${beforeMb} to ${mostMb} MB`)
        })
    })

    /** Resolves once the server has handled a signal: it accepts no more connections. */
    async function untilRefused(port: number): Promise<void> {
        for (;;) {
            try {
                const { socket } = await RawConnection.open(port)
                socket.destroy()
            } catch {
                return
            }
        }
    }

    /** Ask for readings over kept connections until stopped. */
    async function readers(port: number) {
        const ca = await readFile(path.join(folder, ".airpin/ca/root.pem"))
        const agent = new Agent({ ca, keepAlive: true, maxSockets: READERS, servername: "localhost" })
        let isOver = false
        let served = 0
        const urls = ["readings?from=2024-02-01&step=86400", "readings?from=2024-06-01", "readings.csv", "latest"]
        const read = async (at: number): Promise<void> => {
            for (let turn = at; !isOver; turn++) {
                const url = `https://127.0.0.1:${port}/api/v1/devices/kitchen/${urls[turn % urls.length]}`
                await new Promise(resolve => {
                    get(url, { agent }, response => {
                        served += response.statusCode === 200 ? 1 : 0
                        response.resume().once("close", resolve)
                    }).once("error", resolve)
                })
                await wait(1)
            }
        }
        for (let at = 0; at < READERS; at++) void read(at)
        return { stop: () => (isOver = true), served: () => served }
    }

    it("reads its certificate again at SIGHUP without closing a connection, and opens the log again", async () => {
        const ca = await openOrCreateLocalCa(path.join(folder, "own-ca"))
        const write = async () => {
            const { keyPem, chainPem } = await ca.issue({ names: ["localhost"] })
            await writeFile(path.join(folder, "chain.pem"), chainPem)
            await writeFile(path.join(folder, "key.pem"), keyPem)
        }
        await write()
        const log = path.join(folder, "airpin.log")
        const files = ["--cert", "chain.pem", "--key", "key.pem"]
        const serving = await ServeProcess.start([...files, "--db", "new.db", "--log", log], folder)
        assert.match(serving.stdout, new RegExp(`^log +${log}$`, "m"))
        const connect = () => RawConnection.open(serving.port, ca.rootPem, { servername: "localhost" })
        const serialOf = ({ socket }: RawConnection) =>
            (socket as import("node:tls").TLSSocket).getPeerCertificate().serialNumber
        const kept = await connect()
        await write()
        await rename(log, `${log}.1`)
        serving.child.kill("SIGHUP")
        let renewed = await connect()
        for (let triesLeft = 100; serialOf(renewed) === serialOf(kept) && triesLeft > 0; triesLeft--) {
            renewed.socket.destroy()
            await wait(50)
            renewed = await connect()
        }
        assert.notEqual(serialOf(renewed), serialOf(kept))
        const live = "GET /live HTTP/1.1\r\nhost: a\r\n\r\n"
        assert.match(await kept.ask(live, "}"), /200 OK/)
        kept.socket.destroy()
        renewed.socket.destroy()
        assert.deepEqual(await serving.stop(), [0, null])
        assert.match(await readFile(`${log}.1`, "utf8"), /"msg":"serving"/)
        assert.match(await readFile(log, "utf8"), /"route":"\/live"[\s\S]*"msg":"stopping"/)
    })

    it("writes nothing but JSON lines to stdout with --log, and speaks HTTP with --http", async () => {
        const serving = await ServeProcess.start(["--db", "new.db", "--log", "--http"], folder)
        const plain = await RawConnection.open(serving.port)
        assert.match(await plain.ask("GET /ready HTTP/1.1\r\nhost: a\r\n\r\n", "}"), /200 OK/)
        plain.socket.destroy()
        assert.deepEqual(await serving.stop("SIGINT"), [0, null])
        const lines = serving.stdout.trim().split("\n")
        assert.deepEqual(
            lines.map(line => JSON.parse(line).msg),
            ["serving", "request", "stopping"],
        )
        const { urls, database } = JSON.parse(lines[0]!)
        assert.deepEqual(urls, [`http://127.0.0.1:${serving.port}`])
        assert.equal(database, path.join(folder, "new.db"))
    })
})

import assert from "node:assert/strict"
import { readStore } from "../../../devs/image/fstor.ts"
import { settingsOf } from "../../../devs/image/store-entries.ts"
import type { SocketEvent } from "../../../devs/vm/machine.ts"
import { START_MS } from "../../support/program.ts"
import { type Play, ScriptedServer, type SentBatch } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

const TOKEN = "tok_0123456789abcdef"
const INTERVAL_S = 10
const BATCH = 3
const HOUR_MS = 3_600_000

const settings = {
    API_URL: "https://air.example:8443",
    API_TOKEN: TOKEN,
    INTERVAL_S: String(INTERVAL_S),
    BATCH: String(BATCH),
}

/** Plays this for the first posts, then behaves like a normal server. */
const firstPosts =
    (posts: number, play: Play): Play =>
    (batch, server) =>
        server.batches.length <= posts && (play(batch, server) ?? true)

const status =
    (code: number, ...headers: string[]): Play =>
    (_, server) => {
        server.reply([`HTTP/1.1 ${code} x`, ...headers, "Content-Length: 0", "", ""].join("\r\n"))
    }

/** The API rejects this reading. */
const rejection =
    (seq: number): Play =>
    (_, server) => {
        const body = `{"rejected":${seq},"code":"VALUE_OUT_OF_RANGE","message":"body/co2Ppm/0 must be <= 40000"}`
        server.reply(`HTTP/1.1 422 x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    }

/** A proxy's page instead of the API's response. */
const page =
    (code: number): Play =>
    (_, server) => {
        const body = `<html><head><title>${code} Bad Request</title></head>\r\n${"<!-- padding -->\r\n".repeat(30)}</html>`
        server.reply(`HTTP/1.1 ${code} x\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    }

/** Number of readings in flash. */
const inFlash = (bench: Workbench) =>
    Object.keys(settingsOf(readStore(Buffer.from(bench.flash)))).filter(name => /^j\d\d$/.test(name)).length

describe("the firmware's uplink", () => {
    let bench: Workbench
    let server: ScriptedServer

    /** Runs the firmware against a server that plays this; `change` may prepare the server before. */
    async function meet(play: Play, seconds = 900, change: () => void = () => undefined): Promise<void> {
        bench = new Workbench(["scd4x"])
        server = new ScriptedServer(() => bench.nowMs)
        server.play = play
        change()
        await bench.powerUp(settings, { network: server })
        bench.runSeconds(seconds)
    }

    const states = () => bench.logged("uplink").map(({ state, reason }) => (reason ? `${state} ${reason}` : state!))

    /** In every case: no token in the log, no fault of the program, no other address, no connection without TLS. */
    afterEach(() => {
        assert.deepEqual(
            bench.log.filter(line => line.includes(TOKEN)),
            [],
        )
        assert.deepEqual([bench.logged("fault"), bench.panics], [[], []])
        for (const { host, port, tls } of server.opened)
            assert.deepEqual({ host, port, tls }, { host: "air.example", port: 8443, tls: true })
    })

    /** Every reading is stored, in order, except for the newest few and the lost ones. */
    function assertAllStored(lost: number[] = []): void {
        const taken = bench.logged("reading").length
        const expected = Array.from({ length: taken }, (_, at) => at + 1).filter(seq => !lost.includes(seq))
        const stored = [...server.stored].sort((a, b) => a - b)
        assert.deepEqual(stored, expected.slice(0, stored.length))
        assert.ok(taken >= 80 && expected.length - stored.length < BATCH, `${stored.length} of ${taken} stored`)
        assert.equal(bench.logged("lost").length, lost.length)
    }

    it("posts batches over one connection, and logs each ack", async () => {
        await meet(() => false)
        assertAllStored()
        assert.equal(server.opened.length, 1)
        assert.ok(server.batches.slice(1).every(({ count }) => count === BATCH))
        assert.deepEqual(bench.logged("ack").slice(0, 3), [{ seq: "1" }, { seq: "4" }, { seq: "7" }])
        assert.deepEqual(states().slice(0, 5), ["idle", "connecting", "sending", "ok", "sending"])
    })

    const form = ({ text }: SentBatch) => text.split(" ")[1]
    const hasStatus = ({ text }: SentBatch) => text.includes('"status":')

    it("posts in the short form to a server that knows it, without a status that is as before", async () => {
        await meet(
            () => false,
            900,
            () => (server.knowsShortForm = true),
        )
        assertAllStored()
        assert.ok(server.batches.every(batch => form(batch) === "/r"))
        assert.ok(hasStatus(server.batches[0]!))
        assert.ok(server.batches.filter(hasStatus).length <= 3, "at the start, and when the sensor is ready")
    })

    it("posts the status again as long as no ack came for it", async () => {
        await meet(
            (_, { opened }) => opened.length < 3,
            300,
            () => (server.knowsShortForm = true),
        )
        const acknowledged = server.batches.findIndex(({ seq }, at) => at > 0 && seq > server.batches[at - 1]!.seq)
        assert.ok(acknowledged > 1 && server.batches.slice(0, acknowledged).every(hasStatus))
        assert.ok(!server.batches.slice(acknowledged + 1).every(hasStatus))
    })

    it("turns to the long form at once if the server refuses the short one, on the same connection", async () => {
        await meet(() => false)
        assertAllStored()
        assert.deepEqual([server.refusedShort, server.opened.length], [1, 1])
        assert.ok(server.batches.every(batch => form(batch) === "/api/v1/readings" && hasStatus(batch)))
        assert.deepEqual(states().slice(0, 4), ["idle", "connecting", "sending", "ok"])
    })

    it("loses nothing if a server that knew the short form no longer does", async () => {
        await meet(
            ({ seq }) => void (server.knowsShortForm = seq < 20),
            900,
            () => (server.knowsShortForm = true),
        )
        assertAllStored()
        assert.deepEqual([...new Set(server.batches.map(form))], ["/r", "/api/v1/readings"])
    })

    it("posts the first reading within a quarter of an interval", async () => {
        await meet(() => false)
        const [first] = server.batches
        assert.deepEqual([first!.seq, first!.count], [1, 1])
        const takenAtS = Number(bench.logged("reading")[0]!.end)
        const afterS = JSON.parse(first!.text.split("\r\n\r\n")[1]!).status.uptimeS - takenAtS
        assert.ok(afterS >= 0 && afterS <= INTERVAL_S / 4 + 1, `${afterS} s`)
    })

    const harmless: Record<string, Play> = {
        "in single bytes": (batch, server) => {
            server.store(batch)
            server.drip(server.acknowledgement(batch), 1)
            return true
        },
        "and closes the connection each time": (batch, server) => {
            server.store(batch)
            server.reply(server.acknowledgement(batch).replace("\r\n", "\r\nConnection: close\r\n"))
            server.soon({ type: "close" }, 30)
            return true
        },
        "and closes the idle connection": (batch, server) => {
            server.store(batch)
            server.reply(server.acknowledgement(batch))
            server.soon({ type: "close" }, 5000)
            return true
        },
        "and breaks the idle connection": (batch, server) => {
            server.store(batch)
            server.reply(server.acknowledgement(batch))
            server.soon({ type: "error", message: "mbedtls_ssl_read" }, 5000)
            return true
        },
        twice: (batch, server) => {
            server.store(batch)
            server.reply(server.acknowledgement(batch).repeat(2))
            return true
        },
        "and repeats the response later": (batch, server) => {
            server.store(batch)
            server.reply(server.acknowledgement(batch))
            server.reply(server.acknowledgement(batch), 5000)
            return true
        },
        "only on a new connection": (_, server) => {
            if (server.batches.length % 2 === 1) return false
            server.soon({ type: "close" })
            return true
        },
    }
    for (const [name, play] of Object.entries(harmless))
        it(`works with a server that responds ${name}`, async () => {
            await meet(play)
            assertAllStored()
            assert.deepEqual(new Set(states()), new Set(["idle", "connecting", "sending", "ok"]))
        })

    const troubles: Record<string, [Play, string]> = {
        "does not respond": [() => undefined, "no-connection deadline"],
        "stores but does not respond": [(batch, server) => server.store(batch), "no-connection deadline"],
        "sends one byte per second": [
            (batch, server) => server.drip(server.acknowledgement(batch), 1000),
            "no-connection deadline",
        ],
        "closes the connection within its response": [
            (batch, server) => {
                server.store(batch)
                server.reply(server.acknowledgement(batch).slice(0, -3))
                server.soon({ type: "close" }, 30)
            },
            "broken cut-short",
        ],
        "breaks the connection within its response": [
            (_, server) => {
                server.reply("HTTP/1.1 200 OK\r\nDa")
                server.soon({ type: "error", message: "mbedtls_ssl_read" }, 30)
            },
            "no-connection lost",
        ],
        "acknowledges nothing": [
            (batch, server) => server.reply(server.acknowledgement(batch, batch.seq - 1)),
            "broken no-ack",
        ],
        "acknowledges too much": [
            (batch, server) => server.reply(server.acknowledgement(batch, batch.seq + batch.count)),
            "broken wrong-ack",
        ],
        "acknowledges a string": [
            (batch, server) => server.reply(server.acknowledgement(batch, '"3"')),
            "broken http-200",
        ],
        "responds with 204": [status(204), "broken http-204"],
        "responds with 302": [status(302, "Location: http://evil.example/"), "broken http-302"],
        "responds with 404": [status(404), "broken http-404"],
        "responds with 429": [status(429), "busy http-429"],
        "responds with 503": [status(503), "busy http-503"],
        "responds with 413": [status(413), "rejected http-413"],
        "responds with 400": [status(400), "broken http-400"],
        "responds with 422, but names no reading": [status(422), "broken http-422"],
        "rejects a reading of another batch": [rejection(99), "broken http-422"],
    }
    for (const [name, [play, state]] of Object.entries(troubles))
        it(`logs "${state}" if the server ${name}, and delivers everything later`, async () => {
            await meet(firstPosts(2, (batch, server) => void play(batch, server)))
            assert.ok(states().includes(state), states().slice(0, 12).join(", "))
            assertAllStored()
        })

    it("accepts an ack for a part of a batch", async () => {
        await meet(
            firstPosts(1, (batch, server) => {
                server.store({ ...batch, count: 1 })
                server.reply(server.acknowledgement(batch, batch.seq))
            }),
        )
        assert.deepEqual(bench.logged("ack").slice(0, 2), [{ seq: "1" }, { seq: "4" }])
        assertAllStored()
    })

    const attempts: Record<string, [() => void, string]> = {
        "the handshake fails": [
            () => server.soon({ type: "error", message: "mbedtls_ssl_handshake" }),
            "refused handshake",
        ],
        "the name is unknown": [
            () => server.soon({ type: "error", message: "can't resolve host" }),
            "no-connection name",
        ],
        "nothing listens": [
            () => server.soon({ type: "error", message: "can't connect" }),
            "no-connection unreachable",
        ],
        "the server hangs up at once": [() => server.soon({ type: "close" }), "no-connection unreachable"],
    }
    for (const [name, [fail, state]] of Object.entries(attempts))
        it(`logs "${state}" if ${name}, retries with verification, and delivers everything later`, async () => {
            await meet(
                () => false,
                1200,
                () => {
                    const open = server.onOpen
                    server.onOpen = () => (server.opened.length <= 4 ? fail() : open())
                },
            )
            assert.ok(states().includes(state), states().join(", "))
            assert.ok(server.batches[0]!.atMs >= server.opened[4]!.atMs)
            assertAllStored()
        })

    it("waits for a slow connection without closing it, and logs that it is slow", async () => {
        await meet(
            () => false,
            900,
            () => (server.onOpen = () => server.soon({ type: "open" }, 45_000)),
        )
        assert.ok(states().includes("no-connection slow"))
        assert.equal(server.opened.length, 1)
        assert.deepEqual(
            server.closedAtMs.filter(atMs => atMs >= server.opened[0]!.atMs),
            [],
        )
        assertAllStored()
    })

    it("reports a connection attempt without a result, and opens no other before it restarts the chip", async () => {
        await meet(
            () => false,
            1800,
            () => (server.onOpen = () => undefined),
        )
        assert.ok(states().includes("no-connection silent"))
        assert.equal(server.opened.length, 1)
    })

    const lateEvents: Record<string, SocketEvent[]> = {
        open: [{ type: "open" }],
        error: [{ type: "error", message: "mbedtls_ssl_handshake" }, { type: "close" }],
        close: [{ type: "close" }],
    }
    for (const [name, events] of Object.entries(lateEvents))
        for (const afterS of [310, 600])
            it(`starts a new connection after a late "${name}", at ${afterS} s, and does not use the old one`, async () => {
                await meet(
                    () => false,
                    1500,
                    () => {
                        const open = server.onOpen
                        server.onOpen = () => {
                            if (server.opened.length > 1) open()
                            else for (const event of events) server.soon(event, afterS * 1000)
                        }
                    },
                )
                const [first, second] = server.opened
                assert.deepEqual([server.opened.length, bench.logged("boot").length], [2, 1])
                assert.ok(second!.atMs >= first!.atMs + afterS * 1000 + 100)
                const closedAtMs = server.closedAtMs.filter(atMs => atMs >= first!.atMs && atMs < second!.atMs)
                assert.equal(closedAtMs.length, name === "close" ? 0 : 1)
                assert.ok(closedAtMs.every(atMs => atMs >= first!.atMs + afterS * 1000))
                assertAllStored()
            })

    it("does not take a handshake for refused that ends because Wi-Fi is lost", async () => {
        await meet(
            () => false,
            900,
            () => {
                const open = server.onOpen
                server.onOpen = () => {
                    if (server.opened.length > 1) return open()
                    server.available = false
                    server.soon({ type: "error", message: "mbedtls_ssl_handshake" })
                }
            },
        )
        assert.equal(states().at(-1), "no-network wifi")
        assert.ok(!states().some(state => state.startsWith("refused")))
        server.available = true
        bench.runSeconds(600)
        assert.doesNotMatch(server.batches[0]!.text, /handshakeFailures/)
        assertAllStored()
    })

    it("waits while the socket's queue is full", async () => {
        let writes = 0
        await meet(
            () => false,
            900,
            () => (server.onWrite = () => (++writes % 4 ? -1 : 0)),
        )
        assertAllStored()
        assert.deepEqual(new Set(states()), new Set(["idle", "connecting", "sending", "ok"]))
    })

    it("waits as long as a busy server asks for", async () => {
        await meet(firstPosts(1, status(503, "Retry-After: 120")))
        const pauseMs = server.batches[1]!.atMs - server.batches[0]!.atMs
        assert.ok(pauseMs >= 120_000 && pauseMs < 123_000, `${pauseMs} ms`)
        assertAllStored()
    })

    const WRONG_DATE = "Date: Wed, 01 Jan 2003 00:00:00 GMT"
    for (const [code, learns] of Object.entries({ 409: true, 502: false, 503: false }))
        it(`${learns ? "takes" : "does not take"} the time from the Date of a ${code}`, async () => {
            await meet(
                (batch, server) =>
                    server.batches.length === 2 && (status(Number(code), WRONG_DATE)(batch, server) ?? true),
                120,
            )
            const [first, refused, repeated] = server.batches.map(({ text }) => JSON.parse(text.split("\r\n\r\n")[1]!))
            assert.deepEqual([first.time, refused.seq, repeated.seq], [undefined, 2, 2])
            if (!learns) return assert.equal(repeated.time, refused.time)
            const offS = repeated.time - Date.UTC(2003, 0, 1) / 1000
            assert.ok(Math.abs(offS) < 60, `${offS} s`)
        })

    for (const code of [401, 403])
        it(`retries only every five minutes after ${code}`, async () => {
            await meet(firstPosts(2, status(code)), 1500)
            assert.ok(states().includes(`unauthorised http-${code}`))
            const pauses = [1, 2].map(at => server.batches[at]!.atMs - server.batches[at - 1]!.atMs)
            assert.ok(
                pauses.every(pauseMs => pauseMs >= 300_000 && pauseMs < 302_000),
                `${pauses} ms`,
            )
            assertAllStored()
        })

    it("sends smaller batches to a server that refuses them as too large", async () => {
        await meet((batch, server) => {
            if (batch.count <= 1) return false
            server.reply("HTTP/1.1 413 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return true
        })
        assert.equal(server.batches.filter(({ count }) => count > 1).length, 1)
        assertAllStored()
    })

    it("drops only the one reading that the API rejects three times by its number", async () => {
        await meet((batch, server) => {
            const bad = batch.seq <= 7 && batch.seq + batch.count > 7
            if (bad) rejection(7)(batch, server)
            return bad
        }, 1500)
        assert.deepEqual(bench.logged("lost"), [{ total: "1", reason: "rejected", seq: "7" }])
        assertAllStored([7])
        assert.equal(server.batches.filter(({ seq }) => seq === 7).length, 3)
        assert.match(server.batches.at(-1)!.text, /"lost":1/)
    })

    for (const code of [400, 422])
        it(`loses no reading to a proxy that replies to all with a page of status ${code}, and keeps them in flash`, async () => {
            await meet((batch, server) => {
                if (bench.nowMs - START_MS > 2 * HOUR_MS) return false
                page(code)(batch, server)
                return true
            }, 2 * 3600)
            assert.ok(inFlash(bench) > 0)
            bench.runSeconds(900)
            assert.equal(bench.logged("lost").length, 0)
            assertAllStored()
        })

    it("writes flash although the API rejects one reading after the other", async () => {
        await meet((batch, server) => {
            rejection(batch.seq)(batch, server)
            return true
        }, 3600)
        assert.ok(bench.logged("lost").length > 5)
        assert.ok(inFlash(bench) > 0)
    })

    it("loses nothing if Wi-Fi fails during a response", async () => {
        await meet(
            firstPosts(1, (_, server) => {
                server.available = false
                server.soon({ type: "error", message: "recv error" }, 50)
            }),
            300,
        )
        assert.equal(states().at(-1), "no-network wifi")
        assert.equal(server.opened.length, 1)
        server.available = true
        bench.runSeconds(600)
        assertAllStored()
    })
})

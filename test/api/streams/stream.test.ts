import assert from "node:assert/strict"
import http from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import type { FastifyInstance } from "fastify"
import type { KyselyPlugin } from "kysely"
import { buildApp } from "../../../devs/api/app.ts"
import { addDevice, setDevice } from "../../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { Contract } from "../contract/support/document.ts"
import { RawConnection } from "../support/raw-connection.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch, NOW_S } from "../support/world.ts"
import { Listener } from "./support/listener.ts"

const POLL_MS = 20

/** More than the operating system takes from the server for a client that does not read: 4 MB (tcp_wmem) and more. */
const MANY_BYTES = 20_000_000
const MANY_DEVICES = 200

const pause = () => new Promise(resolve => setTimeout(resolve, 20))

describe("the stream of changes", () => {
    let db: Database
    let token: string
    let app: FastifyInstance
    let nowS: number
    let serving: Serving
    let listeners: Listener[]

    const build = () =>
        buildApp({ db, public: true, now: () => nowS * 1000, monotonicS: () => 0, pollIntervalMs: POLL_MS })

    beforeEach(async () => {
        nowS = NOW_S
        listeners = []
        // its queries need no threads, which take half a second to start
        db = await openDatabase(":memory:")
        token = (await addDevice(db, { id: "kitchen", name: "Kitchen", createdAt: NOW_S })).token
        app = build()
        serving = await serve({ app, port: 0 })
    })
    afterEach(async () => {
        for (const listener of listeners) listener.close()
        await serving.close()
        await db.close()
    })

    const listen = async (lastEventId?: string): Promise<Listener> => {
        const listener = await Listener.open(serving.url, lastEventId)
        listeners.push(listener)
        return listener
    }
    const store = (seq: number, co2Ppm: number, seenAt: number, device = "kitchen") =>
        storedIn(db).append(device, co2Batch(seq, seenAt, [co2Ppm]), seenAt)
    const latestOf = ({ data }: { data: { device: { latest: { co2Ppm: number } } } }) => data.device.latest.co2Ppm

    it("of a client that goes away before the first event costs no more queries", async () => {
        let queries = 0
        const counting: KyselyPlugin = {
            transformQuery: ({ node }) => {
                queries++
                return node
            },
            transformResult: async ({ result }) => result,
        }
        const counted: Database = Object.create(db, { sql: { value: db.sql.withPlugin(counting) } })
        const other = await serve({ app: buildApp({ db: counted, public: true, pollIntervalMs: POLL_MS }), port: 0 })
        const before = queries
        // queries wait for the transaction
        await db.transaction(async () => {
            const request = http.get(`${other.url}/api/v1/stream`, { agent: false }).on("error", () => undefined)
            while (queries === before) await pause()
            request.destroy()
            await pause()
        })
        await wait(10 * POLL_MS)
        const after = queries
        await wait(10 * POLL_MS)
        await other.close()
        assert.equal(queries, after)
    })

    it("has events as the OpenAPI document describes them", async () => {
        const contract = new Contract((await app.inject("/openapi.json")).json())
        await store(1, 700, NOW_S)
        await setDevice(db, "kitchen", { INTERVAL_S: 30 }, NOW_S)
        const listener = await listen()
        for (const [event, schema] of [
            ["devices", "StreamDevices"],
            ["device", "StreamDevice"],
            ["time", "StreamTime"],
        ] as const) {
            const { data } = await listener.next(event)
            contract.checkNamed(schema, data)
            assert.throws(() => contract.checkNamed(schema, { ...data, now: undefined }), /required property 'now'/)
        }
    })

    it("begins with the devices there are and each of them, and then has each that posts", async () => {
        await store(1, 700, NOW_S)
        const listener = await listen()
        assert.equal(listener.contentType, "text/event-stream")
        assert.deepEqual((await listener.next("devices")).data, { now: NOW_S, ids: ["kitchen"] })
        const first = await listener.next("device")
        assert.deepEqual([first.id, latestOf(first)], [`${NOW_S}`, 700])
        assert.deepEqual(first.data.device, (await app.inject("/api/v1/devices/kitchen")).json().device)
        await store(2, 701, NOW_S + 60)
        const second = await listener.next("device")
        assert.deepEqual([second.id, latestOf(second)], [`${NOW_S + 60}`, 701])
    })

    it("shows every post of one second, also of the second in which it begins", async () => {
        await store(1, 700, NOW_S)
        const listener = await listen()
        for (const [seq, co2Ppm] of [700, 701, 702].entries()) {
            if (seq > 0) await store(seq + 1, co2Ppm, NOW_S)
            assert.equal(latestOf(await listener.next("device")), co2Ppm)
        }
    })

    it("shows new, changed, revoked and deleted devices", async () => {
        const listener = await listen()
        await listener.next("time")
        await addDevice(db, { id: "attic", createdAt: NOW_S })
        assert.deepEqual((await listener.next("devices")).data.ids.sort(), ["attic", "kitchen"])
        assert.equal((await listener.next("device")).data.device.id, "attic")
        await setDevice(db, "attic", { ASC: 0 }, NOW_S)
        assert.deepEqual((await listener.next("device")).data.device.settings.desired, { ASC: 0 })
        await revokeDevice(db, "attic", NOW_S)
        assert.equal((await listener.next("device")).data.device.revokedAt, NOW_S)
        await db.sql.deleteFrom("settings").execute()
        await db.sql.deleteFrom("devices").where("id", "=", "attic").execute()
        assert.deepEqual((await listener.next("devices")).data.ids, ["kitchen"])
    })

    it("shows what is posted to another process, and its time while nothing changes", async () => {
        const other = build()
        const listener = await listen()
        await listener.next("time")
        const payload = { boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [812] }
        const headers = { authorization: `Bearer ${token}` }
        const posted = await other.inject({ method: "POST", url: "/api/v1/readings", headers, payload })
        assert.equal(posted.statusCode, 200, posted.body)
        assert.equal(latestOf(await listener.next("device")), 812)
        nowS += 5
        assert.equal((await listener.next("time", ({ data }) => data.now === NOW_S + 5)).data.now, NOW_S + 5)
        await other.close()
    })

    it("goes on from the last event: devices not seen since are left out", async () => {
        await addDevice(db, { id: "attic", createdAt: NOW_S })
        await store(1, 700, NOW_S - 600, "attic")
        await store(1, 800, NOW_S)
        const listener = await listen(`${NOW_S - 60}`)
        assert.deepEqual((await listener.next("devices")).data.ids.sort(), ["attic", "kitchen"])
        assert.equal((await listener.next("device")).data.device.id, "kitchen")
        await listener.next("time")
        assert.deepEqual(listener.names, ["devices", "device", "time"])
        const unknown = await listen("x")
        await unknown.next("time")
        assert.deepEqual(unknown.names, ["devices", "device", "device", "time"])
    })

    it("cuts off a client that reads nothing", async () => {
        await addSettings(MANY_DEVICES, MANY_BYTES / MANY_DEVICES)
        const short = await serve({ app: build(), port: 0, stalledTimeoutMs: 1000 })
        const reader = await Listener.open(short.url)
        listeners.push(reader)
        await reader.next("time")
        const { socket } = await RawConnection.open(short.port)
        socket.pause()
        socket.write("GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n")
        while (short.openResponses < 2) await pause()
        while (short.openResponses > 1) await pause()
        // the one that reads goes on: what it gets every five polls comes sooner than the time that a stalled one has
        await reader.next("time")
        socket.destroy()
        await short.close()
    })

    /** Adds devices whose desired settings take so many bytes each. */
    async function addSettings(count: number, sizeBytes: number): Promise<void> {
        const losses = { lost: 0, rejected: 0, undated: 0, damaged: 0, gap: 0, timeUncertaintyS: 0 }
        const none = { revokedAt: null, lastSeenAt: null, newestAt: null, rawDays: null, fiveMinuteDays: null }
        const usage = { boots: 0, usageDay: 0, usageBoots: 0, usageBytes: 0 }
        const common = { name: "Room", createdAt: NOW_S, ...losses, ...none, ...usage }
        const keys = Array.from({ length: count }, (_, at) => at + 2)
        const devices = keys.map(key => ({ ...common, key, id: `d${key}`, tokenSha256: `d${key}` }))
        await db.sql.insertInto("devices").values(devices).execute()
        const desired = JSON.stringify({ API_URL: "u".repeat(sizeBytes) })
        const never = { appliedRevision: null, appliedAt: null, refused: null }
        const settings = keys.map(device => ({ device, revision: 1, setAt: NOW_S, desired, ...never }))
        await db.sql.insertInto("settings").values(settings).execute()
    }

    it("has an end when the server stops, at once", async () => {
        const listener = await listen()
        await listener.next("time")
        const start = performance.now()
        await serving.close()
        await listener.ended
        assert.ok(performance.now() - start < 1500)
    })

    it("does not make a body for HEAD", async () => {
        const { statusCode, headers, body } = await app.inject({ method: "HEAD", url: "/api/v1/stream" })
        assert.deepEqual([statusCode, headers["content-type"], body], [200, "text/event-stream", ""])
    })
})

import assert from "node:assert/strict"
import { addLink } from "../../../devs/api/access/links.ts"
import { buildApp } from "../../../devs/api/app.ts"
import { addDevice, renameDevice } from "../../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { Contract } from "../contract/support/document.ts"
import { bearer } from "../security/closed-world.ts"
import { Listener } from "../streams/support/listener.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch, NOW_S, values } from "../support/world.ts"

const POLL_MS = 20
const MAX_EVENT_BYTES = 300

/** As many characters as an id and a value may have. */
const LONG_ID = "a-room-whose-name-is-rather-long"
const longest = values({ co2Ppm: 39_999, temperatureC: -39.99, humidityRh: 99.99 })

describe("the stream of the wall", () => {
    let db: Database
    let serving: Serving
    let app: ReturnType<typeof buildApp>
    let listeners: Listener[]
    let link: (device?: string) => Promise<string>

    beforeEach(async () => {
        listeners = []
        db = await openDatabase(":memory:")
        for (const id of ["kitchen", LONG_ID]) await addDevice(db, { id, name: id, createdAt: NOW_S })
        app = buildApp({ db, now: () => NOW_S * 1000, monotonicS: () => 0, pollIntervalMs: POLL_MS })
        serving = await serve({ app, port: 0 })
        link = device => addLink(db, { name: device ?? "all", device, role: "viewer", createdAt: NOW_S })
    })
    afterEach(async () => {
        for (const listener of listeners) listener.close()
        await serving.close()
        await db.close()
    })

    const listen = async (token: string, lastEventId?: string): Promise<Listener> => {
        const listener = await Listener.open(serving.url, lastEventId, "/api/v1/stream?view=wall", bearer(token))
        listeners.push(listener)
        return listener
    }
    const store = (seq: number, co2Ppm: number, seenAt: number, device = "kitchen") =>
        storedIn(db).append(device, co2Batch(seq, seenAt, [co2Ppm]), seenAt)

    it("begins with the rooms there are and each of them, as the wall has it", async () => {
        await store(1, 700, NOW_S)
        const token = await link()
        const listener = await listen(token)
        assert.deepEqual((await listener.next("rooms")).data, { now: NOW_S, ids: [LONG_ID, "kitchen"] })
        const merged = new Map<string, { id: string }>()
        for (let at = 0; at < 4; at++) {
            const { room } = (await listener.next("room")).data
            merged.set(room.id, { ...merged.get(room.id), ...room })
        }
        const wall = (await app.inject({ url: "/api/v1/wall", headers: bearer(token) })).json()
        assert.deepEqual([...merged.values()], wall.rooms)
        await listener.next("time")
    })

    it("has what changed of a room and nothing else, in at most 300 bytes", async () => {
        const listener = await listen(await link())
        await listener.next("time")
        const before = listener.names.length
        const time = NOW_S - 16 * 60
        const rows = Array.from({ length: 17 }, (_, at) => ({ ...longest, co2Ppm: 29_999 + (at > 12 ? 10_000 : 0) }))
        await storedIn(db).append(LONG_ID, co2Batch(1, time, [], { values: rows }), NOW_S)
        const { data, bytes } = await listener.next("room")
        assert.deepEqual(data.room, {
            ...{ id: LONG_ID, at: NOW_S, ppm: 39_999, estimated: false, temperatureC: -39.99, humidityRh: 99.99 },
            ...{ trendPpm: 10_000, level: "poor", levelSince: time, silentFrom: NOW_S + 900, sensorFailed: false },
        })
        assert.ok(bytes <= MAX_EVENT_BYTES, `${bytes} bytes`)
        await renameDevice(db, LONG_ID, "Gym")
        const limits = { fairPpm: 1000, poorPpm: 2000 }
        assert.deepEqual((await listener.next("room")).data.room, { id: LONG_ID, name: "Gym", group: null, limits })
        const other = { fairPpm: 800, poorPpm: 1400 }
        const document = JSON.stringify({ rooms: { kitchen: { limits: other } } })
        await db.sql.insertInto("site").values({ key: 1, revision: 1, document }).execute()
        assert.deepEqual((await listener.next("room")).data.room.limits, other)
        await listener.next("time")
        assert.deepEqual(
            listener.names.slice(before).filter(name => name !== "time"),
            ["room", "room", "room"],
        )
    })

    it("shows one room to those who may see that room, and no revoked one", async () => {
        const [kitchen, all] = [await listen(await link("kitchen")), await listen(await link())]
        for (const listener of [kitchen, all]) await listener.next("time")
        await store(1, 800, NOW_S, LONG_ID)
        await store(1, 900, NOW_S + 1)
        assert.equal((await kitchen.next("room")).data.room.ppm, 900)
        assert.equal((await all.next("room")).data.room.ppm, 800)
        await revokeDevice(db, LONG_ID, NOW_S)
        assert.deepEqual((await all.next("rooms")).data.ids, ["kitchen"])
    })

    it("goes on from the last event: rooms not seen since are left out", async () => {
        await store(1, 700, NOW_S - 600, LONG_ID)
        await store(1, 800, NOW_S)
        const listener = await listen(await link(), `${NOW_S - 60}`)
        assert.deepEqual((await listener.next("rooms")).data.ids, [LONG_ID, "kitchen"])
        const { id, data } = await listener.next("room", event => event.data.room.ppm !== undefined)
        assert.deepEqual([id, data.room.id], [`${NOW_S}`, "kitchen"])
        await listener.next("time")
        assert.deepEqual(listener.names, ["rooms", "room", "room", "time"])
    })

    it("has events as the OpenAPI document describes them", async () => {
        const contract = new Contract((await app.inject("/openapi.json")).json())
        const listener = await listen(await link())
        for (const [event, schema] of [
            ["rooms", "StreamRooms"],
            ["room", "StreamRoom"],
            ["room", "StreamRoom"],
        ] as const) {
            const { data } = await listener.next(event)
            contract.checkNamed(schema, data)
            assert.throws(() => contract.checkNamed(schema, { ...data, now: undefined }), /required property 'now'/)
        }
    })
})

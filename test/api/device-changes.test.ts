import assert from "node:assert/strict"
import { sql } from "kysely"
import { addDevice, renameDevice, rotateToken } from "../../devs/api/device-registry.ts"
import { deleteDevice, deviceExtent } from "../../devs/api/store/device-deletion.ts"
import { deviceIdOf } from "../../devs/api/store/device-lookup.ts"
import { deviceKey, revokeDevice } from "../../devs/api/store/devices.ts"
import { readingsDefinition, tableDefinitions } from "../../devs/api/store/schema.ts"
import { describeOnEach } from "./database/support/kinds.ts"
import { fullStatus } from "./support/full-status.ts"
import { co2Batch, NOW_S, openWorld, type World } from "./support/world.ts"

const body = { boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [700], status: { uptimeS: 5 } }

describeOnEach("a device", kind => {
    let world: World

    beforeEach(async () => {
        world = await openWorld(kind)
    })
    afterEach(() => world?.end())

    it("posts with its new token after a rotation, and the old one is refused at once", async () => {
        assert.equal((await world.post(body)).statusCode, 200)
        const token = await rotateToken(world.db, "kitchen")
        assert.match(token, /^[A-Za-z0-9_-]{32}$/)
        const refused = await world.post({ ...body, seq: 2 })
        assert.deepEqual([refused.statusCode, refused.json().code], [401, "TOKEN_UNKNOWN"])
        assert.equal((await world.post({ ...body, seq: 2 }, token)).statusCode, 200)
    })

    it("that was revoked posts again with a new token", async () => {
        await revokeDevice(world.db, "kitchen", NOW_S)
        assert.equal((await world.post(body)).statusCode, 403)
        assert.equal((await world.post(body, await rotateToken(world.db, "kitchen"))).statusCode, 200)
    })

    it("keeps its id and its readings under a new name", async () => {
        await world.post(body)
        await renameDevice(world.db, "kitchen", "Kitchen, downstairs")
        assert.equal((await world.store.device("kitchen")).name, "Kitchen, downstairs")
        assert.equal((await world.store.latest("kitchen"))?.co2Ppm, 700)
        await assert.rejects(renameDevice(world.db, "kitchen", "a\u001bb"), { code: "DEVICE_NAME_INVALID" })
        await assert.rejects(renameDevice(world.db, "attic", "Attic"), { code: "DEVICE_UNKNOWN" })
    })

    it("is found by its id or its name, and by the id first", async () => {
        await addDevice(world.db, { id: "office", name: "kitchen", createdAt: NOW_S })
        const found = ["kitchen", "Kitchen", "office"].map(text => deviceIdOf(world.db.sql, text))
        assert.deepEqual(await Promise.all(found), ["kitchen", "kitchen", "office"])
        await assert.rejects(deviceIdOf(world.db.sql, "attic"), { code: "DEVICE_UNKNOWN", message: /"attic"/ })
    })

    it("is not guessed where two have its name: the error lists their ids", async () => {
        await addDevice(world.db, { id: "office-1", name: "Office", createdAt: NOW_S })
        await addDevice(world.db, { id: "office-2", name: "Office", createdAt: NOW_S })
        await revokeDevice(world.db, "office-1", NOW_S)
        await assert.rejects(deviceIdOf(world.db.sql, "Office"), {
            code: "DEVICE_AMBIGUOUS",
            message: '2 devices have the name "Office": office-1 (revoked), office-2',
        })
    })

    async function storeAlert(id: string): Promise<void> {
        const device = await deviceKey(world.db.sql, id)
        const [alerts, deliveries] = [world.db.sql.insertInto("alerts"), world.db.sql.insertInto("alertDeliveries")]
        await alerts
            .values({
                ...{ id, key: "silent", openKey: null, kind: "silent" as const, device, deviceId: id, deviceName: id },
                ...{ openedAt: NOW_S, resolvedAt: NOW_S, text: "", details: "{}" },
            })
            .execute()
        await deliveries
            .values({
                ...{ alert: id, event: "raised" as const, channel: "email" as const, status: "delivered" as const },
                ...{ attempts: 1, nextAttemptAt: 0, doneAt: NOW_S, error: null },
            })
            .execute()
    }

    it("is deleted with every row of it, and nothing of another", async () => {
        const { token } = await addDevice(world.db, { id: "office", createdAt: NOW_S })
        const batch = co2Batch(1, NOW_S - 600, [700, 710, 720])
        for (const id of ["kitchen", "office"])
            await world.store.append(id, batch, NOW_S, { status: fullStatus, unread: [] })
        const rows = async () => {
            const counts: Record<string, number> = {}
            for (const { name, columns } of [...tableDefinitions, readingsDefinition]) {
                if (!columns.join().includes('"device" ')) continue
                const query = sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(name)}`
                counts[name] = (await query.execute(world.db.sql)).rows[0]!.count
            }
            return counts
        }
        for (const id of ["kitchen", "office"]) await storeAlert(id)
        const before = await rows()
        assert.deepEqual(await deviceExtent(world.db.sql, "kitchen"), {
            ...{ readings: 3, oldest: NOW_S - 600, newest: NOW_S - 480, hours: 1, boots: 1 },
        })
        const steps: number[] = []
        await deleteDevice(world.db, "kitchen", NOW_S, count => steps.push(count))
        assert.ok(steps.reduce((sum, count) => sum + count) >= 3)
        assert.deepEqual(
            await rows(),
            Object.fromEntries(Object.entries(before).map(([table, count]) => [table, count / 2])),
        )
        const deliveries = await world.db.sql.selectFrom("alertDeliveries").select("alert").execute()
        assert.deepEqual(
            deliveries.map(({ alert }) => alert),
            ["office"],
        )
        await assert.rejects(world.store.device("kitchen"), { code: "DEVICE_UNKNOWN" })
        assert.equal((await world.post(body)).statusCode, 401)
        assert.equal((await world.post({ ...body, boot: "b2" }, token)).statusCode, 200)
    })
})

import assert from "node:assert/strict"
import { buildApp } from "../../../devs/api/app.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { NOW_MS, NOW_S, openWorld, type World } from "../support/world.ts"
import { Listener } from "./support/listener.ts"

describeOnEach("a stream of changes", kind => {
    let world: World
    let serving: Serving
    let listener: Listener

    before(async () => {
        world = await openWorld(kind)
        const db = await openDatabase(world.file)
        const app = buildApp({ db, public: true, now: () => NOW_MS, pollIntervalMs: 50 })
        app.addHook("onClose", () => db.close())
        serving = await serve({ app, port: 0 })
        listener = await Listener.open(serving.url)
        await listener.next("time")
    })
    after(async () => {
        listener?.close()
        await serving?.close()
        await world?.end()
    })

    it("has what devices post to another process", async () => {
        await world.post({ boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [812], status: { uptimeS: 60 } })
        const { data } = await listener.next("device")
        const { device } = (await world.get("/api/v1/devices/kitchen")).json()
        assert.deepEqual([data.device.latest.co2Ppm, data.device], [812, device])
    })

    it("has devices that are added there", async () => {
        await addDevice(world.db, { id: "attic", createdAt: NOW_S })
        assert.deepEqual((await listener.next("devices")).data.ids.sort(), ["attic", "kitchen"])
    })
})

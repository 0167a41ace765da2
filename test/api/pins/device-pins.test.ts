import assert from "node:assert/strict"
import path from "node:path"
import { addDevice, renameDevice } from "../../../devs/api/device-registry.ts"
import { backUp, restore } from "../../../devs/api/maintenance/backup.ts"
import { devicePinsOf, type FlashedPins, listPins, pinsOf, storePins } from "../../../devs/api/pins/device-pins.ts"
import { deleteDevice } from "../../../devs/api/store/device-deletion.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { NOW_S, openWorld, type World } from "../support/world.ts"

const pins: FlashedPins = {
    imageFile: "kitchen-0x1000.bin",
    imageSha256: "11".repeat(32),
    board: "M5Stack",
    hosts: ["air.example.org:443"],
    anchors: [
        { subject: "CN=Root X1", spkiSha256: "22".repeat(32), notAfter: "2035-06-04T11:04:38.000Z", role: "issuer" },
        {
            subject: "CN=Old Root",
            spkiSha256: "33".repeat(32),
            notAfter: "2031-01-01T00:00:00.000Z",
            trustEnds: "2029-04-15",
            role: "backup",
        },
    ],
    bundle: Buffer.from("0001000200030102030405", "hex"),
}

describeOnEach("the pins of a device", kind => {
    let world: World
    beforeEach(async () => {
        world = await openWorld(kind)
    })
    afterEach(() => world?.end())

    it("are stored as flashed, bytes and anchors, and replaced by those of its next image", async () => {
        const { db } = world
        assert.equal(await pinsOf(db.sql, "kitchen"), undefined)
        await storePins(db, "kitchen", pins, NOW_S)
        assert.deepEqual(await pinsOf(db.sql, "kitchen"), { ...pins, storedAt: NOW_S })
        const [anchor] = pins.anchors
        const next = { ...pins, imageFile: "next.bin", anchors: [anchor!], hosts: [], bundle: Buffer.of(0, 9) }
        await storePins(db, "kitchen", next, NOW_S + 5)
        assert.deepEqual(await pinsOf(db.sql, "kitchen"), { ...next, storedAt: NOW_S + 5 })
    })

    it("are not stored for a device that does not exist", async () => {
        await assert.rejects(storePins(world.db, "gym", pins, NOW_S), { code: "DEVICE_UNKNOWN" })
        await assert.rejects(pinsOf(world.db.sql, "gym"), { code: "DEVICE_UNKNOWN" })
    })

    it("are those of every device that is not revoked, also of those whose pins are not known", async () => {
        const { db } = world
        for (const id of ["gym", "attic"]) await addDevice(db, { id, createdAt: NOW_S })
        for (const id of ["kitchen", "attic"]) await storePins(db, id, pins, NOW_S)
        await revokeDevice(db, "attic", NOW_S)
        await renameDevice(db, "kitchen", "Canteen")
        assert.deepEqual(await devicePinsOf(db), [
            { id: "gym", name: "gym" },
            { id: "kitchen", name: "Canteen", bundle: pins.bundle },
        ])
        assert.deepEqual(await listPins(db.sql), [
            { id: "gym", name: "gym" },
            { id: "kitchen", name: "Canteen", pins: { ...pins, storedAt: NOW_S } },
        ])
    })

    it("are deleted with the device: the next one does not inherit them", async () => {
        const { db } = world
        await storePins(db, "kitchen", pins, NOW_S)
        await deleteDevice(db, "kitchen", NOW_S)
        await addDevice(db, { id: "kitchen", createdAt: NOW_S })
        assert.deepEqual(await devicePinsOf(db), [{ id: "kitchen", name: "kitchen" }])
    })
})

describe("a backup of the database", () => {
    it("has the pins, and brings them back", async () => {
        const folder = await temporaryFolder()
        const [file, copy, restored] = ["a.db", "backup.db", "restored.db"].map(name => path.join(folder, name))
        const db = await openDatabase(file!)
        await addDevice(db, { id: "kitchen", createdAt: NOW_S })
        await storePins(db, "kitchen", pins, NOW_S)
        const onProgress = () => undefined
        await backUp(file!, copy!, onProgress)
        await db.close()
        await restore(copy!, restored!, { replace: false, nowMs: NOW_S * 1000, onProgress })
        const again = await openDatabase(restored!)
        assert.deepEqual(await pinsOf(again.sql, "kitchen"), { ...pins, storedAt: NOW_S })
        await again.close()
    })
})

import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { addDevice, DeviceTokens, setDevice } from "../../devs/api/device-registry.ts"
import { listDevices, revokeDevice } from "../../devs/api/store/devices.ts"
import { co2Batch, NOW_S, noOtherLosses, openWorld, type World } from "./support/world.ts"

describe("device tokens", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const holder = (authorization: string) => new DeviceTokens(world.db).holder(authorization)

    it("gives each device a token of 32 characters of base64url", async () => {
        const { device, token } = await addDevice(world.db, {
            id: "office",
            name: "Office, 2nd floor",
            createdAt: NOW_S,
        })
        assert.match(token, /^[A-Za-z0-9_-]{32}$/)
        assert.notEqual(token, world.token)
        assert.deepEqual(
            { ...device },
            {
                id: "office",
                name: "Office, 2nd floor",
                createdAt: NOW_S,
                revokedAt: null,
                lastSeenAt: null,
                lost: 0,
                ...noOtherLosses,
            },
        )
    })

    it("stores the SHA-256 of a token and nowhere the token", async () => {
        const files = await readdir(world.directory)
        const bytes = Buffer.concat(await Promise.all(files.map(name => readFile(join(world.directory, name)))))
        assert.ok(bytes.includes(createHash("sha256").update(world.token).digest("hex")))
        assert.ok(!bytes.includes(world.token))
    })

    it("generates an id when none is given, and uses it as the name", async () => {
        const { device } = await addDevice(world.db, { createdAt: NOW_S })
        assert.match(device.id, /^air-[0-9a-f]{8}$/)
        assert.equal(device.name, device.id)
    })

    for (const id of ["", "-a", "a-", "Kitchen", "a b", "a/b", "ä", "a".repeat(33)]) {
        it(`refuses ${JSON.stringify(id)} as an id`, async () => {
            await assert.rejects(addDevice(world.db, { id, createdAt: NOW_S }), { code: "DEVICE_ID_INVALID" })
        })
    }

    for (const name of ["", "two\nlines", "n".repeat(65)]) {
        it(`refuses ${JSON.stringify(name)} as a name`, async () => {
            await assert.rejects(addDevice(world.db, { name, createdAt: NOW_S }), { code: "DEVICE_NAME_INVALID" })
        })
    }

    it("refuses an id that exists, and keeps the token of the first device valid", async () => {
        await assert.rejects(addDevice(world.db, { id: "kitchen", createdAt: NOW_S }), { code: "DEVICE_EXISTS" })
        assert.equal((await holder(`Bearer ${world.token}`)).id, "kitchen")
    })

    it("lists every device by id, with the time of revocation", async () => {
        await addDevice(world.db, { id: "attic", createdAt: NOW_S })
        await revokeDevice(world.db, "kitchen", NOW_S)
        assert.deepEqual(
            (await listDevices(world.db.sql)).map(({ id, revokedAt }) => [id, revokedAt]),
            [
                ["attic", null],
                ["kitchen", NOW_S],
            ],
        )
    })

    it("revokes once: the first time stays", async () => {
        await revokeDevice(world.db, "kitchen", NOW_S)
        await revokeDevice(world.db, "kitchen", NOW_S + 100)
        assert.equal((await world.store.device("kitchen")).revokedAt, NOW_S)
    })

    it("cannot revoke an unknown device", async () => {
        await assert.rejects(revokeDevice(world.db, "attic", NOW_S), { code: "DEVICE_UNKNOWN" })
    })

    it("refuses settings for a revoked device and for an unknown one", async () => {
        await revokeDevice(world.db, "kitchen", NOW_S)
        await assert.rejects(setDevice(world.db, "kitchen", { ASC: 0 }, NOW_S), { code: "DEVICE_REVOKED" })
        await assert.rejects(setDevice(world.db, "attic", { ASC: 0 }, NOW_S), { code: "DEVICE_UNKNOWN" })
        assert.equal((await world.store.deviceState("kitchen"))?.settings, null)
    })

    it("reports a recalibration as withdrawn only if it was not applied yet and is not requested again", async () => {
        const withdrawn = async (changes: Record<string, number>) =>
            (await setDevice(world.db, "kitchen", changes, NOW_S)).withdrawn
        assert.equal(await withdrawn({ RECALIBRATE_PPM: 420 }), false)
        assert.equal(await withdrawn({ RECALIBRATE_PPM: 430 }), false)
        assert.equal(await withdrawn({ ASC: 1 }), true)
        await setDevice(world.db, "kitchen", { RECALIBRATE_PPM: 440 }, NOW_S)
        const report = { uptimeS: 60, settings: { revision: 4 } }
        await world.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S, { status: report, unread: [] })
        assert.equal(await withdrawn({ ASC: 0 }), false)
    })

    it("accepts the authorization scheme in any case, as HTTP requires", async () => {
        assert.equal((await holder(`bearer ${world.token}`)).id, "kitchen")
    })
})

import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { addDevice, authenticate, listDevices, revokeDevice, setDevice } from "../../devs/api/device-registry.ts"
import { NOW_S, noOtherLosses, openWorld, type World } from "./support/world.ts"

describe("device tokens", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    it("gives each device a token of 32 characters of base64url", () => {
        const { device, token } = addDevice(world.store, { id: "office", name: "Office, 2nd floor", createdAt: NOW_S })
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

    it("generates an id when none is given, and uses it as the name", () => {
        const { device } = addDevice(world.store, { createdAt: NOW_S })
        assert.match(device.id, /^air-[0-9a-f]{8}$/)
        assert.equal(device.name, device.id)
    })

    for (const id of ["", "-a", "a-", "Kitchen", "a b", "a/b", "ä", "a".repeat(33)]) {
        it(`refuses ${JSON.stringify(id)} as an id`, () => {
            assert.throws(() => addDevice(world.store, { id, createdAt: NOW_S }), { code: "DEVICE_ID_INVALID" })
        })
    }

    for (const name of ["", "two\nlines", "n".repeat(65)]) {
        it(`refuses ${JSON.stringify(name)} as a name`, () => {
            assert.throws(() => addDevice(world.store, { name, createdAt: NOW_S }), { code: "DEVICE_NAME_INVALID" })
        })
    }

    it("refuses an id that exists, and keeps the token of the first device valid", () => {
        assert.throws(() => addDevice(world.store, { id: "kitchen", createdAt: NOW_S }), { code: "DEVICE_EXISTS" })
        assert.equal(authenticate(world.store, `Bearer ${world.token}`).id, "kitchen")
    })

    it("lists every device by id, with the time of revocation", () => {
        addDevice(world.store, { id: "attic", createdAt: NOW_S })
        revokeDevice(world.store, "kitchen", NOW_S)
        assert.deepEqual(
            listDevices(world.store).map(({ id, revokedAt }) => [id, revokedAt]),
            [
                ["attic", null],
                ["kitchen", NOW_S],
            ],
        )
    })

    it("revokes once: the first time stays", () => {
        revokeDevice(world.store, "kitchen", NOW_S)
        revokeDevice(world.store, "kitchen", NOW_S + 100)
        assert.equal(world.store.device("kitchen")?.revokedAt, NOW_S)
    })

    it("cannot revoke an unknown device", () => {
        assert.throws(() => revokeDevice(world.store, "attic", NOW_S), { code: "DEVICE_UNKNOWN" })
    })

    it("refuses settings for a revoked device and for an unknown one", () => {
        revokeDevice(world.store, "kitchen", NOW_S)
        assert.throws(() => setDevice(world.store, "kitchen", { ASC: 0 }, NOW_S), { code: "DEVICE_REVOKED" })
        assert.throws(() => setDevice(world.store, "attic", { ASC: 0 }, NOW_S), { code: "DEVICE_UNKNOWN" })
        assert.equal(world.store.deviceState("kitchen").settings, null)
    })

    it("reports a recalibration as withdrawn only if it was not applied yet and is not requested again", () => {
        const withdrawn = (changes: Record<string, number>) =>
            setDevice(world.store, "kitchen", changes, NOW_S).withdrawn
        assert.deepEqual(
            [withdrawn({ RECALIBRATE_PPM: 420 }), withdrawn({ RECALIBRATE_PPM: 430 }), withdrawn({ ASC: 1 })],
            [false, false, true],
        )
        setDevice(world.store, "kitchen", { RECALIBRATE_PPM: 440 }, NOW_S)
        const report = { uptimeS: 60, settings: { revision: 4 } }
        world.store.append("kitchen", { boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 0, values: [] }, NOW_S, {
            status: report,
            unread: [],
        })
        assert.equal(withdrawn({ ASC: 0 }), false)
    })

    it("accepts the authorization scheme in any case, as HTTP requires", () => {
        assert.equal(authenticate(world.store, `bearer ${world.token}`).id, "kitchen")
    })
})

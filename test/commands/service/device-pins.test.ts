import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { sha256Of } from "../../../certs/sha256.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { writeEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import type { Manifest } from "../../../devs/image/manifest/manifest.ts"
import { edgeStatus } from "../../api/pins/edge-samples.ts"
import { flashedManifest } from "../../image/support/sample-manifest.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

describe("airpin device pins", function () {
    this.timeout(20_000)
    let folder: string
    let db: string
    let manifest: Manifest
    let token: string

    before(async () => {
        folder = await temporaryFolder()
        db = path.join(folder, "readings.db")
        manifest = flashedManifest(await temporaryCa({ rootName: "Test root" }))
        const opened = await openDatabase(db)
        token = (await addDevice(opened, { id: "kitchen", name: "Kitchen, upstairs", createdAt: 5 })).token
        await addDevice(opened, { id: "gym", createdAt: 5 })
        await opened.close()
    })

    const write = async (name: string, fields: Partial<Manifest> = {}) => {
        const file = path.join(folder, name)
        await writeFile(file, JSON.stringify({ ...manifest, ...fields }, null, 4))
        return file
    }
    const pins = (...args: string[]) => airpin(["device", "pins", ...args, "--db", db])

    it("stores a manifest, shows its anchors with names, roles and ends, and lists the devices without one", async () => {
        const file = await write("device.json", { deviceTokenSha256: sha256Of(token) })
        const stored = await pins("Kitchen, upstairs", file)
        assert.deepEqual([stored.code, stored.stderr], [0, ""])
        assert.match(stored.stdout, /^device {4}kitchen\nimage {5}device-0x1000\.bin, M5Stack, stored 20/)
        assert.match(stored.stdout, /^servers {3}air\.test:443$/m)
        assert.match(stored.stdout, /^bundle .* 1 anchor, for ESP-IDF v5\.0 to v5\.3$/m)
        assert.match(stored.stdout, /^anchors {3}CN=Test root, issuer, until 20\d\d-\d\d-\d\d$/m)
        const list = await pins()
        assert.match(list.stdout, /^ +kitchen +Kitchen, upstairs +CN=Test root +issuer +until 20/m)
        assert.match(list.stdout, /^not known +gym$/m)
    })

    it("has for programs the bytes as flashed, and null for what is not known", async () => {
        const devices = JSON.parse((await pins("--json")).stdout)
        assert.deepEqual(
            devices.map(({ id, pins }: { id: string; pins: Manifest | null }) => [id, pins?.bundle ?? null]),
            [
                ["gym", null],
                ["kitchen", manifest.bundle],
            ],
        )
        assert.deepEqual([devices[1].pins.format, devices[1].pins.anchors], ["idf50", manifest.anchors])
        assert.deepEqual(JSON.parse((await pins("gym", "--json")).stdout), { id: "gym", pins: null })
    })

    it("names the device to which the manifest belongs, and warns of a token that no device has, and of another server", async () => {
        const opened = await openDatabase(db)
        await writeEdgeStatus(opened, edgeStatus())
        await opened.close()
        const file = await write("device.json", { deviceTokenSha256: sha256Of(token) })
        const other = await pins("gym", file)
        assert.equal(other.code, 1)
        assert.match(
            other.stderr,
            /device-0x1000\.bin has the token of kitchen, not of gym \[MANIFEST_OF_OTHER_DEVICE\]/,
        )
        const unknown = await write("unknown.json", { deviceTokenSha256: "00".repeat(32) })
        const { code, stderr } = await pins("gym", unknown)
        assert.equal(code, 0)
        assert.match(stderr, /the token in device-0x1000\.bin is that of no device/)
        assert.match(stderr, /chosen for air\.test:443, but airpin renew looks after air\.example\.org$/m)
    })

    it("is done by device add --manifest too, but not with the manifest of another device", async () => {
        const file = await write("new.json")
        const added = await airpin(["device", "add", "attic", "--manifest", file, "--db", db])
        assert.match(added.stdout, /^pins {6}1 anchor of device-0x1000\.bin$/m)
        await write("new.json", { deviceTokenSha256: sha256Of(token) })
        const refused = await airpin(["device", "add", "hall", "--manifest", file, "--db", db])
        assert.match(refused.stderr, /has the token of kitchen, not of hall \[MANIFEST_OF_OTHER_DEVICE\]/)
        const { stdout } = await pins()
        assert.match(stdout, /^ +attic +attic +CN=Test root/m)
        assert.doesNotMatch(stdout, /hall/)
    })
})

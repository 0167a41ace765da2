import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { writeLock } from "../../../certs/lock.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { findBundle } from "../../../devs/image/bundle-region.ts"
import { readFlashImage, requireBootable } from "../../../devs/image/flash-image.ts"
import { hasPseudoTerminals } from "../../flash/support/pseudo-terminal.ts"
import { airpin, airpinUntil, temporaryFolder } from "../../support/airpin.ts"
import { bundleOf, temporaryCa } from "../../support/tls-servers.ts"
import { Hub } from "../support/hub.ts"
import { anchorsOf, type RoomChip, roomChips, START } from "../support/room-chips.ts"

const NAMES = ["room-1", "room-2", "room-3", "room-4", "room-5", "room-6"]
const REPIN = ["fleet", "repin", "--chain", "next.pem", "--servername", "air.test", "--db", "readings.db"]

describe("airpin fleet repin, and what it does not write to", function () {
    this.timeout(60_000)
    let folder: string
    let hub: Hub
    let rooms: RoomChip[]
    let bundle: Buffer

    before(async function () {
        if (!hasPseudoTerminals) this.skip()
        folder = await temporaryFolder()
        hub = new Hub(folder, NAMES.length)
        const old = await temporaryCa({ rootName: "Old root", serverNames: ["air.test"] })
        const next = await temporaryCa({ rootName: "New root", serverNames: ["air.test"] })
        bundle = bundleOf(next)
        await writeFile(path.join(folder, "next.pem"), next.server.chainPem)
        await writeLock(path.join(folder, "pinned"), anchorsOf(next), "air.test:443")
        await writeLock(path.join(folder, "pinned-before"), anchorsOf(old), "air.test:443")
        rooms = await roomChips(folder, old, NAMES)
    })
    afterEach(() => hub?.pullAll())

    const ports = (count = NAMES.length) => hub.paths.slice(0, count).flatMap(port => ["--port", port])
    const room = (number: number) => rooms[number - 1]!
    const namedIn = (text: string, number: number) =>
        text.split("\n").find(line => line.includes("[REPIN_MISMATCH]") && line.includes(`room-${number}: `)) ?? ""

    it("refuses pins that tomorrow's chain would not meet, before it opens a port", async () => {
        await hub.push(0, room(1).chip)
        const { code, stderr } = await airpin([...REPIN, "--pinned", "pinned-before", ...ports()], folder)
        assert.equal(code, 20, stderr)
        assert.match(stderr, /with the new pins, a device says: refused: .*\[FLEET_PINS_REFUSE\]/)
        assert.equal(room(1).chip.bytesReceived, 0)
    })

    it("writes nothing to a chip that is not what its image says, and ends by --idle", async () => {
        const { apps, bytes } = requireBootable(readFlashImage(room(1).image, "room-1-0x1000.bin"))
        const flip = (number: number, offset: number) => {
            const { flash } = room(number).chip
            flash[START + offset]! ^= 0x55
            return () => (flash[START + offset]! ^= 0x55)
        }
        const restore = [flip(1, 0x200), flip(2, findBundle(bytes, apps).app.at + 0x800)]
        // the image of another device, under the token of room-4
        const [image, manifest] = ["-0x1000.bin", ".json"].map(end => path.join(folder, "build", `room-4${end}`))
        assert.ok(image && manifest)
        const own = await readFile(manifest, "utf8")
        await writeFile(image, room(3).image)
        await writeFile(manifest, JSON.stringify({ ...JSON.parse(own), sha256: sha256Of(room(3).image) }))
        const { flash } = room(5).chip
        const before = Buffer.from(flash)
        flash.fill(0xff)
        // of no device of this server
        const removed = await airpin(["device", "revoke", "room-6", "--db", "readings.db"], folder)
        assert.equal(removed.code, 0, removed.stderr)

        for (const number of [1, 2, 4, 5, 6]) await hub.push(number - 1, room(number).chip)
        const { code, stdout, stderr } = await airpin(
            [...REPIN, "--pinned", "pinned", "--idle", "1", ...ports()],
            folder,
        )
        assert.equal(code, 10, stderr)
        assert.match(stdout, /^done {6}0 of 5$/m)
        assert.match(namedIn(stderr, 1), /the bootloader or the partition table on the chip differs/)
        assert.match(namedIn(stderr, 2), /the application on the chip differs/)
        assert.match(namedIn(stderr, 4), /room-4-0x1000\.bin is the image of another device/)
        assert.match(stderr, /the chip has no store of airpin: .*\[REPIN_MISMATCH\]/)
        assert.match(stderr, /chip a0:b1:c2:00:00:05 has the token of no device of this server \[REPIN_MISMATCH\]/)
        assert.deepEqual(
            rooms.map(({ chip }) => chip.sectorsTouched.size),
            [0, 0, 0, 0, 0, 0],
        )
        for (const undo of restore) undo()
        before.copy(flash)
        await writeFile(image, room(4).image)
        await writeFile(manifest, own)
    })

    it("ends with 130 at Ctrl-C while it waits, and the next run goes on with those that are left", async () => {
        const args = [...REPIN, "--pinned", "pinned", ...ports(2)]
        await hub.push(0, room(1).chip)
        const first = await airpinUntil(args, text => /^repinned /m.test(text), 30_000, folder)
        await sleep(300)
        const { code, stdout, stderr } = await first.stop()
        assert.ok(first.seen, stdout + stderr)
        assert.equal(code, 130)
        assert.match(stdout, /^done {6}1 of 5$/m)
        assert.match(stdout, /^open {6}room-2, room-3, room-4, room-5$/m)
        await hub.pull(0)
        await hub.push(1, room(2).chip)
        const second = await airpin([...args, "--idle", "2"], folder)
        assert.equal(second.code, 10, second.stderr)
        assert.match(second.stdout, /^open {6}room-2, room-3, room-4, room-5$/m)
        assert.match(second.stdout, /^done {6}1 of 4$/m)
        for (const number of [1, 2]) assert.ok(room(number).chip.flash.includes(bundle), `room-${number}`)
        assert.ok(!room(3).chip.flash.includes(bundle))
    })
})

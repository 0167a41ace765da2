import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { ChipModel } from "../../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../../flash/support/pseudo-terminal.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { bundleOf, temporaryCa } from "../../support/tls-servers.ts"
import { CLASS_SET_OPTIONS, type State, writeClassSet } from "../support/class-set.ts"
import { Hub } from "../support/hub.ts"

/** Behind the image: what a device has written since it was flashed. */
const READINGS_AT = 0x20_0000

describe("airpin fleet repin with devices of a list", function () {
    this.timeout(120_000)
    let folder: string
    let hub: Hub
    const chips: ChipModel[] = []

    before(async function () {
        if (!hasPseudoTerminals) this.skip()
        folder = await temporaryFolder()
        hub = new Hub(folder, 2)
        // one with a screen, which shows its anchors, and one without
        await writeClassSet(folder, ["m5stack_core", "xiao_esp32c3"])
        for (const [at, kind] of (["esp32", "esp32c3"] as const).entries()) {
            const chip = await ChipModel.plugIn({ kind, mac: Buffer.from([0xa0, 0xb1, 0xc2, 0, 0, at]) })
            await chip.unplug()
            chips.push(chip)
        }
    })
    after(() => hub?.pullAll())

    const ports = () => hub.paths.flatMap(port => ["--port", port])
    const flash = (...more: string[]) =>
        airpin(["fleet", "flash", "rooms.csv", "--yes", ...CLASS_SET_OPTIONS, ...ports(), ...more], folder)
    const plugIn = async () => {
        hub.pullAll()
        await sleep(700)
        for (const [slot, chip] of chips.entries()) await hub.push(slot, chip)
        for (const chip of chips) chip.sectorsTouched.clear()
    }
    const devices = async () => {
        const state: State = JSON.parse(await readFile(path.join(folder, ".airpin/fleet/rooms/state.json"), "utf8"))
        return Object.values(state.devices)
    }

    it("keeps them flashed: the next airpin fleet flash makes no image and writes nothing", async () => {
        await plugIn()
        const first = await flash()
        assert.equal(first.code, 0, first.stderr)
        for (const chip of chips) chip.flash.write("readings of weeks", READINGS_AT)
        const next = await temporaryCa({ rootName: "New root", intermediateName: "New CA" })
        await writeFile(path.join(folder, "next.pem"), next.server.chainPem)
        await writeFile(path.join(folder, "next-root.pem"), next.rootPem)
        const pin = ["pin", "localhost:8443", "--chain", "next.pem", "--ca", "next-root.pem", "--pinned", "new"]
        const pinned = await airpin(pin, folder)
        assert.equal(pinned.code, 0, pinned.stderr)
        await plugIn()
        const repin = ["fleet", "repin", "--db", "readings.db", "--pinned", "new", "--idle", "40", ...ports()]
        const repinned = await airpin(repin, folder)
        assert.equal(repinned.code, 0, repinned.stdout + repinned.stderr)
        await plugIn()
        const again = await flash("--pinned", "new")
        assert.equal(again.code, 0, again.stderr)
        assert.match(again.stdout, /images +0 made, 2 kept/)
        for (const chip of chips) {
            assert.deepEqual([...chip.sectorsTouched], [])
            assert.ok(chip.flash.includes("readings of weeks") && chip.flash.includes(bundleOf(next)))
        }
        assert.ok((await devices()).every(({ image, flashed }) => flashed?.sha256 === image.sha256))
    })

    it("does not count one as flashed whose chip has other settings than its image", async () => {
        const list = path.join(folder, "rooms.csv")
        await writeFile(list, (await readFile(list, "utf8")).replace("school,30,5", "school,40,5"))
        const made = await flash("--pinned", "new", "--no-flash")
        assert.match(made.stdout, /images +1 made, 1 kept/, made.stderr)
        await plugIn()
        const all = ["fleet", "repin", "--db", "readings.db", "--pinned", "pinned", "--idle", "40", ...ports()]
        const repinned = await airpin(all, folder)
        assert.equal(repinned.code, 0, repinned.stdout + repinned.stderr)
        const flashed = (await devices()).map(({ image, flashed }) => flashed?.sha256 === image.sha256)
        assert.deepEqual(flashed, [true, false])
    })
})

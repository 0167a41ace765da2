import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { writeLock } from "../../../certs/lock.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { listPins, storePins } from "../../../devs/api/pins/device-pins.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { pinsIn } from "../../../devs/commands/service/device-pins.ts"
import { readBoard } from "../../../devs/image/boards.ts"
import { chips } from "../../../devs/image/chip.ts"
import { makeBase, withStore } from "../../../devs/image/make-image.ts"
import { createManifest } from "../../../devs/image/manifest/manifest.ts"
import { buildFirmware } from "../../../devs/vm/firmware.ts"
import { ChipModel } from "../../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../../flash/support/pseudo-terminal.ts"
import { BIN, temporaryFolder } from "../../support/airpin.ts"
import { stockImage } from "../../support/flash-file.ts"
import { bundleOf, temporaryCa } from "../../support/tls-servers.ts"
import { Hub } from "../support/hub.ts"

const START = chips.esp32.bootloaderAt
/** In the store, behind its entries: what a device has written since it was flashed. */
const READINGS_AT = 0x20_0000

const anchorsOf = (ca: LocalCa) =>
    parsePem(ca.rootPem).map(certificate => ({
        ...{ certificate, role: "issuer" as const, source: "ca-file" as const, reason: "" },
    }))

/** At the worst moment: a sector of its application is erased, and not written yet. */
function unplugAfterErasing(chip: ChipModel): void {
    chip.sectorsTouched.add = function (sector) {
        chip.sectorsTouched.add = Set.prototype.add
        void chip.unplug()
        return this.add(sector)
    }
}

describe("airpin fleet repin with a hub of chips", function () {
    this.timeout(120_000)
    let folder: string
    let hub: Hub
    let next: LocalCa
    const chipModels: ChipModel[] = []
    const flashBefore: Buffer[] = []

    before(async function () {
        if (!hasPseudoTerminals) this.skip()
        folder = await temporaryFolder()
        hub = new Hub(folder, 2)
        const old = await temporaryCa({ rootName: "Old root", serverNames: ["air.test"] })
        next = await temporaryCa({ rootName: "New root", serverNames: ["air.test"] })
        await writeFile(path.join(folder, "next.pem"), next.server.chainPem)
        await writeLock(path.join(folder, "pinned"), anchorsOf(next), "air.test:443")
        await mkdir(path.join(folder, "build"))
        const db = await openDatabase(path.join(folder, "readings.db"))
        const board = await readBoard("m5stack_core")
        const anchors = parsePem(old.rootPem)
        const base = await makeBase({ runtime: stockImage(), runtimeName: "stock-0x1000.bin", board, anchors })
        const { bytecode } = await buildFirmware()
        // the last one is a stranger: its image is not on this computer
        for (const name of ["room-1", "room-2", "room-3", "stranger"]) {
            const { token } = await addDevice(db, { id: name, createdAt: 5 })
            const settings = { API_URL: "https://air.test", API_TOKEN: token }
            const bytes = await withStore(base, { bytecode, settings })
            const manifest = createManifest(bytes, {
                ...{ file: `${name}-0x1000.bin`, board: { id: "m5stack_core", name: "M5Stack" } },
                ...{ runtime: { file: "r", sha256: "" }, deviceTokenSha256: sha256Of(token) },
                pins: { anchors: anchorsOf(old), hosts: ["air.test:443"] },
            })
            if (name !== "stranger") {
                await storePins(db, name, pinsIn(manifest), 5)
                await writeFile(path.join(folder, "build", manifest.file), bytes)
                await writeFile(path.join(folder, "build", `${name}.json`), JSON.stringify(manifest))
            }
            const chip = await ChipModel.plugIn({
                kind: "esp32",
                mac: Buffer.from([0xa0, 0xb1, 0xc2, 0, 0, chipModels.length]),
            })
            await chip.unplug()
            bytes.copy(chip.flash, START)
            chip.flash.write("readings of weeks", READINGS_AT)
            flashBefore.push(Buffer.from(chip.flash))
            chipModels.push(chip)
        }
        await db.close()
    })
    after(() => hub?.pullAll())

    it("re-pins three, one unplugged in the middle, refuses a stranger, and ends when all have the new pins", async () => {
        const waiting = [...chipModels]
        unplugAfterErasing(chipModels[1]!)
        let output = ""
        const errors: unknown[] = []
        const refill = async (slot: number) => {
            const chip = waiting.shift()
            if (chip) await hub.push(slot, chip)
        }
        const onLine = async (line: string) => {
            output += `${line}\n`
            const slot = hub.paths.findIndex(file => line.includes(`${file}:`) || line.includes(`${file} `))
            const chip = slot < 0 ? undefined : hub.chipIn(slot)
            if (!chip || !/^repinned|\[/.test(line)) return
            await hub.pull(slot)
            await sleep(700)
            if (!line.includes("PORT_UNPLUGGED")) return await refill(slot)
            await hub.push(slot, chip)
        }
        await refill(0)
        await refill(1)
        const args = ["fleet", "repin", "--chain", "next.pem", "--servername", "air.test", "--pinned", "pinned"]
        const ports = hub.paths.flatMap(port => ["--port", port])
        const child = spawn(process.execPath, [BIN, ...args, "--db", "readings.db", "--idle", "40", ...ports], {
            cwd: folder,
            stdio: ["ignore", "pipe", "pipe"],
        })
        for (const stream of [child.stdout, child.stderr]) {
            let rest = ""
            stream.on("data", data => {
                const lines = `${rest}${data}`.split("\n")
                rest = lines.pop() ?? ""
                for (const line of lines) void onLine(line).catch(error => errors.push(error))
            })
        }
        const code = await new Promise(resolve => child.once("exit", resolve))
        assert.deepEqual([code, errors], [0, []], output)
        assert.match(output, /^open {6}room-1, room-2, room-3$/m)
        assert.match(output, /room-2: .* \[PORT_UNPLUGGED\]; next: plug it in again/)
        assert.match(output, /^repinned {2}✓ room-1 on .*: \d.* kB in .* s, verified \(\d left|all done\)$/m)
        assert.match(output, /^done {6}3 of 3$/m)
        const bundle = bundleOf(next)
        for (const [at, chip] of chipModels.slice(0, 3).entries()) {
            const image = await readFile(path.join(folder, "build", `room-${at + 1}-0x1000.bin`))
            const own = chip.flash.subarray(START, START + image.length)
            const changed = flashBefore[at]!.subarray(START + image.length)
            assert.ok(own.includes(bundle), `room-${at + 1}`)
            assert.ok(chip.flash.subarray(START + image.length).equals(changed))
            assert.ok(chip.flash.includes("readings of weeks"))
        }
        const db = await openDatabase(path.join(folder, "readings.db"))
        const stored = await listPins(db.sql)
        await db.close()
        assert.deepEqual(
            stored.map(({ id, pins }) => [id, pins?.anchors.map(({ subject }) => subject)]),
            [...["room-1", "room-2", "room-3"].map(id => [id, ["CN=New root"]]), ["stranger", undefined]],
        )
        assert.ok(chipModels[3]!.sectorsTouched.size === 0)
    })
})

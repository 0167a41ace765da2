import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { readFile, stat } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { chips } from "../../devs/image/chip.ts"
import { readManifest } from "../../devs/image/manifest/manifest-file.ts"
import { Random } from "../../devs/sim/random.ts"
import { ChipModel } from "../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../flash/support/pseudo-terminal.ts"
import { airpin, BIN, temporaryFolder } from "../support/airpin.ts"
import { BOARDS, CLASS_SET_OPTIONS, PASSWORD, type State, writeClassSet } from "./support/class-set.ts"
import { Hub } from "./support/hub.ts"

/** AIRPIN_LONG_FLEET=30: a whole class set, with runtimes of the real size. */
const LONG = Number(process.env.AIRPIN_LONG_FLEET ?? 0)
const DEVICES = LONG || 4
const SLOTS = LONG ? 6 : 2
/** How often a plug is pulled while its chip is written. */
const PULLS = LONG ? 20 : 2
/** Shorter boards than all three need no program of their own compiled in the short form. */
const boardOf = (at: number) => BOARDS[LONG ? at % 3 : 2]!

describe("airpin fleet flash with a hub of chips", function () {
    this.timeout(LONG ? 1_200_000 : 120_000)
    let folder: string
    let hub: Hub
    const random = new Random(18)
    const waiting: ChipModel[] = []
    /** by the last byte of their MAC addresses */
    const chipModels: ChipModel[] = []

    before(async function () {
        if (!hasPseudoTerminals) this.skip()
        folder = await temporaryFolder()
        hub = new Hub(folder, SLOTS)
        await writeClassSet(
            folder,
            Array.from({ length: DEVICES }, (_, at) => boardOf(at).id),
            LONG > 0,
        )
    })
    after(() => hub?.pullAll())

    const args = (...more: string[]) => [
        ...["fleet", "flash", "rooms.csv", "--yes", ...CLASS_SET_OPTIONS],
        ...hub.paths.flatMap(port => ["--port", port]),
        ...more,
    ]
    const state = async (): Promise<State> =>
        JSON.parse(await readFile(path.join(folder, ".airpin/fleet/rooms/state.json"), "utf8"))

    it("makes the images of all devices in one run, and nothing the next time", async () => {
        const beganAtMs = performance.now()
        const first = await airpin(["--json", ...args("--no-flash")], folder)
        const seconds = (performance.now() - beganAtMs) / 1000
        assert.equal(first.code, 0, first.stderr)
        const { images, devices } = JSON.parse(first.stdout)
        assert.equal(images.made, DEVICES)
        assert.deepEqual(
            devices.map(({ state }: { state: string }) => state),
            Array.from({ length: DEVICES }, () => "image made"),
        )
        if (LONG)
            console.log(
                `      ${DEVICES} images: ${images.imageMs.toFixed(0)} ms, compiling ${images.compileMs.toFixed(0)} ms, the command ${seconds.toFixed(1)} s`,
            )
        const { code, stdout } = await airpin(["--json", ...args("--no-flash")], folder)
        assert.equal(code, 0)
        assert.equal(JSON.parse(stdout).images.kept, DEVICES)
        const file = path.join(folder, ".airpin/fleet/rooms/state.json")
        assert.equal((await stat(file)).mode & 0o777, 0o600)
        assert.ok(!(await readFile(file, "utf8")).includes(PASSWORD))
    })

    it(`flashes ${DEVICES} chips in ${SLOTS} slots, with plugs pulled and the run stopped once`, async () => {
        for (let at = 0; at < DEVICES; at++) {
            const mac = Buffer.from([0xa0, 0xb1, 0xc2, 0, 0, at])
            const chip = await ChipModel.plugIn({ kind: boardOf(at).chip, mac })
            await chip.unplug()
            waiting.push(chip)
            chipModels.push(chip)
        }
        let flashed = 0
        let pulls = 0
        let stopped = false
        let output = ""
        const errors: unknown[] = []
        const refill = async (slot: number) => {
            const next = waiting.shift()
            if (!next) return
            if (pulls < PULLS && random.between(0, 1) < 0.75) {
                pulls++
                next.faults = { unplugAtByte: Math.floor(random.between(2_000, LONG ? 900_000 : 30_000)) }
            }
            await hub.push(slot, next)
        }
        /** What a person does: takes a chip that is done out, and puts one that went away in again. */
        const onLine = async (line: string) => {
            output += `${line}\n`
            const slot = hub.paths.findIndex(file => [":", " ", ","].some(next => line.includes(`${file}${next}`)))
            const chip = slot < 0 ? undefined : hub.chipIn(slot)
            if (!chip) return
            if (/^flashed|^known/.test(line)) {
                flashed += Number(line.startsWith("flashed"))
                await hub.pull(slot)
                await sleep(700)
                await refill(slot)
            } else if (/PORT_UNPLUGGED|\[/.test(line)) {
                await hub.pull(slot)
                chip.faults = {}
                await sleep(700)
                await hub.push(slot, chip)
            }
        }
        for (let slot = 0; slot < SLOTS; slot++) await refill(slot)
        const run = async (stopAt: number) => {
            const child = spawn(process.execPath, [BIN, ...args()], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
            const exited = new Promise<number | null>(resolve => child.once("exit", resolve))
            for (const stream of [child.stdout, child.stderr]) {
                let rest = ""
                stream.on("data", data => {
                    const lines = `${rest}${data}`.split("\n")
                    rest = lines.pop() ?? ""
                    for (const line of lines) void onLine(line).catch(error => errors.push(error))
                    if (flashed >= stopAt && !stopped) {
                        stopped = true
                        child.kill("SIGINT")
                    }
                })
            }
            return await exited
        }
        const beganAtMs = performance.now()
        assert.equal(await run(Math.floor(DEVICES / 2)), 130, output)
        const { devices: half } = await state()
        assert.ok(Object.values(half).some(({ flashed }) => !flashed))
        // these ports have no line to the chip's reset: RESET pressed while BOOT is held
        for (let slot = 0; slot < SLOTS; slot++) hub.chipIn(slot)?.reset()
        assert.equal(await run(Infinity), 0, output)
        if (LONG)
            console.log(
                `      ${DEVICES} chips in ${((performance.now() - beganAtMs) / 1000).toFixed(0)} s, ${pulls} pulled`,
            )
        assert.deepEqual(errors, [])
        const failed = output.match(/plug it in again, and this goes on/g)?.length ?? 0
        assert.ok(pulls === PULLS && failed >= PULLS, `${pulls} pulled, ${failed} noticed`)
        const { devices } = await state()
        for (const [name, { mac, image, flashed }] of Object.entries(devices)) {
            const chip = chipModels.find((_, at) => mac === `a0:b1:c2:00:00:${at.toString(16).padStart(2, "0")}`)
            assert.ok(chip, `${name} has the chip ${mac}`)
            assert.equal(flashed?.sha256, image.sha256)
            const file = path.join(folder, ".airpin/fleet/rooms", image.file)
            const bytes = await readFile(file)
            const manifest = (await readManifest(file))!
            const startAt = chips[manifest.chip as "esp32"].bootloaderAt
            assert.equal(manifest.sha256, image.sha256)
            assert.ok(chip.flash.subarray(startAt, startAt + bytes.length).equals(bytes), `${name} differs`)
        }
        assert.equal(new Set(Object.values(devices).map(({ mac }) => mac)).size, DEVICES)
    })

    it("adds the devices, their groups and what they trust to the server, and draws labels", async () => {
        const { stdout } = await airpin(["--json", "device", "pins", "--db", "readings.db"], folder)
        const listed = JSON.parse(stdout) as { name: string; pins: object | null }[]
        assert.equal(listed.length, DEVICES)
        assert.ok(listed.every(({ pins }) => pins !== null))
        const site = JSON.parse((await airpin(["--json", "site", "show", "--db", "readings.db"], folder)).stdout)
        assert.ok(
            Object.values(site.rooms).every(room =>
                (room as { group: string }).group.startsWith("Building A / Floor "),
            ),
        )
        const sheets = DEVICES > 21 ? ["labels-1.svg", "labels-2.svg"] : ["labels.svg"]
        const drawn = await Promise.all(
            sheets.map(name => readFile(path.join(folder, ".airpin/fleet/rooms", name), "utf8")),
        )
        assert.equal(drawn.join("").match(/>Room 1\d\d</g)?.length, DEVICES)
    })

    it("knows a chip that is plugged in again, writes nothing to it, and gives a room another chip", async () => {
        const { devices } = await state()
        const chipOf = (name: string) => chipModels[parseInt(devices[name]!.mac!.slice(-2), 16)]!
        const [replaced, kept] = [chipOf("Room 101"), chipOf("Room 102")]
        replaced.flash.fill(0xff)
        kept.sectorsTouched.clear()
        await hub.push(0, kept)
        await sleep(500)
        await hub.push(1, replaced)
        const { code, stdout, stderr } = await airpin(args("--replace", "Room 101"), folder)
        assert.equal(code, 0, stderr)
        assert.match(stdout, new RegExp(`images +0 made, ${DEVICES} kept`))
        assert.match(stdout, /known +Room 102 on .*slot-1 has its image already/)
        assert.match(stdout, /flashed +✓ Room 101 on .*slot-2/)
        assert.deepEqual([...kept.sectorsTouched], [])
    })
})

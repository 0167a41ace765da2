import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { promisify } from "node:util"
import { patchBoardConfig, readBoardConfig } from "../../devs/image/board-config.ts"
import { readBoard } from "../../devs/image/boards.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { temporaryFolder } from "../support/airpin.ts"
import { buildApp, buildFirmware, type FirmwareOptions } from "../support/firmware-image.ts"

const small = { dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [] }
const image = (options: FirmwareOptions = {}) => readFlashImage(buildFirmware({ apps: [small], ...options }))
/** Offset of the configuration in a file that begins at flash address 0x1000. */
const CONFIG_AT = 0x8000
const CONFIG_END = 0xa000

/** `boards/esp32/arch.json` of devicescript-esp32, without the keys that only its own build needs. */
const arch = {
    id: "esp32",
    dcfgOffset: "0x9000",
    binFlashOffset: "0x1000",
    fstorOffset: "0x1c0000",
    pins: {
        boot: "0,2,5,12,15",
        io: "boot,4,13,14,18,19,21,22,23,25,26,27,32,33",
        input: "io,34,35,36,37,38,39",
        psram: "16,17",
        flash: "6-11",
    },
}

describe("the board configuration", () => {
    let patched: Buffer
    before(async () => {
        patched = await patchBoardConfig(image(), await readBoard("m5stack_fire"))
    })

    const region = () => Buffer.from(patched.subarray(CONFIG_AT, CONFIG_END))

    it("is what the DeviceScript CLI writes", async () => {
        const folder = await temporaryFolder()
        const file = (name: string) => path.join(folder, name)
        await writeFile(file("arch.json"), JSON.stringify(arch))
        await writeFile(file("runtime.bin"), image().bytes)
        await writeFile(
            file("m5stack_fire.board.json"),
            await readFile(path.join(projectDirectory, "boards/m5stack_fire.board.json")),
        )
        const devs = path.join(projectDirectory, "node_modules/@devicescript/cli/devicescript")
        await promisify(execFile)(
            process.execPath,
            [devs, "binpatch", "--bin", "runtime.bin", "--outdir", ".", file("m5stack_fire.board.json")],
            { cwd: folder },
        )
        const theirs = await readFile(file("devicescript-esp32-m5stack_fire-0x1000.bin"))
        assert.deepEqual(patched, theirs)
    })

    it("changes only its region, and not its input", async () => {
        const before = image()
        await patchBoardConfig(before, await readBoard("m5stack_fire"))
        assert.deepEqual(before.bytes, image().bytes)
        assert.deepEqual(Buffer.from(patched).fill(0xff, CONFIG_AT, CONFIG_END), before.bytes)
    })

    it("is at 0x9000 in a file that begins at 0", async () => {
        const board = await readBoard("m5stack_fire")
        const whole = await patchBoardConfig(image({ startAt: 0 }), board)
        assert.deepEqual(whole.subarray(0x9000, 0xb000), region())
        const { devName } = readBoardConfig(
            (await patchBoardConfig(image({ chip: "esp32s3" }), await readBoard("m5atom_s3_lite"))).subarray(
                0x9000,
                0xb000,
            ),
        )!
        assert.equal(devName, "M5Stack AtomS3 Lite")
    })

    it("reads back with the values of the board file", () => {
        const { entries, ...config } = readBoardConfig(region())!
        assert.deepEqual(config, {
            devName: "M5Stack Fire",
            productId: 0x3a9e5d17,
            archId: "esp32",
            i2c: { sda: 21, scl: 22 },
        })
        assert.deepEqual(
            ["id", "led.pin", "led.type", "pins.RGB", "pins.BTNA", "sPin.BUZZER", "i2c.kHz", "$services"].map(key =>
                entries.get(key),
            ),
            ["m5stack_fire", "RGB", 1, 15, 39, 0, 50, undefined],
        )
    })

    it("replaces the whole configuration of another board", async () => {
        const stick = await readBoard("m5stick_c_plus")
        const again = await patchBoardConfig(readFlashImage(patched), stick)
        assert.deepEqual(again, await patchBoardConfig(image(), stick))
    })

    it("is not written into an image for another chip", async () => {
        const other = await readBoard("m5atom_s3_lite")
        await assert.rejects(patchBoardConfig(readFlashImage(patched), other), {
            code: "BOARD_CHIP_MISMATCH",
            message: /m5atom_s3_lite .*esp32s3, .* esp32$/,
        })
    })

    it("is not written over other data", async () => {
        const board = await readBoard("m5stack_fire")
        await assert.rejects(patchBoardConfig(image({ dcfg: Buffer.alloc(0x2000, 0x33) }), board), {
            code: "BOARD_CONFIG_DAMAGED",
        })
    })

    it("is refused for an application alone", async () => {
        const board = await readBoard("m5stack_fire")
        await assert.rejects(patchBoardConfig(readFlashImage(buildApp(small)), board), { code: "PARTITION_MISSING" })
    })

    it("is refused with pins that the chip needs itself", async () => {
        const board = await readBoard("m5stack_fire")
        const pins = { ...(board.definition.pins as object), P16: 16 }
        const bad = { ...board, definition: { ...board.definition, pins } }
        await assert.rejects(patchBoardConfig(image(), bad), {
            code: "BOARD_INVALID",
            message: /m5stack_fire\.board\.json: P16=16 has 'psram' function/,
        })
    })

    it("is refused if the chip would read something else: a name that is taken for a number", async () => {
        const board = await readBoard("m5stack_fire")
        const odd = { ...board, definition: { ...board.definition, devName: "0x12" } }
        await assert.rejects(patchBoardConfig(image(), odd), { code: "BOARD_CONFIG_UNPROVEN" })
    })

    it("is undefined if nothing was written", () => {
        for (const blank of [0x00, 0xff]) assert.equal(readBoardConfig(Buffer.alloc(0x2000, blank)), undefined)
        assert.equal(readBoardConfig(Buffer.alloc(0)), undefined)
    })

    /** The first entry is at 88: key, hash at +16, type and size at +18, value at +20; data follow the terminator. */
    const dataAt = (bytes: Buffer) => 88 + 24 * (bytes.readUInt16LE(12) + 1)
    const damages: Record<string, [chipError: number, damage: (region: Buffer) => unknown]> = {
        "another magic": [2002, bytes => bytes.fill("X", 0, 1)],
        "another second magic": [2003, bytes => bytes.writeUInt32LE(1, 4)],
        "a size beyond the region": [2004, bytes => bytes.writeUInt32LE(0x2001, 8)],
        "more entries than its size": [2014, bytes => bytes.writeUInt16LE(0xffff, 12)],
        "one entry too few": [2015, bytes => bytes.writeUInt16LE(31, 12)],
        "a jump too far": [2018, bytes => bytes.writeUInt16LE(32, 24)],
        "a key without an end": [2006, bytes => bytes.fill("k", 88, 104)],
        "another key": [2007, bytes => bytes.write("x", 88)],
        "a string that lies outside": [2012, bytes => bytes.writeUInt32LE(0x1f00, stringEntryAt(bytes) + 20)],
        "a string without an end": [2013, bytes => bytes.writeUInt8(0x41, bytes.indexOf(0, dataAt(bytes)))],
    }
    for (const [name, [chipError, damage]] of Object.entries(damages))
        it(`is refused with ${name}, as by the chip`, () => {
            const bytes = region()
            damage(bytes)
            assert.throws(() => readBoardConfig(bytes), {
                code: "BOARD_CONFIG_DAMAGED",
                message: new RegExp(`error ${chipError} `),
            })
        })

    it("never reads beyond its input", () => {
        const whole = region()
        const sizeBytes = whole.readUInt32LE(8)
        for (let length = 1; length < sizeBytes; length++)
            assert.throws(() => readBoardConfig(whole.subarray(0, length)), { code: "BOARD_CONFIG_DAMAGED" })
        assert.ok(readBoardConfig(whole.subarray(0, sizeBytes)))
    })
})

/** Offset of the first entry with a string. */
function stringEntryAt(bytes: Buffer): number {
    let at = 88
    while ((bytes[at + 18]! & 3) !== 2) at += 24
    return at
}

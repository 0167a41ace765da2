import assert from "node:assert/strict"
import { readFlashImage, regionOf } from "../../devs/image/flash-image.ts"
import { flipBit, overwrite } from "../support/damage.ts"
import {
    APP_ADDRESS,
    type AppOptions,
    buildApp,
    buildBootloader,
    buildFirmware,
    type ChipName,
    type FirmwareOptions,
    noise,
    packBundleBe,
    realRoots,
    resealImage,
    TABLE_ADDRESS,
} from "../support/firmware-image.ts"

const SMALL: AppOptions = { dataBytes: 0, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }
const build = (options: FirmwareOptions = {}) => buildFirmware({ apps: [SMALL], ...options })
/** begins at flash address 0x1000 */
const file = build()

/** The file with other bytes at a flash address. */
function changed(address: number, bytes: Uint8Array, startAt = 0x1000, whole = file): Buffer {
    return overwrite(whole, address - startAt, bytes)
}

const refuses = (bytes: Uint8Array, code: string, name?: string) =>
    assert.throws(() => readFlashImage(bytes, name), { name: "AirpinError", code })

describe("a flash image", () => {
    const starts: [ChipName, 0 | 0x1000][] = [
        ["esp32", 0x1000],
        ["esp32", 0],
        ["esp32s2", 0x1000],
        ["esp32s2", 0],
        ["esp32c3", 0],
        ["esp32s3", 0],
    ]
    for (const [chip, startAt] of starts) {
        it(`for ${chip} is read from a file that begins at 0x${startAt.toString(16)}`, () => {
            const image = readFlashImage(build({ chip, startAt, flashSizeMb: 8 }))
            assert.deepEqual([image.chip, image.startAt, image.flashSizeBytes], [chip, startAt, 8 * 1024 * 1024])
            assert.deepEqual(
                image.partitions.map(({ label }) => label),
                ["dcfg", "nvs", "phy_init", "factory", "fstor"],
            )
            assert.deepEqual(
                image.apps.map(({ at }) => at),
                [0x10000 - startAt],
            )
            assert.equal(image.bootloader?.at, chip === "esp32" || chip === "esp32s2" ? 0x1000 - startAt : 0)
        })
    }

    it("may have zeros in its gaps, and no MD5 in its partition table", () => {
        assert.equal(
            readFlashImage(changed(0, Buffer.alloc(0x1000), 0, build({ startAt: 0, md5Row: false }))).startAt,
            0,
        )
    })

    it("may have two applications, one and an empty partition, or one and a partition behind the end of the file", () => {
        const two = build({ apps: [SMALL, SMALL] })
        assert.deepEqual(
            readFlashImage(two).apps.map(({ at }) => at),
            [0xf000, 0xdf000],
        )
        assert.equal(readFlashImage(Buffer.from(two).fill(0xff, 0xdf000)).apps.length, 1)
        assert.equal(readFlashImage(two.subarray(0, 0xdf000)).apps.length, 1)
    })

    it("gives the bytes of its partitions as far as the file has them", () => {
        const image = readFlashImage(build({ dcfg: Buffer.from("board"), fstor: Buffer.from("store") }))
        const [dcfg, , , factory, fstor] = image.partitions.map(partition => regionOf(image, partition))
        assert.deepEqual([dcfg!.length, dcfg!.toString("latin1", 0, 5)], [0x2000, "board"])
        assert.deepEqual(factory!.subarray(0, 100), buildApp(SMALL).subarray(0, 100))
        assert.deepEqual([fstor!.length, fstor!.toString("latin1", 0, 5)], [4096, "store"])
        const short = readFlashImage(file)
        assert.equal(regionOf(short, short.partitions[4]!).length, 0)
    })

    it("may be an application alone, without an address and partitions", () => {
        const app = buildApp(SMALL, "esp32c3")
        const image = readFlashImage(app, "clean-air.bin")
        assert.deepEqual(
            [image.chip, image.startAt, image.flashSizeBytes, image.partitions],
            ["esp32c3", undefined, undefined, []],
        )
        assert.deepEqual(
            image.apps.map(({ at, endAt }) => [at, endAt]),
            [[0, app.length]],
        )
        assert.equal(
            regionOf(image, { label: "nvs", type: 1, subtype: 2, offset: 0x9000, sizeBytes: 0x1000 }).length,
            0,
        )
    })

    it("may be an application alone that happens to contain the first bytes of a partition table", () => {
        const app = buildApp()
        for (const at of [0x7000, 0x8000]) app.set([0xaa, 0x50], at)
        resealImage(app, 0)
        assert.equal(readFlashImage(app).apps.length, 1)
    })

    it("must match the address in its file name", () => {
        for (const name of ["devicescript-esp32-esp32_bare-0x1000.bin", "image.bin", "dir-0x0/image.bin"])
            assert.equal(readFlashImage(file, name).startAt, 0x1000)
        refuses(file, "IMAGE_NAME_MISMATCH", "devicescript-esp32-esp32_bare-0x0.bin")
        refuses(build({ chip: "esp32s3" }), "IMAGE_NAME_MISMATCH", "devicescript-esp32s3-bare-0x1000.bin")
    })

    const bootloaderOf = (sizeNumber: number) => {
        const bootloader = buildBootloader()
        bootloader[3] = (sizeNumber << 4) | 0xf
        resealImage(bootloader, 0)
        return bootloader
    }
    const bad: Record<string, Buffer> = {
        PARTITION_TABLE_MISSING: changed(TABLE_ADDRESS, Buffer.of(0xab)),
        PARTITION_TABLE_TRUNCATED: file.subarray(0, 0x7fff),
        PARTITION_TABLE_MD5_WRONG: changed(TABLE_ADDRESS, Buffer.of(0xaa, 0x50, 0x8b)),
        PARTITION_BEYOND_FLASH: build({ flashSizeMb: 1 }),
        IMAGE_START_AMBIGUOUS: changed(0x9000, Buffer.of(0xaa, 0x50)),
        IMAGE_START_UNEXPECTED: changed(0, Buffer.of(0x5a), 0, build({ startAt: 0 })),
        IMAGE_BOOTLOADER_MISPLACED: changed(0x1000, buildBootloader("esp32c3")),
        IMAGE_CHIP_MIXED: changed(0x1000, buildBootloader("esp32s2")),
        IMAGE_FLASH_SIZE: changed(0x1000, bootloaderOf(8)),
        IMAGE_BEYOND_FLASH: Buffer.concat([build({ flashSizeMb: 2 }), Buffer.alloc(2 * 1024 * 1024, 0xff)]),
        IMAGE_NOT_FOUND: Buffer.from(file).fill(0xff, 0xf000),
        IMAGE_TRUNCATED: file.subarray(0, 0xf000 + 0x1000),
        IMAGE_BEYOND_PARTITION: build({ apps: [{ ...SMALL, dataBytes: 900 * 1024 }, SMALL] }),
        IMAGE_CHECKSUM_WRONG: changed(APP_ADDRESS + 0x800, noise(4, 1)),
        IMAGE_SIGNED: build({ apps: [{ ...SMALL, signed: true }] }),
    }
    for (const [code, bytes] of Object.entries(bad)) it(`is refused as ${code}`, () => refuses(bytes, code))

    it("is refused if it is encrypted, or not a flash image at all", () => {
        refuses(noise(0x20000, 1), "PARTITION_TABLE_MISSING")
        refuses(Buffer.alloc(0), "IMAGE_FOREIGN")
        refuses(changed(APP_ADDRESS, noise(0x1000, 2)), "IMAGE_NOT_FOUND")
    })

    it("is refused if its bootloader is missing or damaged", () => {
        refuses(changed(0x1000, Buffer.of(0xff)), "IMAGE_NOT_FOUND")
        refuses(changed(0x1200, noise(8, 3)), "IMAGE_CHECKSUM_WRONG")
    })

    it("is refused if it is cut off at any multiple of 4 kB", () => {
        const whole = buildFirmware()
        for (let end = 0; end < whole.length; end += 4096)
            assert.throws(() => readFlashImage(whole.subarray(0, end)), { name: "AirpinError" }, `${end} bytes`)
    })

    it("is refused with any bit of the bootloader flipped", () => {
        const end = buildBootloader().length
        for (let bit = 0; bit < end * 8; bit += bit < 64 * 8 ? 1 : 13) {
            const flipped = flipBit(file, bit)
            assert.throws(() => readFlashImage(flipped), { name: "AirpinError" }, `bit ${bit}`)
        }
    })
})

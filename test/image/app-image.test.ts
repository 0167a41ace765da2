import assert from "node:assert/strict"
import { mappedData, parseAppImage, resealAppImage } from "../../devs/image/app-image.ts"
import { flipBit, overwrite } from "../support/damage.ts"
import {
    type AppOptions,
    buildApp,
    buildBootloader,
    type ChipName,
    packBundleBe,
    realRoots,
    resealImage,
} from "../support/firmware-image.ts"

const SMALL: AppOptions = { dataBytes: 0, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }
const app = buildApp(SMALL)
const [SEGMENT_COUNT_AT, CHIP_AT, HASH_FLAG_AT, FIRST_LENGTH_AT] = [1, 12, 23, 28]

/** The image with other bytes, and checksum and hash to match. */
function changed(at: number, ...values: number[]): Buffer {
    const copy = overwrite(app, at, values)
    resealImage(copy, 0)
    return copy
}

const refuses = (bytes: Buffer, code: string, limit?: number) =>
    assert.throws(() => parseAppImage(bytes, 0, limit), { name: "AirpinError", code })
const refusesSomehow = (bytes: Buffer, what: string) =>
    assert.throws(() => parseAppImage(bytes, 0), { name: "AirpinError" }, what)

/** Header, a segment of eight bytes in RAM, and checksum, written by hand. */
const BY_HAND = Buffer.from(
    "e9010220" +
        "00000840" +
        "ee000000" +
        "0000" +
        "000000000000000000" +
        "00" + // 24 bytes of header
        "00000840" +
        "08000000" +
        "0102030405060708" + // 0x40080000, 8 bytes
        "00000000000000" +
        "e7", // 0xef ^ 01 ^ … ^ 08
    "hex",
)

describe("an application image", () => {
    it("is read as esptool writes it, byte by byte", () => {
        assert.deepEqual(parseAppImage(BY_HAND, 0), {
            at: 0,
            chip: "esp32",
            segments: [{ loadAddress: 0x40080000, at: 32, sizeBytes: 8 }],
            checksumAt: 47,
            endAt: 48,
        })
    })

    for (const [chip, dataAddress] of Object.entries({
        esp32: 0x3f400020,
        esp32s2: 0x3f000020,
        esp32c3: 0x3c120020,
        esp32s3: 0x3c120020,
    })) {
        it(`gives chip, description and constants for ${chip}`, () => {
            const options = { projectName: "clean_air", version: "1.2.3", idfVersion: "v5.0.5" }
            const image = parseAppImage(buildApp(options, chip as ChipName), 0)
            assert.equal(image.chip, chip)
            assert.deepEqual(image.description, options)
            assert.deepEqual(mappedData(image), [{ loadAddress: dataAddress, at: 32, sizeBytes: 400 * 1024 }])
            assert.equal(image.segments.length, 5)
        })
    }

    it("is read from the middle of a longer file, up to the end of its partition", () => {
        const file = Buffer.concat([Buffer.alloc(0x10000, 0xff), app, Buffer.alloc(0x3000, 0xff)])
        const image = parseAppImage(file, 0x10000, 0x12000)
        assert.deepEqual([image.at, image.endAt], [0x10000, 0x10000 + app.length])
    })

    it("may lack a hash and a description", () => {
        const image = parseAppImage(buildApp({ ...SMALL, hash: false }), 0)
        assert.equal(image.hashAt, undefined)
        assert.equal(image.endAt, image.checksumAt + 1)
        assert.equal(parseAppImage(buildBootloader(), 0).description, undefined)
    })

    it("gives strings that are safe in a terminal", () => {
        const { description } = parseAppImage(buildApp({ ...SMALL, projectName: "a\u001b[2Jb" }), 0)
        assert.equal(description?.projectName, "a?[2Jb")
    })

    const bad: Record<string, Buffer> = {
        IMAGE_NOT_FOUND: changed(0, 0xff),
        IMAGE_TRUNCATED: app.subarray(0, -1),
        IMAGE_SEGMENT_COUNT: changed(SEGMENT_COUNT_AT, 0),
        IMAGE_SEGMENT_TOO_LONG: changed(FIRST_LENGTH_AT, 0, 0, 0, 1),
        IMAGE_SEGMENT_MISALIGNED: changed(24, 0x24),
        IMAGE_CHIP_UNKNOWN: changed(CHIP_AT, 13),
        IMAGE_HASH_FLAG: changed(HASH_FLAG_AT, 2),
        IMAGE_CHECKSUM_WRONG: flipBit(app, 0x1000 * 8),
        IMAGE_HASH_WRONG: flipBit(app, app.length * 8 - 1),
        IMAGE_SIGNED: buildApp({ ...SMALL, signed: true }),
        IMAGE_TRAILING_BYTES: changed(HASH_FLAG_AT, 0),
    }
    for (const [code, bytes] of Object.entries(bad)) it(`is refused as ${code}`, () => refuses(bytes, code))

    it("is refused as IMAGE_BEYOND_PARTITION if it is longer than its partition", () => {
        refuses(Buffer.concat([app, Buffer.alloc(4096, 0xff)]), "IMAGE_BEYOND_PARTITION", app.length - 1)
    })

    it("is refused with 17 segments, and with a segment whose length is not a multiple of 4", () => {
        refuses(changed(SEGMENT_COUNT_AT, 17), "IMAGE_SEGMENT_COUNT")
        refuses(changed(FIRST_LENGTH_AT, app[FIRST_LENGTH_AT]! + 1), "IMAGE_SEGMENT_MISALIGNED")
    })

    it("is refused if the file ends at any of its bytes", () => {
        for (let end = 0; end < app.length; end += end < 100 || end > app.length - 100 ? 1 : 61)
            refusesSomehow(app.subarray(0, end), `${end} bytes`)
    })

    it("is refused with any bit flipped, also in headers, checksum and hash", () => {
        for (let bit = 0; bit < app.length * 8; bit++) refusesSomehow(flipBit(app, bit), `bit ${bit}`)
    })

    it("is refused with any bit of its data flipped, also without a hash", () => {
        const plain = buildApp({ ...SMALL, hash: false })
        for (let bit = 32 * 8; bit < (32 + 0x1000) * 8; bit++) refuses(flipBit(plain, bit), "IMAGE_CHECKSUM_WRONG")
    })
})

describe("resealing an application image", () => {
    for (const hash of [true, false]) {
        it(`updates the checksum${hash ? ", then the hash" : ", if there is no hash"}`, () => {
            const whole = buildApp({ ...SMALL, hash })
            const image = parseAppImage(whole, 0)
            const damaged = Buffer.from(whole)
            damaged[0x800]! ^= 0x40
            const expected = Buffer.from(damaged)
            resealImage(expected, 0)
            assert.deepEqual(resealAppImage(damaged, image), expected)
            assert.equal(expected[image.checksumAt], whole[image.checksumAt]! ^ 0x40)
            assert.doesNotThrow(() => parseAppImage(expected, 0))
        })
    }

    it("does not modify its input", () => {
        const damaged = flipBit(app, 0x800 * 8)
        const before = Buffer.from(damaged)
        resealAppImage(damaged, parseAppImage(app, 0))
        assert.deepEqual(damaged, before)
    })
})

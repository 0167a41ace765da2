import assert from "node:assert/strict"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { capacityOf, fillCapacity } from "../../devs/image/bundle-capacity.ts"
import { findBundle } from "../../devs/image/bundle-region.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { flipBit, overwrite } from "../support/damage.ts"
import {
    type AppOptions,
    BUNDLE_AT,
    buildApp,
    buildFirmware,
    packBundleBe,
    packBundleLe,
    realRoots,
    resealImage,
} from "../support/firmware-image.ts"
import { dn, ec, spkiOf } from "../support/mint.ts"

const SMALL: AppOptions = { dataBytes: 0, codeBytes: 0, ramBytes: 1024 }
const roots = realRoots(5)
const be = packBundleBe(roots)
const le = packBundleLe(roots)

function find(file: Buffer) {
    const { bytes, apps } = readFlashImage(file)
    return findBundle(bytes, apps)
}

const withBundles = (...bundles: Buffer[]) => buildApp({ ...SMALL, bundles })
const refuses = (file: Buffer, code: string) => assert.throws(() => find(file), { name: "AirpinError", code })

/** An application with other bytes in its bundle, and checksum and hash to match. */
function changed(app: Buffer, at: number, ...values: number[]): Buffer {
    const copy = overwrite(app, BUNDLE_AT + at, values)
    resealImage(copy, 0)
    return copy
}

describe("the certificate bundle in an image", () => {
    for (const [format, bundle] of Object.entries({ idf50: be, idf54: le })) {
        it(`is found in the format ${format} at an odd address, with its size as its capacity`, () => {
            const region = find(withBundles(bundle))
            assert.deepEqual(
                [region.format, region.at, region.sizeBytes, region.capacityBytes],
                [format, 0x1235, bundle.length, bundle.length],
            )
            assert.deepEqual(region.entries, roots)
        })
    }

    for (const count of [1, 2, 64, 121, 144]) {
        it(`is found with ${count} entries, in either format`, () => {
            for (const pack of [packBundleBe, packBundleLe]) {
                const bundle = pack(realRoots(count))
                const region = find(withBundles(bundle))
                assert.deepEqual(
                    [region.at, region.sizeBytes, region.entries.length],
                    [BUNDLE_AT, bundle.length, count],
                )
            }
        })
    }

    it("is found in a flash image of 1.8 MB", () => {
        const region = find(buildFirmware({ chip: "esp32s2", startAt: 0 }))
        assert.deepEqual([region.at, region.entries.length], [0x10000 + BUNDLE_AT, 121])
    })

    it("may contain a certificate twice, as ESP-IDF's own list does", () => {
        const twice = [roots[0]!, roots[0]!, roots[1]!]
        assert.equal(find(withBundles(packBundleBe(twice))).entries.length, 3)
    })

    it("does not claim the zeros behind it", () => {
        const region = find(withBundles(Buffer.concat([be, Buffer.alloc(4096)])))
        assert.equal(region.capacityBytes, be.length)
    })

    const fiveBe = withBundles(be)
    const reversed = packBundleBe(roots.toReversed())
    const rsaKey = roots.findIndex(({ spkiDer }) => spkiDer.subarray(-5).equals(Buffer.from("0203010001", "hex")))
    const bad: Record<string, Buffer> = {
        BUNDLE_NOT_FOUND: withBundles(),
        BUNDLE_AMBIGUOUS: withBundles(be, le),
        BUNDLE_DAMAGED: changed(fiveBe, 0, 0, 4),
        BUNDLE_CAPACITY_DAMAGED: withBundles(Buffer.concat([be, Buffer.from("AIRPIN-1"), Buffer.alloc(100)])),
    }
    for (const [code, file] of Object.entries(bad)) it(`is refused as ${code}`, () => refuses(file, code))

    it("is refused if two applications have one each", () => {
        refuses(
            buildFirmware({
                apps: [
                    { ...SMALL, bundles: [be] },
                    { ...SMALL, bundles: [be] },
                ],
            }),
            "BUNDLE_AMBIGUOUS",
        )
    })

    it("is found in the only application that has one", () => {
        const region = find(
            buildFirmware({
                apps: [
                    { ...SMALL, bundles: [] },
                    { ...SMALL, bundles: [be] },
                ],
            }),
        )
        assert.equal(region.at, 0xe0000 - 0x1000 + BUNDLE_AT)
    })

    it("is not searched for outside of mapped data", () => {
        const app = withBundles(be)
        app.writeUInt32LE(0x3ffb8000, 24) // loaded to RAM instead of mapped
        resealImage(app, 0)
        refuses(app, "BUNDLE_NOT_FOUND")
    })

    it("is refused if its count, its order or its offset table is wrong", () => {
        refuses(changed(fiveBe, 0, 0, 6), "BUNDLE_DAMAGED")
        refuses(changed(fiveBe, 0, 1, 5), "BUNDLE_DAMAGED")
        refuses(withBundles(reversed), "BUNDLE_DAMAGED")
        refuses(changed(withBundles(le), 4, le[4]! ^ 1), "BUNDLE_DAMAGED")
    })

    it("is refused with one broken entry, even if the others make a valid bundle", () => {
        const onlyLast: BundleEntry[] = [roots[rsaKey]!, { subjectDer: dn("zz".repeat(60)), spkiDer: spkiOf(ec()) }]
        const two = withBundles(packBundleBe(onlyLast))
        assert.equal(find(two).entries.length, 2)
        refuses(changed(two, 2, 0x01), "BUNDLE_DAMAGED") // a length of the first entry; the rest begins with 00 01
        const lastLengthsAt = be.length - 4 - roots[4]!.subjectDer.length - roots[4]!.spkiDer.length
        refuses(changed(fiveBe, lastLengthsAt, 0x01), "BUNDLE_DAMAGED")
    })

    it("is refused with any bit of its frame flipped, even with matching checksum and hash", () => {
        const frame = [...be.keys()].filter(at => at < 2 + 4 + 2) // count, two lengths, tag and length of the first name
        for (const at of frame) {
            for (let bit = 0; bit < 8; bit++) {
                const file = changed(fiveBe, at, be[at]! ^ (1 << bit))
                assert.throws(() => find(file), { name: "AirpinError" }, `bit ${bit} of byte ${at}`)
            }
        }
    })

    it("is searched for in bounded time, even in misleading data", () => {
        const decoy = Buffer.from("30" + "81ff" + "300d" + "06092a864886f70d010101", "hex")
        const data = Buffer.concat(Array.from({ length: 100_000 }, () => decoy))
        refuses(withBundles(data), "BUNDLE_NOT_FOUND")
    })
})

describe("the record of a bundle's capacity", () => {
    const padded = fillCapacity(be, be.length + 200)

    it("is behind the bundle, with zeros up to the end of the capacity", () => {
        assert.equal(padded.length, be.length + 200)
        assert.deepEqual(padded.subarray(0, be.length), be)
        assert.equal(padded.toString("latin1", be.length, be.length + 8), "AIRPIN-1")
        assert.equal(padded.readUInt32LE(be.length + 8), be.length + 200)
        assert.ok(padded.subarray(be.length + 44).every(byte => byte === 0))
    })

    it("gives the capacity, whatever follows", () => {
        for (const behind of [0, 1, 0xff])
            assert.equal(capacityOf(Buffer.concat([padded, Buffer.alloc(300, behind)]), be.length), padded.length)
        assert.equal(capacityOf(padded, be.length), padded.length)
    })

    it("is left out if it does not fit; then the capacity is the size of the bundle", () => {
        for (const [spareBytes, expected] of [
            [0, 0],
            [1, 0],
            [43, 0],
            [44, 44],
            [45, 45],
        ] as const) {
            const filled = fillCapacity(be, be.length + spareBytes)
            assert.equal(filled.length, be.length + spareBytes)
            assert.equal(capacityOf(Buffer.concat([filled, Buffer.alloc(99)]), be.length), be.length + expected)
        }
    })

    it("gives a bundle in an image its full capacity", () => {
        const region = find(withBundles(padded))
        assert.deepEqual([region.at, region.sizeBytes, region.capacityBytes], [BUNDLE_AT, be.length, padded.length])
    })

    it("is refused with any bit flipped in it, in the zeros behind it or in the bundle; without its magic it is ignored", () => {
        const bytes = Buffer.concat([padded, Buffer.alloc(300)])
        const magicEnd = be.length + 8
        for (let bit = 0; bit < padded.length * 8; bit++) {
            const at = bit >> 3
            const flipped = flipBit(bytes, bit)
            if (at >= be.length && at < magicEnd) assert.equal(capacityOf(flipped, be.length), be.length)
            else
                assert.throws(
                    () => capacityOf(flipped, be.length),
                    { name: "AirpinError", code: "BUNDLE_CAPACITY_DAMAGED" },
                    `bit ${bit}`,
                )
        }
    })

    it("is refused if it exceeds its segment, or is cut off", () => {
        const huge = Buffer.from(padded)
        huge.writeUInt32LE(0xffffffff, be.length + 8)
        for (const bytes of [
            padded.subarray(0, -1),
            padded.subarray(0, be.length + 43),
            padded.subarray(0, be.length + 8),
            huge,
        ])
            assert.throws(() => capacityOf(bytes, be.length), { code: "BUNDLE_CAPACITY_DAMAGED" })
    })
})

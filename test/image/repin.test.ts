import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { type LocalCa, openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { parseAppImage } from "../../devs/image/app-image.ts"
import { findBundle } from "../../devs/image/bundle-region.ts"
import { checkWithEsptool } from "../../devs/image/esptool-check.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { repin } from "../../devs/image/repin.ts"
import {
    APP_ADDRESS,
    type AppOptions,
    BUNDLE_AT,
    buildApp,
    buildFirmware,
    type FirmwareOptions,
    packBundleBe,
    packBundleLe,
    realRoots,
    resealImage,
} from "../support/firmware-image.ts"
import { dn } from "../support/mint.ts"

const SMALL: AppOptions = { dataBytes: 0, codeBytes: 0, ramBytes: 1024 }
const ascending = (entries: BundleEntry[]) =>
    [...entries].sort((one, other) => Buffer.compare(one.subjectDer, other.subjectDer))
const derOf = (pem: string) => parsePem(pem).map(({ der }) => der)

/** The offsets at which two files differ. */
function differences(one: Buffer, other: Buffer): number[] {
    assert.equal(one.length, other.length)
    return [...one.keys()].filter(at => one[at] !== other[at])
}

/** Offset of the application in a file that begins at flash address 0x1000, and of its bundle. */
const APP_AT = APP_ADDRESS - 0x1000
const REGION_AT = APP_AT + BUNDLE_AT

describe("repin", () => {
    let folder: string
    /** the server's CA, the CA that the image trusts, and a CA that nothing trusts */
    let own: LocalCa, old: LocalCa, strange: LocalCa
    let pinned: BundleEntry[]
    let oldEntries: BundleEntry[]

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "airpin-repin-"))
        const make = (name: string) => openOrCreateLocalCa(join(folder, name))
        ;[own, old, strange] = (await Promise.all(["own", "old", "strange"].map(make))) as [LocalCa, LocalCa, LocalCa]
        pinned = ascending([...parsePem(own.rootPem), ...realRoots(1)])
        oldEntries = ascending([...parsePem(old.rootPem), ...realRoots(120)])
    })
    after(() => rm(folder, { recursive: true }))

    const accepts = (authority: LocalCa, region: Buffer, name = "localhost") =>
        deviceAccepts(derOf(authority.server.chainPem), region, name).accepted
    const build = (options: FirmwareOptions = {}, app: AppOptions = {}) =>
        buildFirmware({ apps: [{ bundles: [packBundleBe(oldEntries)], ...app }], ...options })

    it("makes the chip trust only the pinned server, with the bundle's bytes as they are in the image", async () => {
        const file = build()
        const capacityBytes = packBundleBe(oldEntries).length
        const regionOf = (bytes: Buffer) => bytes.subarray(REGION_AT, REGION_AT + capacityBytes)
        assert.deepEqual(
            [own, old, strange].map(authority => accepts(authority, regionOf(file))),
            [false, true, false],
        )
        const patched = await repin(file, pinned)
        assert.deepEqual(
            [own, old, strange].map(authority => accepts(authority, regionOf(patched))),
            [true, false, false],
        )
        assert.equal(accepts(own, regionOf(patched), "other.test"), false)
    })

    for (const [chip, startAt] of [
        ["esp32", 0x1000],
        ["esp32", 0],
        ["esp32s2", 0],
        ["esp32c3", 0],
        ["esp32s3", 0],
    ] as const) {
        for (const hash of [true, false]) {
            it(`changes only bundle, checksum and hash: ${chip} from 0x${startAt.toString(16)}, ${hash ? "with" : "without"} hash`, async () => {
                const file = build({ chip, startAt }, { hash, dataBytes: 0, codeBytes: 0, ramBytes: 4096 })
                const patched = await repin(file, pinned)
                const appAt = APP_ADDRESS - startAt
                const sums = resealImage(Buffer.from(file), appAt)!
                const roomEnd = appAt + BUNDLE_AT + packBundleBe(oldEntries).length
                const strays = differences(file, patched).filter(
                    at => !(at >= appAt + BUNDLE_AT && at < roomEnd) && !(at >= sums.checksumAt && at < sums.endAt),
                )
                assert.deepEqual(strays, [])
                const resealed = Buffer.from(patched)
                resealImage(resealed, appAt)
                assert.deepEqual(resealed, patched)
                assert.deepEqual(
                    patched.subarray(appAt + BUNDLE_AT, appAt + BUNDLE_AT + packBundleBe(pinned).length),
                    packBundleBe(pinned),
                )
            })
        }
    }

    it("writes the format that the image's ESP-IDF reads", async () => {
        const oldBundle = packBundleLe(oldEntries)
        const patched = await repin(build({}, { bundles: [oldBundle] }), pinned)
        const expected = packBundleLe(pinned)
        const region = patched.subarray(REGION_AT, REGION_AT + oldBundle.length)
        assert.deepEqual(region.subarray(0, expected.length), expected)
        assert.equal(region.toString("latin1", expected.length, expected.length + 8), "AIRPIN-1")
        assert.ok(region.subarray(expected.length + 44).every(byte => byte === 0))
    })

    it("gives the same bytes for an application alone as for the complete file", async () => {
        const options: AppOptions = { bundles: [packBundleBe(oldEntries)] }
        const alone = await repin(buildApp(options), pinned)
        const whole = await repin(build({}, options), pinned)
        assert.deepEqual(alone, whole.subarray(APP_AT, APP_AT + alone.length))
    })

    it("finds the full capacity in an image it has patched before, and gives the same bytes in one or several steps", async () => {
        const file = build()
        const once = await repin(file, pinned)
        const { bytes, apps } = readFlashImage(once)
        assert.equal(findBundle(bytes, apps).capacityBytes, packBundleBe(oldEntries).length)
        assert.deepEqual(await repin(once, oldEntries), file)
        assert.deepEqual(await repin(once, pinned), once)
        const [other] = realRoots(5).slice(4)
        assert.deepEqual(await repin(await repin(file, [other!]), pinned), once)
    })

    it("accepts a bundle that fills the capacity, and one that is any number of bytes shorter", async () => {
        const { spkiDer } = pinned[0]!
        const entry = (nameLength: number) => ({ subjectDer: dn("n".repeat(nameLength)), spkiDer })
        for (let spareBytes = 0; spareBytes < 50; spareBytes++) {
            const file = buildApp({ ...SMALL, bundles: [packBundleBe([entry(1 + spareBytes)])] })
            const patched = await repin(file, [entry(1)])
            const { bytes, apps } = readFlashImage(patched)
            const { sizeBytes, capacityBytes } = findBundle(bytes, apps)
            assert.equal(capacityBytes - sizeBytes, spareBytes < 44 ? 0 : spareBytes)
        }
    })

    it("accepts a file name with the right address, and refuses a wrong one", async () => {
        const file = build({}, SMALL)
        await assert.doesNotReject(repin(file, pinned, "devicescript-esp32-esp32_bare-0x1000.bin"))
        await assert.rejects(repin(file, pinned, "devicescript-esp32-esp32_bare-0x0.bin"), {
            code: "IMAGE_NAME_MISMATCH",
        })
    })

    it("gives the capacity and the size of a bundle that is too large", async () => {
        const file = build({}, { ...SMALL, bundles: [packBundleBe(realRoots(1))] })
        const [capacityBytes, neededBytes] = [packBundleBe(realRoots(1)).length, packBundleBe(realRoots(2)).length]
        await assert.rejects(repin(file, realRoots(2)), {
            name: "AirpinError",
            code: "BUNDLE_TOO_LARGE",
            message: `the new bundle has ${neededBytes} bytes, but the image has space for ${capacityBytes}`,
        })
    })

    it("refuses invalid images and anchors before patching", async () => {
        const file = build({}, SMALL)
        const before = Buffer.from(file)
        await assert.rejects(repin(file, []), { code: "BUNDLE_EMPTY" })
        await assert.rejects(repin(build({}, { ...SMALL, bundles: [] }), pinned), { code: "BUNDLE_NOT_FOUND" })
        await assert.rejects(repin(build({}, { ...SMALL, signed: true }), pinned), { code: "IMAGE_SIGNED" })
        assert.deepEqual(file, before)
    })

    it("does not modify its input", async () => {
        const file = build({}, SMALL)
        const before = Buffer.from(file)
        await repin(file, pinned)
        assert.deepEqual(file, before)
    })

    it("takes far less than a second for 1.8 MB", async () => {
        const file = build()
        await repin(file, pinned)
        const startMs = performance.now()
        await repin(file, pinned)
        assert.ok(performance.now() - startMs < 1000)
    })
})

describe("the check with esptool-js", () => {
    const app = buildApp(SMALL)
    const parsed = parseAppImage(app, 0)

    it("accepts an image of every chip, in the middle of a file, with a hash and without", async () => {
        for (const chip of ["esp32", "esp32s2", "esp32c3", "esp32s3"] as const) {
            for (const hash of [true, false]) {
                const file = Buffer.concat([Buffer.alloc(0x1001), buildApp({ ...SMALL, hash }, chip)])
                await checkWithEsptool(file, parseAppImage(file, 0x1001))
            }
        }
    })

    it("refuses a wrong checksum, hash, segment or chip", async () => {
        for (const [at, what] of [
            [parsed.checksumAt, /^checksum: /],
            [parsed.hashAt!, /^hash: /],
            [0x800, /^checksum: /],
            [24, /^segments: /],
            [12, /^chip: /],
            [23, /^appended hash: /],
        ] as const) {
            const damaged = Buffer.from(app)
            damaged[at]! ^= 1
            await assert.rejects(checkWithEsptool(damaged, parsed), { message: what })
        }
    })
})

/**
 * Images that other projects have built, and Espressif's own esptool. Without them, these tests are
 * shown as skipped.
 */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { type BundleRegion, findBundle } from "../../devs/image/bundle-region.ts"
import { type FlashImage, readFlashImage } from "../../devs/image/flash-image.ts"
import { repin } from "../../devs/image/repin.ts"
import { buildApp, packBundleBe, packBundleLe, realRoots } from "../support/firmware-image.ts"

const run = promisify(execFile)
const pinned = realRoots(3)
const IMAGES = process.env["AIRPIN_APP_IMAGES"]

/** An image with its only bundle; undefined for other files of the folder. */
function readOrPass(file: Buffer): { image: FlashImage; region: BundleRegion } | undefined {
    try {
        const image = readFlashImage(file)
        return { image, region: findBundle(image.bytes, image.apps) }
    } catch {
        return undefined
    }
}

describe("images of other projects, in the folder AIRPIN_APP_IMAGES", function () {
    this.timeout(120_000)

    it("are patched in their own format, without any other change than bundle, checksum and hash, and then with their own anchors", async function () {
        if (!IMAGES) this.skip()
        const names = (await readdir(IMAGES)).filter(name => name.endsWith(".bin"))
        let count = 0
        for (const name of names) {
            const file = await readFile(join(IMAGES, name))
            const found = readOrPass(file)
            if (!found) continue
            await checkPatching(file, found.region)
            const [app] = found.image.apps
            console.log(
                `      ${name}: ${found.image.chip}, ESP-IDF ${app?.description?.idfVersion}, ${found.region.format}, ${found.region.entries.length} anchors`,
            )
            count++
        }
        assert.ok(count > 0, `none of ${names.length} files in ${IMAGES} has a certificate bundle`)
    })

    async function checkPatching(
        file: Buffer,
        { at, capacityBytes, app, entries, format }: BundleRegion,
    ): Promise<void> {
        const patched = await repin(file, pinned)
        const bundle = format === "idf50" ? packBundleBe(pinned) : packBundleLe(pinned)
        assert.deepEqual(patched.subarray(at, at + bundle.length), bundle)
        const masked = [file, patched].map(bytes =>
            Buffer.from(bytes)
                .fill(0, at, at + capacityBytes)
                .fill(0, app.checksumAt, app.endAt),
        )
        assert.ok(masked[0]!.equals(masked[1]!))
        const { bytes, apps } = readFlashImage(await repin(patched, entries))
        assert.deepEqual(findBundle(bytes, apps).entries, unique(entries))
    }
})

/** ESP-IDF's own list contains a certificate twice, which airpin writes once. */
function unique(sorted: BundleEntry[]): BundleEntry[] {
    return sorted.filter(({ subjectDer }, at) => !sorted[at - 1]?.subjectDer.equals(subjectDer))
}

describe("Espressif's esptool", () => {
    for (const [form, pack] of Object.entries({ idf50: packBundleBe, idf54: packBundleLe })) {
        it(`accepts checksum and hash of a patched image in the format ${form}`, async function () {
            const isThere = await run("python3", ["-m", "esptool", "version"]).then(
                () => true,
                () => false,
            )
            if (!isThere) this.skip()
            const folder = await mkdtemp(join(tmpdir(), "airpin-esptool-"))
            try {
                const file = join(folder, "app.bin")
                await writeFile(file, await repin(buildApp({ bundles: [pack(realRoots(121))] }), pinned))
                const { stdout } = await run("python3", ["-m", "esptool", "image_info", "--version", "2", file])
                assert.match(stdout, /^Checksum: .* \(valid\)$/m)
                assert.match(stdout, /^Validation [Hh]ash: .* \(valid\)$/m)
            } finally {
                await rm(folder, { recursive: true })
            }
        })
    }
})

import assert from "node:assert/strict"
import type { FlashProgress } from "../../devs/flash/flasher.ts"
import { APP_ADDRESS, FSTOR_ADDRESS, noise, TABLE_ADDRESS } from "../support/firmware-image.ts"
import { chipBench, contents, failsWith, flashOnto, imageFor, MEGABYTE } from "./support/flashing.ts"

const chipNames = ["esp32", "esp32s2", "esp32s3", "esp32c3"] as const
const sectorOf = (address: number) => address / 4096

describe("devs/flash/flasher", () => {
    const plugIn = chipBench()

    for (const kind of chipNames)
        for (const stub of [true, false])
            it(`writes a complete image to the ${kind}, with ${stub ? "the stub" : "the ROM alone"}`, async () => {
                const chip = await plugIn({ kind })
                const image = imageFor(kind)
                const report = await flashOnto(chip, image, { stub })
                assert.deepEqual(contents(chip, image), image.bytes)
                assert.deepEqual(report, {
                    chip: kind,
                    flashSizeBytes: 4 * MEGABYTE,
                    writtenBytes: image.bytes.length,
                    equalBytes: 0,
                    wasReset: false,
                })
            })

    it("changes to a higher baud rate, and finds the chip at the ROM's rate the next time", async () => {
        const chip = await plugIn()
        const image = imageFor("esp32")
        await flashOnto(chip, image, { baud: 460_800 })
        assert.deepEqual(contents(chip, image), image.bytes)
        chip.reset()
        assert.equal((await flashOnto(chip, image, { baud: 460_800 })).writtenBytes, 0)
    })

    it("does not change the flash around the image", async () => {
        const chip = await plugIn()
        const image = imageFor("esp32")
        chip.flash.fill(0x5a)
        await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
        assert.ok(chip.flash.subarray(0, 0x1000).every(byte => byte === 0x5a))
        assert.ok(chip.flash.subarray(image.startAt + image.bytes.length).every(byte => byte === 0x5a))
    })

    it("writes nothing if the chip has the image, even if its stub is still running", async () => {
        const chip = await plugIn()
        const image = imageFor("esp32")
        await flashOnto(chip, image)
        chip.sectorsTouched.clear()
        const report = await flashOnto(chip, image)
        assert.deepEqual([report.writtenBytes, report.equalBytes], [0, image.bytes.length])
        assert.deepEqual([...chip.sectorsTouched], [])
    })

    it("writes only the blocks of 64 kB that differ", async () => {
        const chip = await plugIn()
        const image = imageFor("esp32", 200_000)
        image.bytes.copy(chip.flash, image.startAt)
        chip.flash[0x2abcd]! ^= 0x01
        const report = await flashOnto(chip, image)
        assert.deepEqual(contents(chip, image), image.bytes)
        assert.equal(report.writtenBytes, 0x10000)
        assert.deepEqual(
            [...chip.sectorsTouched],
            Array.from({ length: 16 }, (_, at) => 0x20 + at),
        )
    })

    it("reports progress up to the end", async () => {
        const chip = await plugIn()
        const image = imageFor("esp32", 200_000)
        const seen: FlashProgress[] = []
        await flashOnto(chip, image, { onProgress: progress => seen.push({ ...progress }) })
        assert.ok(seen.length > 10)
        assert.ok(
            seen.every(
                ({ doneBytes, totalBytes }, at) =>
                    totalBytes === image.bytes.length && doneBytes >= (seen[at - 1]?.doneBytes ?? 0),
            ),
        )
        assert.equal(seen.at(-1)!.doneBytes, image.bytes.length)
    })

    it("refuses an image for another chip before writing", async () => {
        const chip = await plugIn({ kind: "esp32s3" })
        await assert.rejects(flashOnto(chip, imageFor("esp32")), {
            ...failsWith("CHIP_MISMATCH"),
            message: "the image is for esp32, but the chip is esp32s3",
        })
        assert.deepEqual([...chip.sectorsTouched], [])
    })

    it("refuses a chip with less flash than the image needs", async () => {
        const chip = await plugIn({ flashSizeBytes: 2 * MEGABYTE })
        const message = "the image needs 4 MB of flash, but the chip has 2 MB"
        await assert.rejects(flashOnto(chip, imageFor("esp32")), { ...failsWith("FLASH_TOO_SMALL"), message })
        assert.deepEqual([...chip.sectorsTouched], [])
    })
})

describe("devs/flash/flasher with --repin", () => {
    const plugIn = chipBench()

    /** A chip with stored data, and the image with another bundle. */
    async function usedChip() {
        const image = imageFor("esp32", 200_000)
        const chip = await plugIn()
        image.bytes.copy(chip.flash, image.startAt)
        noise(0x1000, 77).copy(chip.flash, 0xb000)
        noise(0x2000, 78).copy(chip.flash, FSTOR_ADDRESS)
        const repinned = { ...image, bytes: Buffer.from(image.bytes) }
        return {
            chip,
            image: repinned,
            set: (address: number, byte: number) => (repinned.bytes[address - image.startAt] = byte),
        }
    }

    it("writes only the sectors of the application that differ, and keeps settings and program", async () => {
        const { chip, image, set } = await usedChip()
        for (const address of [APP_ADDRESS + 0x1235, APP_ADDRESS + 0x1fff, APP_ADDRESS + 0x2000, APP_ADDRESS + 0x2a123])
            set(address, 0)
        const report = await flashOnto(chip, image, { repin: true })
        assert.deepEqual([...chip.sectorsTouched], [0x11, 0x12, 0x3a])
        assert.equal(report.writtenBytes, 3 * 4096)
        assert.equal(report.equalBytes, image.bytes.length - (APP_ADDRESS - image.startAt) - 3 * 4096)
        const app = APP_ADDRESS - image.startAt
        assert.deepEqual(contents(chip, image).subarray(app), image.bytes.subarray(app))
        assert.deepEqual(chip.flash.subarray(0xb000, 0xc000), noise(0x1000, 77))
        assert.deepEqual(chip.flash.subarray(FSTOR_ADDRESS, FSTOR_ADDRESS + 0x2000), noise(0x2000, 78))
    })

    it("writes nothing if the chip has this bundle", async () => {
        const { chip, image } = await usedChip()
        assert.equal((await flashOnto(chip, image, { repin: true })).writtenBytes, 0)
        assert.deepEqual([...chip.sectorsTouched], [])
    })

    it("keeps the other partitions, even if the image has other contents for them", async () => {
        const { chip, image, set } = await usedChip()
        set(0x9000, 0x12)
        await flashOnto(chip, image, { repin: true })
        assert.ok(!chip.sectorsTouched.has(sectorOf(0x9000)))
        assert.equal(chip.flash[0x9000], 0xff)
    })

    for (const [what, address] of Object.entries({ bootloader: 0x1000, "partition table": TABLE_ADDRESS }))
        it(`refuses a chip with another ${what}`, async () => {
            const { chip, image } = await usedChip()
            chip.flash[address]! ^= 1
            await assert.rejects(flashOnto(chip, image, { repin: true }), failsWith("REPIN_MISMATCH"))
            assert.deepEqual([...chip.sectorsTouched], [])
        })

    it("refuses an application alone, which has no flash address", async () => {
        const { startAt: _, ...alone } = imageFor("esp32")
        await assert.rejects(flashOnto(await plugIn(), alone), failsWith("IMAGE_NOT_BOOTABLE"))
    })

    it("refuses an empty chip", async () => {
        const chip = await plugIn()
        await assert.rejects(flashOnto(chip, imageFor("esp32"), { repin: true }), failsWith("REPIN_MISMATCH"))
    })
})

/**
 * The same image read by other eyes: Espressif's own esptool-js. What airpin
 * wrote counts as written only when this reader finds it right as well.
 */
import { createHash } from "node:crypto"
import { ESP32FirmwareImage } from "esptool-js/lib/image/esp32.js"
import { ESP32ROM } from "esptool-js/lib/targets/esp32.js"
import type { AppImage } from "./app-image.ts"
import { chips } from "./chip.ts"

/** One reader serves all of these chips. It would print a warning for each segment above 64 kB. */
class QuietImage extends ESP32FirmwareImage {
    override warnIfUnusualSegment(): void {}
}

const CHIP_ID_AT = 12

/**
 * Reads the image of which this is expected, and compares.
 *
 * @throws Error when this reader finds another checksum, hash, chip or other segments
 */
export async function checkWithEsptool(bytes: Buffer, expected: AppImage): Promise<void> {
    const image = new Uint8Array(bytes.subarray(expected.at, expected.endAt)) // a copy: the reader looks at all of its memory
    const rom = new ESP32ROM()
    rom.IMAGE_CHIP_ID = bytes.readUInt8(expected.at + CHIP_ID_AT) // it would print a warning for another; the chip is compared below
    const read = new QuietImage(rom)
    await read.loadFromFile(image)
    const segments = read.segments.map(({ addr, data }) => `${addr >>> 0}+${data.length}`).join()
    same(
        "segments",
        segments,
        expected.segments.map(({ loadAddress, sizeBytes }) => `${loadAddress}+${sizeBytes}`).join(),
    )
    same("chip", read.chipId, chips[expected.chip].id)
    same("checksum", read.calculateChecksum(), read.checksum)
    same("appended hash", read.appendDigest, expected.hashAt !== undefined)
    if (read.appendDigest) same("hash", hashUpTo(image, read.dataLength), Buffer.from(image.slice(-32)).toString("hex"))
}

/** esptool-js 0.7.0 ends its own hash one byte before the checksum's end, so only its count of the bytes is taken. */
function hashUpTo(image: Uint8Array, checksumAt: number): string {
    return createHash("sha256")
        .update(image.subarray(0, checksumAt + 1))
        .digest("hex")
}

function same(what: string, read: unknown, expected: unknown): void {
    if (read !== expected) throw new Error(`${what}: esptool-js reads ${read}, airpin ${expected}`)
}

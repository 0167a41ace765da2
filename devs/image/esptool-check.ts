/**
 * An independent check of a patched image: Espressif's own esptool-js must read the same
 * segments, checksum and hash as airpin.
 */
import { createHash } from "node:crypto"
import { ESP32FirmwareImage } from "esptool-js/lib/image/esp32.js"
import { ESP32ROM } from "esptool-js/lib/targets/esp32.js"
import type { AppImage } from "./app-image.ts"
import { chips } from "./chip.ts"

/** One class reads the images of all these chips. It would print a warning for each segment above 64 kB. */
class QuietImage extends ESP32FirmwareImage {
    override warnIfUnusualSegment(): void {}
}

const CHIP_ID_AT = 12

/**
 * Reads the image with esptool-js and compares.
 *
 * @throws Error if esptool-js reads another checksum, hash or chip, or other segments
 */
export async function checkWithEsptool(bytes: Buffer, expected: AppImage): Promise<void> {
    const image = new Uint8Array(bytes.subarray(expected.at, expected.endAt)) // a copy: esptool-js reads the whole underlying buffer
    const rom = new ESP32ROM()
    rom.IMAGE_CHIP_ID = bytes.readUInt8(expected.at + CHIP_ID_AT) // avoids a warning about another chip; the chip is compared below
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

/** esptool-js 0.7.0 leaves the checksum byte out of its own hash, so only its byte count is used. */
function hashUpTo(image: Uint8Array, checksumAt: number): string {
    return createHash("sha256")
        .update(image.subarray(0, checksumAt + 1))
        .digest("hex")
}

function same(what: string, read: unknown, expected: unknown): void {
    if (read !== expected) throw new Error(`${what}: esptool-js reads ${read}, airpin ${expected}`)
}

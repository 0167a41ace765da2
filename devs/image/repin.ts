/** Replaces the certificate bundle of a flash image, and nothing else. */
import { type BundleEntry, encodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { resealAppImage } from "./app-image.ts"
import { fillCapacity } from "./bundle-capacity.ts"
import { type BundleRegion, findBundle } from "./bundle-region.ts"
import { checkWithEsptool } from "./esptool-check.ts"
import { readFlashImage } from "./flash-image.ts"
import { addressText } from "./flash-memory.ts"

/**
 * A copy of the file with a bundle of these entries, in the format that its ESP-IDF reads, and with
 * checksum and hash updated. No other byte and no length changes. Before the copy is returned,
 * airpin and esptool-js have both read it back.
 *
 * @param fileName see {@link readFlashImage}
 * @throws AirpinError BUNDLE_TOO_LARGE, IMAGE_UNCONFIRMED, and what {@link readFlashImage},
 * {@link findBundle} and {@link encodeBundle} throw
 */
export async function repin(file: Uint8Array, entries: BundleEntry[], fileName?: string): Promise<Buffer> {
    const image = readFlashImage(file, fileName)
    const region = findBundle(image.bytes, image.apps)
    const bundle = encodeBundle(entries, region.format)
    if (bundle.length > region.capacityBytes) throw tooLarge(bundle.length, region.capacityBytes)
    const patched = Buffer.from(image.bytes)
    patched.set(fillCapacity(bundle, region.capacityBytes), region.at)
    const sealed = resealAppImage(patched, region.app)
    await checkResult(sealed, region, bundle)
    return sealed
}

function tooLarge(neededBytes: number, capacityBytes: number): AirpinError {
    return new AirpinError(
        "BUNDLE_TOO_LARGE",
        `the new bundle has ${neededBytes} bytes, but the image has space for ${capacityBytes}`,
    )
}

async function checkResult(bytes: Buffer, region: BundleRegion, bundle: Buffer): Promise<void> {
    try {
        const image = readFlashImage(bytes)
        const found = findBundle(bytes, image.apps)
        const read = bytes.subarray(found.at, found.at + found.sizeBytes)
        if (found.at !== region.at || !read.equals(bundle))
            throw new Error(`the bundle at byte ${addressText(found.at)} differs from the one that was written`)
        for (const app of image.apps) await checkWithEsptool(bytes, app)
    } catch (cause) {
        throw new AirpinError(
            "IMAGE_UNCONFIRMED",
            `the patched image does not read back correctly: ${(cause as Error).message}`,
            { cause },
        )
    }
}

import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { findBundle } from "./bundle-region.ts"
import type { FlashImage } from "./flash-image.ts"

/**
 * The bytes that the chip reads as its bundle, up to the end of its capacity; `entries` are the anchors in it.
 *
 * @throws AirpinError IMAGE_BUNDLE_FORMAT, and those of `findBundle`
 */
export function deviceBundle({ bytes, apps }: FlashImage): { bundle: Buffer; entries: BundleEntry[] } {
    const { at, capacityBytes, format, entries } = findBundle(bytes, apps)
    if (format === "idf50") return { bundle: bytes.subarray(at, at + capacityBytes), entries }
    throw new AirpinError(
        "IMAGE_BUNDLE_FORMAT",
        "the bundle in this image is in the format of ESP-IDF v5.4 and later; airpin can only verify the format of v5.0",
    )
}

import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { findBundle } from "./bundle-region.ts"
import type { FlashImage } from "./flash-image.ts"

/**
 * All that the chip is given as its bundle: the bundle, and what fills its room. `entries` are its anchors.
 *
 * @throws AirpinError IMAGE_BUNDLE_FORMAT, and those of `findBundle`
 */
export function deviceBundle({ bytes, apps }: FlashImage): { bundle: Buffer; entries: BundleEntry[] } {
    const { at, capacityBytes, format, entries } = findBundle(bytes, apps)
    if (format === "idf50") return { bundle: bytes.subarray(at, at + capacityBytes), entries }
    throw new AirpinError(
        "IMAGE_BUNDLE_FORMAT",
        "the bundle in this image is one for ESP-IDF v5.4 and later; airpin knows what a chip does with one of v5.0",
        "take a runtime image of microsoft/devicescript-esp32",
    )
}

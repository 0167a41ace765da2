/** Whether a chip runs the application of an image, whatever bundle it has. */
import { createHash } from "node:crypto"
import { AirpinError } from "../../../certs/error.ts"
import type { ChipLoader } from "../../flash/loader.ts"
import { findBundle } from "../../image/bundle-region.ts"
import type { BootableImage } from "../../image/flash-image.ts"
import { roundUp } from "../../image/flash-memory.ts"

const SECTOR_BYTES = 0x1000
/** At the end of an application: its checksum in the last of 16 bytes, and its SHA-256 (ESP-IDF, "App Image Format"). */
const SEAL_BYTES = 16 + 32

/**
 * Compares the sectors of the application that no re-pin writes. Those with the bundle and the checksum may be half
 * written, by a run that was interrupted.
 *
 * @throws AirpinError REPIN_MISMATCH; the errors of `ChipLoader.md5`
 */
export async function assertSameApplication(
    loader: ChipLoader,
    { bytes, apps, startAt }: BootableImage,
): Promise<void> {
    const { app, at, capacityBytes } = findBundle(bytes, apps)
    const unchanged = [
        { from: app.at, to: floor(at) },
        { from: roundUp(at + capacityBytes, SECTOR_BYTES), to: floor(app.endAt - SEAL_BYTES) },
    ]
    for (const { from, to } of unchanged) {
        if (to <= from) continue
        const expected = createHash("md5").update(bytes.subarray(from, to)).digest("hex")
        if ((await loader.md5(startAt + from, to - from)) !== expected)
            throw new AirpinError("REPIN_MISMATCH", "the application on the chip differs from the image's")
    }
}

/** Files begin at the start of a sector of flash. */
const floor = (at: number) => Math.floor(at / SECTOR_BYTES) * SECTOR_BYTES

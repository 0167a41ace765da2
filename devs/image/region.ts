/** Puts the contents of a partition into the file that goes to flash. */
import { AirpinError } from "../../certs/error.ts"

const SECTOR_BYTES = 4096
const ERASED = 0xff

/**
 * A copy of the file with the region at its address; where the file ended
 * before it, longer, to a whole sector, and erased between.
 *
 * @param startAt flash address of the file's first byte
 * @throws AirpinError REGION_OUTSIDE when the file begins behind it
 */
export function placeRegion(file: Uint8Array, startAt: number, address: number, region: Uint8Array): Buffer {
    const at = address - startAt
    if (at < 0) throw new AirpinError("REGION_OUTSIDE", `a file that begins at ${hex(startAt)} does not reach back to ${hex(address)}`)
    const placed = Buffer.alloc(roundUp(Math.max(file.length, at + region.length)), ERASED)
    placed.set(file)
    placed.set(region, at)
    return placed
}

const roundUp = (sizeBytes: number) => Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES
const hex = (value: number) => `0x${value.toString(16)}`

/** DeviceScript's own two partitions: board configuration ("dcfg") and store ("fstor"). */
import { AirpinError } from "../../certs/error.ts"
import { type FlashImage, regionOf, requireBootable } from "./flash-image.ts"
import { roundUp } from "./flash-memory.ts"
import type { Partition } from "./partition-table.ts"

/** `boards/partitions.csv` of devicescript-esp32; its `main/flash.c` finds them by type and subtype. */
const OWN_TYPE = 0x8a
const subtypes = { dcfg: 0, fstor: 1 } as const

export type RuntimePartition = keyof typeof subtypes

const SECTOR_BYTES = 4096
const ERASED = 0xff

/**
 * The contents of the whole partition, 0xFF where the file ends before it.
 *
 * @throws AirpinError PARTITION_MISSING if the image is not a DeviceScript runtime, or an application alone
 */
export function readPartition(image: FlashImage, name: RuntimePartition): Buffer {
    const partition = findPartition(image, name)
    const contents = Buffer.alloc(partition.sizeBytes, ERASED)
    regionOf(image, partition).copy(contents)
    return contents
}

/**
 * A copy of the file with these contents in the partition, which they must fill. If the file ended
 * before the partition does, the copy is longer, with 0xFF in between.
 *
 * @throws AirpinError PARTITION_MISSING, PARTITION_SIZE_WRONG
 */
export function writePartition(image: FlashImage, name: RuntimePartition, contents: Uint8Array): Buffer {
    const { offset, sizeBytes } = findPartition(image, name)
    const { startAt } = requireBootable(image)
    if (contents.length !== sizeBytes)
        throw new AirpinError(
            "PARTITION_SIZE_WRONG",
            `partition "${name}" of this image has ${sizeBytes} bytes, but its new contents have ${contents.length}`,
        )
    const at = offset - startAt
    const file = Buffer.alloc(roundUp(Math.max(image.bytes.length, at + sizeBytes), SECTOR_BYTES), ERASED)
    file.set(image.bytes)
    file.set(contents, at)
    return file
}

/** @throws AirpinError PARTITION_MISSING */
export function findPartition({ partitions }: Pick<FlashImage, "partitions">, name: RuntimePartition): Partition {
    const found = partitions.find(({ type, subtype }) => type === OWN_TYPE && subtype === subtypes[name])
    if (found) return found
    throw new AirpinError(
        "PARTITION_MISSING",
        `this image has no partition "${name}", so it is not a flash image of a DeviceScript runtime`,
    )
}

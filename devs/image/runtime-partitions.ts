/** The two partitions of a DeviceScript runtime that are its own: board configuration and store. */
import { AirpinError } from "../../certs/error.ts"
import { type FlashImage, regionOf, requireBootable } from "./flash-image.ts"
import { roundUp } from "./flash-memory.ts"
import type { Partition } from "./partition-table.ts"

/** `boards/partitions.csv` of devicescript-esp32, which finds them by type and subtype, as `main/flash.c` does. */
const OWN_TYPE = 0x8a
const subtypes = { dcfg: 0, fstor: 1 } as const

export type RuntimePartition = keyof typeof subtypes

const SECTOR_BYTES = 4096
const ERASED = 0xff

/**
 * What the flash will hold there: as large as the partition, erased where the file ends before it.
 *
 * @throws AirpinError PARTITION_MISSING when this is no runtime of DeviceScript, or an application alone
 */
export function readPartition(image: FlashImage, name: RuntimePartition): Buffer {
    const partition = findPartition(image, name)
    const contents = Buffer.alloc(partition.sizeBytes, ERASED)
    regionOf(image, partition).copy(contents)
    return contents
}

/**
 * The file with these contents in the partition, which they fill to the last byte; where it ended
 * before the partition's end it is longer, and erased between.
 *
 * @throws AirpinError PARTITION_MISSING, PARTITION_SIZE_WRONG
 */
export function writePartition(image: FlashImage, name: RuntimePartition, contents: Uint8Array): Buffer {
    const { offset, sizeBytes } = findPartition(image, name)
    const { startAt } = requireBootable(image)
    if (contents.length !== sizeBytes)
        throw new AirpinError(
            "PARTITION_SIZE_WRONG",
            `partition "${name}" of this image has ${sizeBytes} bytes, its new contents ${contents.length}`,
            "use the runtime image of its maker",
        )
    const at = offset - startAt
    const file = Buffer.alloc(roundUp(Math.max(image.bytes.length, at + sizeBytes), SECTOR_BYTES), ERASED)
    file.set(image.bytes)
    file.set(contents, at)
    return file
}

/** @throws AirpinError PARTITION_MISSING */
export function findPartition({ partitions }: FlashImage, name: RuntimePartition): Partition {
    const found = partitions.find(({ type, subtype }) => type === OWN_TYPE && subtype === subtypes[name])
    if (found) return found
    throw new AirpinError(
        "PARTITION_MISSING",
        `this image has no partition "${name}": it is no runtime of DeviceScript as it goes to flash`,
        "take devicescript-<chip>-<board>-0x….bin of microsoft/devicescript-esp32",
    )
}

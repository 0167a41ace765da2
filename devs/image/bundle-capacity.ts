/**
 * How much room there is for a bundle. The bundle of a build fills its room to
 * the last byte; one that airpin put in its place is shorter, and nothing in the
 * image tells zeros of that room from zeros of what stands behind it. So where
 * 44 bytes are left, a record is written right behind the last entry, at which
 * no ESP-IDF looks (`esp_crt_bundle.c`), and zeros up to the room's end:
 *
 *   8 bytes   "AIRPIN-1"
 *   u32 LE    the room, counted from the bundle's first byte
 *   32 bytes  SHA-256 of the bundle and the 12 bytes above
 *
 * Without such a record the room is exactly what the bundle takes. That may
 * give away up to 43 bytes, and never takes a byte that belongs to others.
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"

const MAGIC = Buffer.from("AIRPIN-1")
const SIZE_AT = MAGIC.length
const HASH_AT = SIZE_AT + 4
const RECORD_BYTES = HASH_AT + 32

/** The bundle, the record if it fits, and zeros: `capacityBytes` in all. @param capacityBytes at least the bundle's length */
export function fillCapacity(bundle: Buffer, capacityBytes: number): Buffer {
    const region = Buffer.alloc(capacityBytes)
    region.set(bundle)
    if (bundle.length + RECORD_BYTES <= capacityBytes) region.set(capacityRecord(bundle, capacityBytes), bundle.length)
    return region
}

/**
 * The room of a bundle, in bytes from its first.
 *
 * @param bytes from the bundle's first byte to the end of the segment that it stands in
 * @param bundleBytes up to the end of its last entry
 * @throws AirpinError BUNDLE_CAPACITY_DAMAGED when a record is there and does not hold
 */
export function capacityOf(bytes: Buffer, bundleBytes: number): number {
    const record = bytes.subarray(bundleBytes, bundleBytes + RECORD_BYTES)
    if (!record.subarray(0, MAGIC.length).equals(MAGIC)) return bundleBytes
    const capacityBytes = record.length === RECORD_BYTES ? record.readUInt32LE(SIZE_AT) : 0
    const isPossible = capacityBytes >= bundleBytes + RECORD_BYTES && capacityBytes <= bytes.length
    if (
        isPossible &&
        bytes.subarray(0, capacityBytes).equals(fillCapacity(bytes.subarray(0, bundleBytes), capacityBytes))
    )
        return capacityBytes
    throw new AirpinError(
        "BUNDLE_CAPACITY_DAMAGED",
        "behind the bundle stands airpin's record of its room, and it does not fit the bundle before it",
        "patch the image that the project publishes, not this one",
    )
}

function capacityRecord(bundle: Buffer, capacityBytes: number): Buffer {
    const record = Buffer.alloc(RECORD_BYTES)
    record.set(MAGIC)
    record.writeUInt32LE(capacityBytes, SIZE_AT)
    record.set(createHash("sha256").update(bundle).update(record.subarray(0, HASH_AT)).digest(), HASH_AT)
    return record
}

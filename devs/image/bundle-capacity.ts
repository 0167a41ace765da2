/**
 * The capacity of a bundle: how many bytes a bundle in its place may take. The bundle of a build
 * fills its capacity. The one that airpin puts in its place is shorter, and nothing in the image
 * tells the zeros left over from zeros that belong to other data. If at least 44 bytes are left over,
 * airpin therefore writes a capacity record right behind the last entry, where ESP-IDF does not look
 * (`esp_crt_bundle.c`), and zeros up to the end of the capacity:
 *
 *   8 bytes   "AIRPIN-1"
 *   u32 LE    the capacity, counted from the bundle's first byte
 *   32 bytes  SHA-256 of the bundle and the 12 bytes above
 *
 * Without a record, the capacity is the size of the bundle. Up to 43 bytes may be lost that way,
 * but no byte of other data is ever overwritten.
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"

const MAGIC = Buffer.from("AIRPIN-1")
const SIZE_AT = MAGIC.length
const HASH_AT = SIZE_AT + 4
const RECORD_BYTES = HASH_AT + 32

/**
 * `capacityBytes` bytes: the bundle, the capacity record if it fits, and zeros.
 *
 * @param capacityBytes at least the bundle's length
 */
export function fillCapacity(bundle: Buffer, capacityBytes: number): Buffer {
    const region = Buffer.alloc(capacityBytes)
    region.set(bundle)
    if (bundle.length + RECORD_BYTES <= capacityBytes) region.set(capacityRecord(bundle, capacityBytes), bundle.length)
    return region
}

/**
 * The capacity of a bundle in bytes.
 *
 * @param bytes from the bundle's first byte to the end of its segment
 * @param bundleBytes length of the bundle up to the end of its last entry
 * @throws AirpinError BUNDLE_CAPACITY_DAMAGED if there is a record that does not match the bundle
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
        "the record of the bundle's capacity, which airpin writes behind it, does not match the bundle",
    )
}

function capacityRecord(bundle: Buffer, capacityBytes: number): Buffer {
    const record = Buffer.alloc(RECORD_BYTES)
    record.set(MAGIC)
    record.writeUInt32LE(capacityBytes, SIZE_AT)
    record.set(createHash("sha256").update(bundle).update(record.subarray(0, HASH_AT)).digest(), HASH_AT)
    return record
}

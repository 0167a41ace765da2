/**
 * ESP-IDF application images. A bootloader has the same format:
 *
 *   24 bytes  header
 *   segments: load address u32 LE, length u32 LE, data
 *   zeros, so that the checksum is the last byte of a group of 16
 *   u8        checksum: XOR of 0xEF and every byte of segment data
 *   32 bytes  SHA-256 of everything above, if the header says so
 *
 * Sources: ESP-IDF `esp_app_format.h`, `esp_app_desc.h`, `esp_image_format.c`;
 * esptool documentation, "Firmware Image Format".
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import type { ErrorCode } from "../../certs/error-codes/table.ts"
import { type Chip, chipNames, chipOf, chips, isWithin } from "./chip.ts"
import { addressText, isFiller, roundUp } from "./flash-memory.ts"

export interface Segment {
    /** where it is loaded or mapped when the program runs */
    loadAddress: number
    /** file offset of its data */
    at: number
    sizeBytes: number
}

/** esp_app_desc_t. */
interface AppDescription {
    projectName: string
    version: string
    idfVersion: string
}

/** An image with a valid checksum and hash. All positions are offsets in the file. */
export interface AppImage {
    at: number
    chip: Chip
    /** at least one */
    segments: Segment[]
    checksumAt: number
    /** absent if no hash is appended */
    hashAt?: number
    endAt: number
    /** absent in a bootloader */
    description?: AppDescription
}

/** ESP_IMAGE_HEADER_MAGIC */
export const IMAGE_MAGIC = 0xe9
const HEADER_BYTES = 24
const SEGMENT_COUNT_AT = 1
const CHIP_ID_AT = 12
const HASH_FLAG_AT = 23
const SEGMENT_HEADER_BYTES = 8
/** ESP_IMAGE_MAX_SEGMENTS */
const MAX_SEGMENTS = 16
/** SIXTEEN_MB of `esp_image_format.c`: segments are shorter than this */
const SEGMENT_LIMIT_BYTES = 16 * 1024 * 1024
/** Flash is mapped in pages of this size, so a mapped segment has the same offset within a page in the file. */
const PAGE_BYTES = 0x10000
const CHECKSUM_ALIGNMENT = 16
/** ESP_ROM_CHECKSUM_INITIAL */
const CHECKSUM_SEED = 0xef
const HASH_BYTES = 32
/** ESP_APP_DESC_MAGIC_WORD, and the offsets of its strings */
const DESCRIPTION_MAGIC = 0xabcd5432
const DESCRIPTION_BYTES = 256
const TEXT_BYTES = 32
const [VERSION_AT, PROJECT_NAME_AT, IDF_VERSION_AT] = [16, 48, 112]
/** Secure Boot v2 puts its signature block at the next sector (ETS_SECURE_BOOT_V2_SIGNATURE_MAGIC) */
const SIGNATURE_ALIGNMENT = 4096
const SIGNATURE_MAGIC = 0xe7

/**
 * The image that begins at byte `at` of the file, with its checksum and hash verified.
 *
 * @param limit end of its partition
 * @throws AirpinError IMAGE_NOT_FOUND, IMAGE_TRUNCATED, IMAGE_BEYOND_PARTITION, IMAGE_SEGMENT_COUNT,
 * IMAGE_SEGMENT_TOO_LONG, IMAGE_SEGMENT_MISALIGNED, IMAGE_CHIP_UNKNOWN, IMAGE_HASH_FLAG,
 * IMAGE_CHECKSUM_WRONG, IMAGE_HASH_WRONG, IMAGE_SIGNED, IMAGE_TRAILING_BYTES
 */
export function parseAppImage(bytes: Buffer, at: number, limit = bytes.length): AppImage {
    const slot: ImageSlot = { bytes, at, limit: Math.min(limit, bytes.length) }
    if (bytes[at] !== IMAGE_MAGIC) throw notFound(slot)
    need(slot, at + HEADER_BYTES)
    const chip = readChip(slot)
    const { segments, segmentsEndAt } = readSegments(slot, chip)
    const checksumAt = checksumPlace(at, segmentsEndAt)
    const hashAt = readHashFlag(slot) ? checksumAt + 1 : undefined
    const endAt = checksumAt + 1 + (hashAt ? HASH_BYTES : 0)
    need(slot, endAt)
    const [first] = segments
    const description = first && readDescription(bytes, first)
    const image = {
        at,
        chip,
        segments,
        checksumAt,
        endAt,
        ...(hashAt && { hashAt }),
        ...(description && { description }),
    }
    checkSums(bytes, image)
    checkBehind(slot, endAt)
    return image
}

/**
 * A copy of the file in which checksum and hash of this image match its segments again.
 * The hash covers the checksum, so the checksum is set first.
 */
export function resealAppImage(bytes: Buffer, image: AppImage): Buffer {
    const sealed = Buffer.from(bytes)
    sealed[image.checksumAt] = checksumOf(sealed, image.segments)
    if (image.hashAt) sealed.set(hashOf(sealed, image), image.hashAt)
    return sealed
}

/** The segments with constants, which the program reads straight from mapped flash. */
export function mappedData({ chip, segments }: AppImage): Segment[] {
    return segments.filter(({ loadAddress }) => isWithin(chips[chip].mappedData, loadAddress))
}

/** True if an application begins here. A bootloader is told apart by its missing description. */
export function isApp(bytes: Buffer): boolean {
    return bytes[0] === IMAGE_MAGIC && hasDescription(bytes, HEADER_BYTES + SEGMENT_HEADER_BYTES)
}

/** The part of a file that an image may take. */
interface ImageSlot {
    bytes: Buffer
    /** start of the image */
    at: number
    /** end of the file or of the partition */
    limit: number
}

function notFound({ bytes, at }: ImageSlot): AirpinError {
    const found = at < bytes.length ? `byte ${addressText(bytes.readUInt8(at))}` : "the end of the file"
    return new AirpinError(
        "IMAGE_NOT_FOUND",
        `no ESP-IDF image begins at byte ${addressText(at)}: found ${found}, expected ${addressText(IMAGE_MAGIC)}`,
        "check that the file is a flash image and is not encrypted",
    )
}

function need({ bytes, at, limit }: ImageSlot, endAt: number): void {
    if (endAt <= limit) return
    const image = `the image at byte ${addressText(at)} extends to ${addressText(endAt)}`
    if (limit === bytes.length)
        throw new AirpinError("IMAGE_TRUNCATED", `${image}, but the file ends at ${addressText(limit)}`)
    throw new AirpinError("IMAGE_BEYOND_PARTITION", `${image}, but its partition ends at ${addressText(limit)}`)
}

/** Chips that DeviceScript does not run on, by esp_chip_id_t (ESP-IDF v5.5 `esp_app_format.h`). */
const otherChips: Record<number, string> = {
    12: "an ESP32-C2",
    13: "an ESP32-C6",
    16: "an ESP32-H2",
    18: "an ESP32-P4",
    20: "an ESP32-C61",
    23: "an ESP32-C5",
}

function readChip({ bytes, at }: ImageSlot): Chip {
    const id = bytes.readUInt16LE(at + CHIP_ID_AT)
    const chip = chipOf(id)
    if (chip) return chip
    const known = chipNames.join(", ")
    throw new AirpinError(
        "IMAGE_CHIP_UNKNOWN",
        `the image at byte ${addressText(at)} is for ${otherChips[id] ?? `a chip with the unknown id ${id}`}`,
        `use an image for one of ${known}`,
    )
}

function readHashFlag({ bytes, at }: ImageSlot): boolean {
    const flag = bytes.readUInt8(at + HASH_FLAG_AT)
    if (flag <= 1) return flag === 1
    throw new AirpinError(
        "IMAGE_HASH_FLAG",
        `the hash flag, byte ${HASH_FLAG_AT} of the image at ${addressText(at)}, is ${flag}, neither 0 nor 1`,
    )
}

function readSegments(slot: ImageSlot, chip: Chip): { segments: Segment[]; segmentsEndAt: number } {
    const count = slot.bytes.readUInt8(slot.at + SEGMENT_COUNT_AT)
    if (count === 0 || count > MAX_SEGMENTS) {
        const message = `the image at byte ${addressText(slot.at)} has ${count} segments, not 1 to ${MAX_SEGMENTS}`
        throw new AirpinError("IMAGE_SEGMENT_COUNT", message)
    }
    const segments: Segment[] = []
    let at = slot.at + HEADER_BYTES
    for (let index = 0; index < count; index++) {
        const segment = readSegment(slot, at, index)
        checkAlignment(segment, slot, chip)
        segments.push(segment)
        at = segment.at + segment.sizeBytes
    }
    return { segments, segmentsEndAt: at }
}

function readSegment(slot: ImageSlot, headerAt: number, index: number): Segment {
    const at = headerAt + SEGMENT_HEADER_BYTES
    need(slot, at)
    const loadAddress = slot.bytes.readUInt32LE(headerAt)
    const sizeBytes = slot.bytes.readUInt32LE(headerAt + 4)
    if (sizeBytes >= SEGMENT_LIMIT_BYTES) {
        throw new AirpinError(
            "IMAGE_SEGMENT_TOO_LONG",
            `segment ${index + 1} at byte ${addressText(at)} claims ${sizeBytes} bytes`,
        )
    }
    need(slot, at + sizeBytes)
    return { loadAddress, at, sizeBytes }
}

function checkAlignment({ loadAddress, at, sizeBytes }: Segment, slot: ImageSlot, chip: Chip): void {
    const { mappedData, mappedCode } = chips[chip]
    const isMapped = isWithin(mappedData, loadAddress) || isWithin(mappedCode, loadAddress)
    const isInPlace = !isMapped || (at - slot.at) % PAGE_BYTES === loadAddress % PAGE_BYTES
    if (isInPlace && sizeBytes % 4 === 0) return
    const message = `the segment of ${sizeBytes} bytes at byte ${addressText(at)} cannot be loaded at ${addressText(loadAddress)}`
    throw new AirpinError("IMAGE_SEGMENT_MISALIGNED", message)
}

function checksumPlace(imageAt: number, segmentsEndAt: number): number {
    return imageAt + roundUp(segmentsEndAt + 1 - imageAt, CHECKSUM_ALIGNMENT) - 1
}

function checksumOf(bytes: Buffer, segments: Segment[]): number {
    let sum = CHECKSUM_SEED
    for (const { at, sizeBytes } of segments) {
        for (let index = at; index < at + sizeBytes; index++) sum ^= bytes[index] ?? 0
    }
    return sum
}

function hashOf(bytes: Buffer, { at, checksumAt }: AppImage): Buffer {
    return createHash("sha256")
        .update(bytes.subarray(at, checksumAt + 1))
        .digest()
}

function checkSums(bytes: Buffer, image: AppImage): void {
    const checksum = checksumOf(bytes, image.segments)
    const stored = bytes.readUInt8(image.checksumAt)
    if (checksum !== stored)
        throw wrongSum("IMAGE_CHECKSUM_WRONG", "checksum", image, addressText(checksum), addressText(stored))
    if (!image.hashAt) return
    const hash = hashOf(bytes, image).toString("hex")
    const storedHash = bytes.toString("hex", image.hashAt, image.endAt)
    if (hash !== storedHash) throw wrongSum("IMAGE_HASH_WRONG", "SHA-256", image, hash, storedHash)
}

function wrongSum(code: ErrorCode, name: string, { at }: AppImage, found: string, stored: string): AirpinError {
    return new AirpinError(
        code,
        `the ${name} of the image at byte ${addressText(at)} is ${found}; the image says ${stored}`,
    )
}

/**
 * The rest of the sector behind the image must be empty: a signature, or a hash that the header
 * does not announce, would no longer match a patched image.
 */
function checkBehind({ bytes, at, limit }: ImageSlot, endAt: number): void {
    const nextSectorAt = at + roundUp(endAt - at, SIGNATURE_ALIGNMENT)
    if (nextSectorAt < limit && bytes[nextSectorAt] === SIGNATURE_MAGIC) {
        throw new AirpinError(
            "IMAGE_SIGNED",
            `the image at byte ${addressText(at)} is signed: there is a signature block at ${addressText(nextSectorAt)}`,
        )
    }
    if (isFiller(bytes.subarray(endAt, Math.min(nextSectorAt, limit)))) return
    throw new AirpinError(
        "IMAGE_TRAILING_BYTES",
        `unexpected bytes follow the image at byte ${addressText(at)}, from ${addressText(endAt)} on: a signature, or a hash that its header does not announce`,
    )
}

function readDescription(bytes: Buffer, { at, sizeBytes }: Segment): AppDescription | undefined {
    if (sizeBytes < DESCRIPTION_BYTES || !hasDescription(bytes, at)) return undefined
    const read = (offset: number) => textAt(bytes, at + offset)
    return { projectName: read(PROJECT_NAME_AT), version: read(VERSION_AT), idfVersion: read(IDF_VERSION_AT) }
}

function hasDescription(bytes: Buffer, at: number): boolean {
    return at + DESCRIPTION_BYTES <= bytes.length && bytes.readUInt32LE(at) === DESCRIPTION_MAGIC
}

/** The string up to its NUL, with "?" for everything that is not printable ASCII, so that it is safe in a terminal. */
function textAt(bytes: Buffer, at: number): string {
    return bytes
        .toString("latin1", at, at + TEXT_BYTES)
        .replace(/\0.*$/s, "")
        .replace(/[^\x20-\x7e]/g, "?")
}

/**
 * Application images of ESP-IDF; the bootloader is one as well:
 *
 *   24 bytes  header
 *   segments: load address u32 LE, length u32 LE, data
 *   zeros, so that the checksum ends a group of 16 bytes
 *   u8        checksum: 0xEF and every byte of segment data, XORed
 *   32 bytes  SHA-256 of all that, where the header announces it
 *
 * Sources: ESP-IDF `esp_app_format.h`, `esp_app_desc.h`, `esp_image_format.c`;
 * esptool documentation, "Firmware Image Format".
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { type Chip, chipNames, chipOf, chips, isWithin } from "./chip.ts"
import { addressText, isFiller, REPLACE_FILE, roundUp } from "./flash-memory.ts"

export interface Segment {
    /** where it stands or is mapped when the program runs */
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

/** An image whose sums are right. All places are offsets in the file. */
export interface AppImage {
    at: number
    chip: Chip
    /** at least one */
    segments: Segment[]
    checksumAt: number
    /** absent when no hash is appended */
    hashAt?: number
    endAt: number
    /** a bootloader has none */
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
/** SIXTEEN_MB of `esp_image_format.c`: no segment is as long */
const SEGMENT_LIMIT_BYTES = 16 * 1024 * 1024
/** Flash is mapped in pages of this size, so a mapped segment has its place within one in the file already. */
const PAGE_BYTES = 0x10000
const CHECKSUM_ALIGNMENT = 16
/** ESP_ROM_CHECKSUM_INITIAL */
const CHECKSUM_SEED = 0xef
const HASH_BYTES = 32
/** ESP_APP_DESC_MAGIC_WORD, and where its texts stand */
const DESCRIPTION_MAGIC = 0xabcd5432
const DESCRIPTION_BYTES = 256
const TEXT_BYTES = 32
const [VERSION_AT, PROJECT_NAME_AT, IDF_VERSION_AT] = [16, 48, 112]
/** Secure Boot v2 puts its block at the next sector (ETS_SECURE_BOOT_V2_SIGNATURE_MAGIC) */
const SIGNATURE_ALIGNMENT = 4096
const SIGNATURE_MAGIC = 0xe7

/**
 * Reads the image that begins at a place in the file, and verifies its sums.
 *
 * @param limit where its partition ends
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
 * The same file with checksum and hash of this image as its segments now demand.
 * The hash is over the checksum too, so it comes second.
 */
export function resealAppImage(bytes: Buffer, image: AppImage): Buffer {
    const sealed = Buffer.from(bytes)
    sealed[image.checksumAt] = checksumOf(sealed, image.segments)
    if (image.hashAt) sealed.set(hashOf(sealed, image), image.hashAt)
    return sealed
}

/** The segments that the program reads as constants, straight from flash. */
export function mappedData({ chip, segments }: AppImage): Segment[] {
    return segments.filter(({ loadAddress }) => isWithin(chips[chip].mappedData, loadAddress))
}

/** True when an application begins here; a bootloader has no description. */
export function isApp(bytes: Buffer): boolean {
    return bytes[0] === IMAGE_MAGIC && hasDescription(bytes, HEADER_BYTES + SEGMENT_HEADER_BYTES)
}

interface ImageSlot {
    bytes: Buffer
    /** where the image begins */
    at: number
    /** where the file or the partition ends */
    limit: number
}

function notFound({ bytes, at }: ImageSlot): AirpinError {
    const found = at < bytes.length ? `byte ${addressText(bytes.readUInt8(at))}` : "the end of the file"
    return new AirpinError(
        "IMAGE_NOT_FOUND",
        `no image of ESP-IDF begins at byte ${addressText(at)}: ${found} stands there in place of ${addressText(IMAGE_MAGIC)}`,
        "check that the file is a flash image, and not encrypted",
    )
}

function need({ bytes, at, limit }: ImageSlot, endAt: number): void {
    if (endAt <= limit) return
    const image = `the image at byte ${addressText(at)} needs the bytes up to ${addressText(endAt)}`
    if (limit === bytes.length)
        throw new AirpinError("IMAGE_TRUNCATED", `${image}, and the file ends at ${addressText(limit)}`, REPLACE_FILE)
    throw new AirpinError(
        "IMAGE_BEYOND_PARTITION",
        `${image}, and its partition ends at ${addressText(limit)}`,
        REPLACE_FILE,
    )
}

function readChip({ bytes, at }: ImageSlot): Chip {
    const id = bytes.readUInt16LE(at + CHIP_ID_AT)
    const chip = chipOf(id)
    if (chip) return chip
    const known = chipNames.join(", ")
    throw new AirpinError(
        "IMAGE_CHIP_UNKNOWN",
        `the image at byte ${addressText(at)} is for chip number ${id}`,
        `known are ${known}`,
    )
}

function readHashFlag({ bytes, at }: ImageSlot): boolean {
    const flag = bytes.readUInt8(at + HASH_FLAG_AT)
    if (flag <= 1) return flag === 1
    throw new AirpinError(
        "IMAGE_HASH_FLAG",
        `byte ${HASH_FLAG_AT} of the image at ${addressText(at)} is ${flag}; 0 or 1 says whether a hash follows`,
        REPLACE_FILE,
    )
}

function readSegments(slot: ImageSlot, chip: Chip): { segments: Segment[]; segmentsEndAt: number } {
    const count = slot.bytes.readUInt8(slot.at + SEGMENT_COUNT_AT)
    if (count === 0 || count > MAX_SEGMENTS) {
        const message = `the image at byte ${addressText(slot.at)} has ${count} segments; 1 to ${MAX_SEGMENTS} are possible`
        throw new AirpinError("IMAGE_SEGMENT_COUNT", message, REPLACE_FILE)
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
            REPLACE_FILE,
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
    throw new AirpinError("IMAGE_SEGMENT_MISALIGNED", message, REPLACE_FILE)
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

function wrongSum(code: string, name: string, { at }: AppImage, found: string, stored: string): AirpinError {
    return new AirpinError(
        code,
        `the ${name} of the image at byte ${addressText(at)} is ${found}, it should be ${stored}`,
        REPLACE_FILE,
    )
}

/**
 * Behind the image its sector is empty. A signature, or a hash that the header
 * does not announce, would no longer fit what was patched.
 */
function checkBehind({ bytes, at, limit }: ImageSlot, endAt: number): void {
    const nextSectorAt = at + roundUp(endAt - at, SIGNATURE_ALIGNMENT)
    if (nextSectorAt < limit && bytes[nextSectorAt] === SIGNATURE_MAGIC) {
        throw new AirpinError(
            "IMAGE_SIGNED",
            `the image at byte ${addressText(at)} is signed: a signature block stands at ${addressText(nextSectorAt)}`,
            "a chip that checks signatures takes no patched image; use an unsigned one",
        )
    }
    if (isFiller(bytes.subarray(endAt, Math.min(nextSectorAt, limit)))) return
    throw new AirpinError(
        "IMAGE_TRAILING_BYTES",
        `something stands right behind the image at byte ${addressText(at)}, at ${addressText(endAt)}: a signature, or a hash that its header does not announce`,
        "use an image that is not signed, as its build wrote it",
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

/** Up to the zero that ends it; what is not printable ASCII comes out as "?", so it is safe in a terminal. */
function textAt(bytes: Buffer, at: number): string {
    return bytes
        .toString("latin1", at, at + TEXT_BYTES)
        .replace(/\0.*$/s, "")
        .replace(/[^\x20-\x7e]/g, "?")
}

/**
 * A file that is written to flash: bootloader, partition table and applications, or one
 * application alone. Its flash address follows from the position of the partition table.
 * Sources: ESP-IDF "Bootloader" and "Partition Tables"; esptool `merge_bin`.
 */
import { AirpinError } from "../../certs/error.ts"
import { type AppImage, IMAGE_MAGIC, isApp, parseAppImage } from "./app-image.ts"
import { type Chip, chips } from "./chip.ts"
import { addressText, isFiller, REPLACE_FILE } from "./flash-memory.ts"
import { requireNoForeignImage } from "./foreign-image.ts"
import {
    APP_TYPE,
    isPartitionTable,
    type Partition,
    parsePartitionTable,
    TABLE_ADDRESS,
    TABLE_SECTOR_BYTES,
} from "./partition-table.ts"

export interface FlashImage {
    bytes: Buffer
    chip: Chip
    /** flash address of the first byte; absent for an application alone */
    startAt?: number
    /** from the bootloader's header; absent for an application alone */
    flashSizeBytes?: number
    /** empty for an application alone */
    partitions: Partition[]
    /** absent for an application alone */
    bootloader?: AppImage
    /** at least one */
    apps: AppImage[]
}

/** A flash image with a bootloader and a partition table, which a chip starts from. */
export interface BootableImage extends FlashImage {
    startAt: number
    flashSizeBytes: number
}

/** Flash addresses at which a file can begin: the start of flash, and the bootloader of the ESP32 and ESP32-S2. */
const STARTS = [0, 0x1000]
/** Byte 3 of the bootloader; its upper half is log2 of the flash size in MB (esp_image_flash_size_t). */
const FLASH_SIZE_AT = 3
const MAX_FLASH_SIZE = 7
const MB = 1024 * 1024

/**
 * Parses and verifies a file.
 *
 * @param fileName if it ends in an address, like DeviceScript's `-0x1000.bin`, the address must match the contents;
 * ignored for an application alone
 * @throws AirpinError IMAGE_FOREIGN, PARTITION_TABLE_MISSING, IMAGE_START_AMBIGUOUS, IMAGE_START_UNEXPECTED, IMAGE_NAME_MISMATCH,
 * IMAGE_BOOTLOADER_MISPLACED, IMAGE_CHIP_MIXED, IMAGE_FLASH_SIZE, IMAGE_BEYOND_FLASH, and what
 * {@link parsePartitionTable} and {@link parseAppImage} throw
 */
export function readFlashImage(file: Uint8Array, fileName?: string): FlashImage {
    const bytes = Buffer.from(file)
    if (isApp(bytes)) return readAppAlone(bytes)
    const startAt = findStart(bytes, fileName)
    checkName(startAt, fileName)
    const bootloader = readBootloader(bytes, startAt)
    const flashSizeBytes = readFlashSize(bytes, bootloader)
    if (startAt + bytes.length > flashSizeBytes) throw beyondFlash(startAt + bytes.length, flashSizeBytes)
    const tableAt = TABLE_ADDRESS - startAt
    const partitions = parsePartitionTable(bytes.subarray(tableAt, tableAt + TABLE_SECTOR_BYTES), flashSizeBytes)
    const apps = readApps(bytes, startAt, partitions)
    apps.forEach(app => checkChip(app, bootloader.chip))
    return { bytes, chip: bootloader.chip, startAt, flashSizeBytes, partitions, bootloader, apps }
}

/** True for a file that begins like a flash image or an application, even if damaged; false for a bundle. */
export function isFlashImage(bytes: Buffer): boolean {
    return isApp(bytes) || STARTS.some(start => isPartitionTable(bytes.subarray(TABLE_ADDRESS - start)))
}

/** @throws AirpinError IMAGE_NOT_BOOTABLE for an application alone */
export function requireBootable(image: FlashImage): BootableImage {
    const { startAt, flashSizeBytes } = image
    if (startAt !== undefined && flashSizeBytes !== undefined) return { ...image, startAt, flashSizeBytes }
    throw new AirpinError(
        "IMAGE_NOT_BOOTABLE",
        "the image is an application alone, without the bootloader and the partition table that a chip starts from",
    )
}

/** A view on a partition's bytes in the file: shorter, or empty, if the file ends before the partition does. */
export function regionOf({ bytes, startAt }: FlashImage, { offset, sizeBytes }: Partition): Buffer {
    if (startAt === undefined || offset < startAt) return Buffer.alloc(0)
    return bytes.subarray(offset - startAt, offset - startAt + sizeBytes)
}

function readAppAlone(bytes: Buffer): FlashImage {
    const app = parseAppImage(bytes, 0)
    return { bytes, chip: app.chip, partitions: [], apps: [app] }
}

function findStart(bytes: Buffer, fileName: string | undefined): number {
    const [startAt, another] = STARTS.filter(start => isPartitionTable(bytes.subarray(TABLE_ADDRESS - start)))
    if (startAt === undefined) {
        requireNoForeignImage(bytes, fileName)
        throw new AirpinError(
            "PARTITION_TABLE_MISSING",
            `the file is neither an application nor a flash image: it has no partition table at flash address ${addressText(TABLE_ADDRESS)}`,
            "use an ESP-IDF flash image that begins at 0x0 or 0x1000, or an application image",
        )
    }
    if (another !== undefined) {
        throw new AirpinError(
            "IMAGE_START_AMBIGUOUS",
            "the file has two partition tables, one for a start at 0x0 and one for a start at 0x1000",
        )
    }
    return startAt
}

function checkName(startAt: number, fileName = ""): void {
    const suffix = /-0x([0-9a-f]+)\.bin$/i.exec(fileName)?.[1]
    if (suffix === undefined || Number.parseInt(suffix, 16) === startAt) return
    throw new AirpinError(
        "IMAGE_NAME_MISMATCH",
        `the file begins at flash address ${addressText(startAt)}, but its name says 0x${suffix}`,
    )
}

function readBootloader(bytes: Buffer, startAt: number): AppImage {
    const address = STARTS.find(start => start >= startAt && bytes[start - startAt] === IMAGE_MAGIC) ?? startAt
    if (!isFiller(bytes.subarray(0, address - startAt))) {
        throw new AirpinError(
            "IMAGE_START_UNEXPECTED",
            `there are unexpected bytes before the bootloader at ${addressText(address)}, probably a Secure Boot digest`,
        )
    }
    const bootloader = parseAppImage(bytes, address - startAt, TABLE_ADDRESS - startAt)
    const { bootloaderAt } = chips[bootloader.chip]
    if (bootloaderAt === address) return bootloader
    const message = `the bootloader for ${bootloader.chip} is at flash address ${addressText(address)}; that chip reads it from ${addressText(bootloaderAt)}`
    throw new AirpinError("IMAGE_BOOTLOADER_MISPLACED", message)
}

function readFlashSize(bytes: Buffer, { at }: AppImage): number {
    const size = bytes.readUInt8(at + FLASH_SIZE_AT) >> 4
    if (size <= MAX_FLASH_SIZE) return MB << size
    throw new AirpinError(
        "IMAGE_FLASH_SIZE",
        `the bootloader has the flash size code ${size}, not 0 to ${MAX_FLASH_SIZE}`,
    )
}

function beyondFlash(endAt: number, flashSizeBytes: number): AirpinError {
    const message = `the file ends at flash address ${addressText(endAt)}, behind the end of the flash at ${addressText(flashSizeBytes)}`
    return new AirpinError("IMAGE_BEYOND_FLASH", message)
}

/** The images in the application partitions. One for updates may be empty, or behind the end of the file. */
function readApps(bytes: Buffer, startAt: number, partitions: Partition[]): AppImage[] {
    const places = partitions
        .filter(({ type }) => type === APP_TYPE)
        .map(({ offset, sizeBytes }) => ({ at: offset - startAt, sizeBytes }))
    const filled = places.filter(({ at, sizeBytes }) => !isFiller(bytes.subarray(at, at + sizeBytes)))
    const apps = filled.map(({ at, sizeBytes }) => parseAppImage(bytes, at, at + sizeBytes))
    if (apps.length > 0) return apps
    throw new AirpinError("IMAGE_NOT_FOUND", "no partition of this file contains an application", REPLACE_FILE)
}

function checkChip({ at, chip }: AppImage, bootloaderChip: Chip): void {
    if (chip === bootloaderChip) return
    throw new AirpinError(
        "IMAGE_CHIP_MIXED",
        `the bootloader is for ${bootloaderChip}, but the application at byte ${addressText(at)} is for ${chip}`,
    )
}

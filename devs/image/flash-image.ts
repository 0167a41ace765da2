/**
 * A file as it goes to flash: bootloader, partition table and applications, or
 * one application alone. Where in flash it begins is read from what stands in
 * it. Source: ESP-IDF "Bootloader" and "Partition Tables"; esptool `merge_bin`.
 */
import { AirpinError } from "../../certs/error.ts"
import { type AppImage, IMAGE_MAGIC, isApp, parseAppImage } from "./app-image.ts"
import { type Chip, chips } from "./chip.ts"
import { addressText, isFiller, REPLACE_FILE } from "./flash-memory.ts"
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
    /** what the bootloader's header says; absent for an application alone */
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

/** Where a file can begin: at the start of flash, or at the bootloader of those chips that keep it here. */
const STARTS = [0, 0x1000]
/** Byte 3 of the bootloader: its upper half counts the doublings of 1 MB (esp_image_flash_size_t). */
const FLASH_SIZE_AT = 3
const MAX_FLASH_SIZE = 7
const MB = 1024 * 1024

/**
 * Reads a file and verifies all that is in it.
 *
 * @param fileName when it ends in `-0x1000.bin` or the like, as DeviceScript names its files, it has to agree
 * with what was found; it is not looked at for an application alone
 * @throws AirpinError PARTITION_TABLE_MISSING, IMAGE_START_AMBIGUOUS, IMAGE_START_UNEXPECTED, IMAGE_NAME_MISMATCH,
 * IMAGE_BOOTLOADER_MISPLACED, IMAGE_CHIP_MIXED, IMAGE_FLASH_SIZE, IMAGE_BEYOND_FLASH, and what
 * {@link parsePartitionTable} and {@link parseAppImage} throw
 */
export function readFlashImage(file: Uint8Array, fileName?: string): FlashImage {
    const bytes = Buffer.from(file)
    if (isApp(bytes)) return readAppAlone(bytes)
    const startAt = findStart(bytes)
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

/** True for a file that begins as a flash image or an application does, also a damaged one; false for a certificate bundle. */
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
        "use a complete flash image",
    )
}

/** What the file has of a partition: a view on its bytes, shorter where the file ends early, empty where nothing of it is there. */
export function regionOf({ bytes, startAt }: FlashImage, { offset, sizeBytes }: Partition): Buffer {
    if (startAt === undefined || offset < startAt) return Buffer.alloc(0)
    return bytes.subarray(offset - startAt, offset - startAt + sizeBytes)
}

function readAppAlone(bytes: Buffer): FlashImage {
    const app = parseAppImage(bytes, 0)
    return { bytes, chip: app.chip, partitions: [], apps: [app] }
}

function findStart(bytes: Buffer): number {
    const [startAt, another] = STARTS.filter(start => isPartitionTable(bytes.subarray(TABLE_ADDRESS - start)))
    if (startAt === undefined) {
        throw new AirpinError(
            "PARTITION_TABLE_MISSING",
            `no partition table stands where flash address ${addressText(TABLE_ADDRESS)} may be in this file, and it is no application alone`,
            "give a flash image of ESP-IDF that begins at 0x0 or 0x1000, or an application image",
        )
    }
    if (another !== undefined) {
        throw new AirpinError(
            "IMAGE_START_AMBIGUOUS",
            "partition tables stand where both a start at 0x0 and one at 0x1000 would have it",
            REPLACE_FILE,
        )
    }
    return startAt
}

function checkName(startAt: number, fileName = ""): void {
    const suffix = /-0x([0-9a-f]+)\.bin$/i.exec(fileName)?.[1]
    if (suffix === undefined || Number.parseInt(suffix, 16) === startAt) return
    throw new AirpinError(
        "IMAGE_NAME_MISMATCH",
        `the file's name says that it begins at 0x${suffix}, its contents say ${addressText(startAt)}`,
        "give the file the name that it had",
    )
}

function readBootloader(bytes: Buffer, startAt: number): AppImage {
    const address = STARTS.find(start => start >= startAt && bytes[start - startAt] === IMAGE_MAGIC) ?? startAt
    if (!isFiller(bytes.subarray(0, address - startAt))) {
        throw new AirpinError(
            "IMAGE_START_UNEXPECTED",
            `something stands before the bootloader at ${addressText(address)}: a digest of Secure Boot, it seems`,
            REPLACE_FILE,
        )
    }
    const bootloader = parseAppImage(bytes, address - startAt, TABLE_ADDRESS - startAt)
    const { bootloaderAt } = chips[bootloader.chip]
    if (bootloaderAt === address) return bootloader
    const message = `a bootloader for ${bootloader.chip} stands at flash address ${addressText(address)}; that chip looks for it at ${addressText(bootloaderAt)}`
    throw new AirpinError("IMAGE_BOOTLOADER_MISPLACED", message, REPLACE_FILE)
}

function readFlashSize(bytes: Buffer, { at }: AppImage): number {
    const size = bytes.readUInt8(at + FLASH_SIZE_AT) >> 4
    if (size <= MAX_FLASH_SIZE) return MB << size
    throw new AirpinError(
        "IMAGE_FLASH_SIZE",
        `the bootloader names flash size number ${size}; 0 to ${MAX_FLASH_SIZE} are known`,
        REPLACE_FILE,
    )
}

function beyondFlash(endAt: number, flashSizeBytes: number): AirpinError {
    const message = `the file reaches up to flash address ${addressText(endAt)}, the flash ends at ${addressText(flashSizeBytes)}`
    return new AirpinError("IMAGE_BEYOND_FLASH", message, "use an image that was built for this size of flash")
}

/** A partition of type application may be empty, as one for updates is, or behind the file's end. */
function readApps(bytes: Buffer, startAt: number, partitions: Partition[]): AppImage[] {
    const places = partitions
        .filter(({ type }) => type === APP_TYPE)
        .map(({ offset, sizeBytes }) => ({ at: offset - startAt, sizeBytes }))
    const filled = places.filter(({ at, sizeBytes }) => !isFiller(bytes.subarray(at, at + sizeBytes)))
    const apps = filled.map(({ at, sizeBytes }) => parseAppImage(bytes, at, at + sizeBytes))
    if (apps.length > 0) return apps
    throw new AirpinError("IMAGE_NOT_FOUND", "no partition of this file holds an application", REPLACE_FILE)
}

function checkChip({ at, chip }: AppImage, wanted: Chip): void {
    if (chip === wanted) return
    throw new AirpinError(
        "IMAGE_CHIP_MIXED",
        `the bootloader is for ${wanted}, the application at byte ${addressText(at)} for ${chip}`,
        REPLACE_FILE,
    )
}

/**
 * Writes an image to a chip's flash. The chip's MD5 of each block decides whether the block is
 * written, and is compared again afterwards. So a repeated run skips what an interrupted one wrote.
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import type { Chip } from "../image/chip.ts"
import { type BootableImage, type FlashImage, requireBootable } from "../image/flash-image.ts"
import { addressText, roundUp } from "../image/flash-memory.ts"
import { TABLE_ADDRESS, TABLE_SECTOR_BYTES } from "../image/partition-table.ts"
import { ChipLoader, isChipFailure, type LoaderOptions } from "./loader.ts"
import type { ChipPort } from "./serial-port.ts"

/** Flash is erased in sectors; a block is the largest unit that every flash chip can erase at once. */
const SECTOR_BYTES = 0x1000
const BLOCK_BYTES = 0x10000
/** enough for the occasional byte lost on the wire */
const WRITE_ATTEMPTS = 3

export interface FlashOptions extends LoaderOptions {
    /** write only the sectors of the applications that differ, and nothing else */
    repin: boolean
    onConnected?(chip: Chip, flashSizeBytes: number): void
    onProgress?(progress: FlashProgress): void
}

export interface FlashProgress {
    /** compared and, if different, written */
    doneBytes: number
    totalBytes: number
}

export interface FlashReport {
    chip: Chip
    flashSizeBytes: number
    writtenBytes: number
    /** already in the flash */
    equalBytes: number
    /** if false, the user must press RESET */
    wasReset: boolean
}

/** A range of flash addresses. */
interface Region {
    startAt: number
    sizeBytes: number
}

/**
 * Writes the image to the chip's flash, verifies it, and resets the chip.
 *
 * @throws AirpinError IMAGE_NOT_BOOTABLE, CHIP_MISMATCH, FLASH_TOO_SMALL,
 * FLASH_VERIFY_FAILED, REPIN_MISMATCH, and the errors of {@link ChipLoader}
 */
export async function flash(port: ChipPort, image: FlashImage, options: FlashOptions): Promise<FlashReport> {
    requireBootable(image)
    const loader = await ChipLoader.connect(port, options)
    options.onConnected?.(loader.chip, loader.flashSizeBytes)
    return flashConnected(loader, image, options)
}

/** As {@link flash}, for a chip that is connected already. */
export async function flashConnected(
    loader: ChipLoader,
    image: FlashImage,
    options: Pick<FlashOptions, "repin" | "onProgress">,
): Promise<FlashReport> {
    const bootable = requireBootable(image)
    refuseMismatch(loader, bootable)
    if (options.repin) await refuseOtherLayout(loader, bootable)
    const flasher = new Flasher(loader, bootable, options)
    await flasher.write(options.repin ? appRegions(bootable) : [wholeRegion(bootable)])
    const { writtenBytes, equalBytes } = flasher
    return {
        chip: loader.chip,
        flashSizeBytes: loader.flashSizeBytes,
        writtenBytes,
        equalBytes,
        wasReset: await loader.reset(),
    }
}

const wholeRegion = ({ startAt, bytes }: BootableImage): Region => ({ startAt, sizeBytes: bytes.length })

/** The applications, each with the rest of its last sector as far as the file has it. */
function appRegions({ startAt, bytes, apps }: BootableImage): Region[] {
    return apps.map(({ at, endAt }) => ({
        startAt: startAt + at,
        sizeBytes: Math.min(roundUp(endAt, SECTOR_BYTES), bytes.length) - at,
    }))
}

function refuseMismatch(
    { chip, flashSizeBytes }: ChipLoader,
    { chip: imageChip, flashSizeBytes: neededBytes }: BootableImage,
): void {
    if (chip !== imageChip)
        throw new AirpinError("CHIP_MISMATCH", `the image is for ${imageChip}, but the chip is ${chip}`)
    if (flashSizeBytes >= neededBytes) return
    const message = `the image needs ${megabytes(neededBytes)} of flash, but the chip has ${megabytes(flashSizeBytes)}`
    throw new AirpinError("FLASH_TOO_SMALL", message)
}

const megabytes = (bytes: number) => `${bytes / (1 << 20)} MB`

/** With another bootloader or partition table, or without one, the repinned application would not start. */
async function refuseOtherLayout(loader: ChipLoader, bootable: BootableImage): Promise<void> {
    const { startAt } = bootable
    const layout = partOf(bootable, { startAt, sizeBytes: TABLE_ADDRESS + TABLE_SECTOR_BYTES - startAt })
    if ((await loader.md5(startAt, layout.length)) === md5Of(layout)) return
    throw new AirpinError(
        "REPIN_MISMATCH",
        "the bootloader or the partition table on the chip differs from the image's",
    )
}

class Flasher {
    writtenBytes = 0
    equalBytes = 0
    readonly #loader: ChipLoader
    readonly #image: BootableImage
    readonly #options: Pick<FlashOptions, "repin" | "onProgress">
    #totalBytes = 0

    constructor(loader: ChipLoader, image: BootableImage, options: Pick<FlashOptions, "repin" | "onProgress">) {
        this.#loader = loader
        this.#image = image
        this.#options = options
    }

    /** @throws AirpinError FLASH_VERIFY_FAILED */
    async write(regions: Region[]): Promise<void> {
        this.#totalBytes = regions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
        for (const block of regions.flatMap(region => pieces(region, BLOCK_BYTES))) await this.#writeBlock(block)
        for (const region of regions) if (!(await this.#holds(region))) throw verifyFailed(region)
    }

    async #writeBlock(block: Region): Promise<void> {
        if (await this.#holds(block)) return this.#equal(block.sizeBytes)
        if (!this.#options.repin) return this.#writePart(block)
        for (const sector of pieces(block, SECTOR_BYTES)) {
            if (await this.#holds(sector)) this.#equal(sector.sizeBytes)
            else await this.#writePart(sector)
        }
    }

    async #holds(part: Region): Promise<boolean> {
        return (await this.#loader.md5(part.startAt, part.sizeBytes)) === md5Of(partOf(this.#image, part))
    }

    /** Repeats until the chip's MD5 is right, at most {@link WRITE_ATTEMPTS} times. */
    async #writePart(part: Region): Promise<void> {
        const bytes = partOf(this.#image, part)
        for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
            const failure = await this.#loader
                .write(part.startAt, bytes, done => this.#progress(done * bytes.length))
                .catch(retryable)
            if (failure && attempt === WRITE_ATTEMPTS) throw failure
            if (!failure && (await this.#holds(part))) return this.#written(bytes.length)
        }
        throw verifyFailed(part)
    }

    #written(sizeBytes: number): void {
        this.writtenBytes += sizeBytes
        this.#progress(0)
    }

    #equal(sizeBytes: number): void {
        this.equalBytes += sizeBytes
        this.#progress(0)
    }

    #progress(underWayBytes: number): void {
        this.#options.onProgress?.({
            doneBytes: this.writtenBytes + this.equalBytes + underWayBytes,
            totalBytes: this.#totalBytes,
        })
    }
}

/** The error, if another attempt may succeed; any other one is thrown. */
function retryable(error: unknown): AirpinError {
    if (isChipFailure(error)) return error
    throw error
}

function verifyFailed({ startAt, sizeBytes }: Region): AirpinError {
    return new AirpinError(
        "FLASH_VERIFY_FAILED",
        `the flash from ${addressText(startAt)} to ${addressText(startAt + sizeBytes)} differs from what was written to it`,
    )
}

/** The region, split at the boundaries of sectors or blocks. */
function pieces({ startAt, sizeBytes }: Region, unitBytes: number): Region[] {
    const endAt = startAt + sizeBytes
    const parts: Region[] = []
    for (let at = startAt; at < endAt; ) {
        const next = Math.min(endAt, (Math.floor(at / unitBytes) + 1) * unitBytes)
        parts.push({ startAt: at, sizeBytes: next - at })
        at = next
    }
    return parts
}

/** The image's bytes for a range of flash. */
function partOf({ bytes, startAt }: BootableImage, part: Region): Buffer {
    return bytes.subarray(part.startAt - startAt, part.startAt - startAt + part.sizeBytes)
}

const md5Of = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex")

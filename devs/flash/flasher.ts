/**
 * An image into a chip's flash: only what the chip does not hold already, by
 * its own digests, and compared by them afterwards. What an interrupted run
 * has written, the next one finds.
 */
import { createHash } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { ChipLoader, type ChipName, type LoaderOptions } from "./loader.ts"
import type { ChipPort } from "./serial-port.ts"

/** Flash is erased by sectors; the largest unit that every flash erases at once is the block. */
const SECTOR_BYTES = 0x1000
const BLOCK_BYTES = 0x10000
/** A byte lost on the wire is not lost thrice. */
const WRITE_ATTEMPTS = 3

/** A part of the flash, by its addresses. */
export interface Region {
    startAt: number
    sizeBytes: number
}

/** What is to be in the flash. */
export interface FlashImage {
    bytes: Buffer
    /** address of its first byte in the flash, a multiple of 4096 */
    startAt: number
    chip: ChipName
    /** the flash that it is made for */
    flashSizeBytes: number
    /** the partitions that hold the runtime */
    apps: Region[]
}

export interface FlashOptions extends LoaderOptions {
    /** write to the app partitions only, and there only the sectors that differ */
    repin: boolean
    onConnected?(chip: ChipName, flashSizeBytes: number): void
    onProgress?(progress: FlashProgress): void
}

export interface FlashProgress {
    /** compared and, where it differed, written */
    doneBytes: number
    totalBytes: number
}

export interface FlashReport {
    chip: ChipName
    flashSizeBytes: number
    writtenBytes: number
    /** found to be there already */
    equalBytes: number
    /** false: somebody must press RESET */
    wasReset: boolean
}

/**
 * Makes the chip's flash hold the image, and starts it.
 *
 * @throws AirpinError CHIP_MISMATCH, FLASH_TOO_SMALL, FLASH_VERIFY_FAILED,
 * REPIN_MISMATCH, and those of `ChipLoader`
 */
export async function flash(port: ChipPort, image: FlashImage, options: FlashOptions): Promise<FlashReport> {
    const loader = await ChipLoader.connect(port, options)
    options.onConnected?.(loader.chip, loader.flashSizeBytes)
    refuseMismatch(loader, image)
    if (options.repin) await refuseOtherLayout(loader, image)
    const flasher = new Flasher(loader, image, options)
    await flasher.write(options.repin ? image.apps.map(app => clip(app, image)) : [wholeOf(image)])
    const { writtenBytes, equalBytes } = flasher
    return { chip: loader.chip, flashSizeBytes: loader.flashSizeBytes, writtenBytes, equalBytes, wasReset: await loader.reset() }
}

const wholeOf = ({ startAt, bytes }: FlashImage): Region => ({ startAt, sizeBytes: bytes.length })

/** What the image has of it: a file may end before its last partition does. */
function clip({ startAt, sizeBytes }: Region, image: FlashImage): Region {
    return { startAt, sizeBytes: Math.min(sizeBytes, image.startAt + image.bytes.length - startAt) }
}

function refuseMismatch({ chip, flashSizeBytes }: ChipLoader, image: FlashImage): void {
    if (chip !== image.chip)
        throw new AirpinError("CHIP_MISMATCH", `the image is for ${image.chip}, this is ${chip}`, "take the image of the board that is plugged in")
    const neededBytes = Math.max(image.flashSizeBytes, image.startAt + image.bytes.length)
    if (flashSizeBytes < neededBytes)
        throw new AirpinError(
            "FLASH_TOO_SMALL",
            `the image needs ${megabytes(neededBytes)} of flash, the chip has ${megabytes(flashSizeBytes)}`,
            "take a board with more flash",
        )
}

const megabytes = (bytes: number) => `${bytes / (1 << 20)} MB`

/** Bootloader and partition table stand before 0x9000, where every partition begins (ESP-IDF, "Partition Tables"). */
const LAYOUT_END = 0x9000

/** A new bundle in another runtime, or in none, would not start. */
async function refuseOtherLayout(loader: ChipLoader, image: FlashImage): Promise<void> {
    const layout = partOf(image, { startAt: image.startAt, sizeBytes: LAYOUT_END - image.startAt })
    if ((await loader.md5(image.startAt, layout.length)) === md5Of(layout)) return
    throw new AirpinError(
        "REPIN_MISMATCH",
        "the chip holds another bootloader or partition table than the image",
        "flash it whole, without --repin; that writes its settings and program too",
    )
}

class Flasher {
    writtenBytes = 0
    equalBytes = 0
    readonly #loader: ChipLoader
    readonly #image: FlashImage
    readonly #options: FlashOptions
    #totalBytes = 0

    constructor(loader: ChipLoader, image: FlashImage, options: FlashOptions) {
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

    /** Until the chip's digest is right, or there is no more hope. */
    async #writePart(part: Region): Promise<void> {
        const bytes = partOf(this.#image, part)
        for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
            const failure = await this.#loader.write(part.startAt, bytes, done => this.#progress(done * bytes.length)).catch(retryable)
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
        this.#options.onProgress?.({ doneBytes: this.writtenBytes + this.equalBytes + underWayBytes, totalBytes: this.#totalBytes })
    }
}

/** A failure of the chip, which may pass; what the port does is thrown on. */
function retryable(error: unknown): AirpinError {
    if (error instanceof AirpinError && error.code === "CHIP_FAILED") return error
    throw error
}

function verifyFailed({ startAt, sizeBytes }: Region): AirpinError {
    return new AirpinError(
        "FLASH_VERIFY_FAILED",
        `the flash from 0x${startAt.toString(16)} to 0x${(startAt + sizeBytes).toString(16)} does not hold what was written to it`,
        "run this again; if it fails at the same place, the flash is worn out or protected",
    )
}

/** Cut where the flash has its borders. */
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

/** The image's bytes of a part of the flash. */
function partOf({ bytes, startAt }: FlashImage, part: Region): Buffer {
    return bytes.subarray(part.startAt - startAt, part.startAt - startAt + part.sizeBytes)
}

const md5Of = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex")

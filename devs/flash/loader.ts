/**
 * A chip in its serial loader, by `esptool-js`: which chip it is, how much
 * flash it has, digests of its flash, and writing to it. Everything ends in
 * bounded time, with an AirpinError when it fails.
 */
import { deflateSync } from "node:zlib"
import { ESPError, ESPLoader, Transport, UnexpectedChipIdError, UnexpectedChipMagicError } from "esptool-js"
import { AirpinError } from "../../certs/error.ts"
import { type Chip, chipNames } from "../image/chip.ts"
import { type ChipPort, ROM_BAUD } from "./serial-port.ts"

export interface LoaderOptions {
    /** bits per second, once the chip has answered */
    baud: number
    /** let the chip run the flasher stub; without it, its ROM does the same more slowly */
    stub: boolean
}

/** Seven tries with five SYNCs and a reset each, a second round after a failed detection, the stub at 115200 baud. */
const CONNECT_TIMEOUT_MS = 45_000
/** 15 sectors erased one by one, 6 s, and 60 kB written, 0.7 s, at the worst (W25Q128JV datasheet, AC characteristics). */
const PACKET_TIMEOUT_MS = 8_000
/** 64 kB that cannot be compressed, in the 1 kB packets of the ROM, at 115200 baud: 6 s and the chip's time. */
const WRITE_TIMEOUT_MS = 60_000
/** esptool gives 8 s per megabyte; the largest digest is of 16 MB. */
const MD5_TIMEOUT_MS = 130_000
/** how long esptool's HardReset keeps EN low, by RTS */
const RESET_MS = 100
/** word 1 of SPI_SET_PARAMS is the size; these are id, block, sector, page and status mask as esptool gives them */
const SPI_SET_PARAMS = 0x0b
const flashGeometry = (sizeBytes: number) => [0, sizeBytes, 0x10000, 0x1000, 0x100, 0xffff]
/** SPI_ATTACH of the ROM: the default pins, and a zero word that the stub does not take */
const DEFAULT_PINS = [0, 0]

export class ChipLoader {
    readonly chip: Chip
    readonly flashSizeBytes: number
    readonly #loader: ESPLoader
    readonly #port: ChipPort

    private constructor(port: ChipPort, loader: ESPLoader, flashSizeBytes: number) {
        this.#port = port
        this.#loader = loader
        this.chip = nameOf(loader)
        this.flashSizeBytes = flashSizeBytes
    }

    /**
     * Brings the chip into its loader, if the port has the lines for it, and
     * makes ready to write.
     *
     * @throws AirpinError CHIP_SILENT, CHIP_UNKNOWN, CHIP_LOCKED, CHIP_FAILED,
     * CHIP_STUCK, BAUD_FAILED, FLASH_UNKNOWN, PORT_UNPLUGGED, PORT_STUCK
     */
    static async connect(port: ChipPort, options: LoaderOptions): Promise<ChipLoader> {
        try {
            return await ChipLoader.#connectOnce(port, options)
        } catch (error) {
            if (!isChipFailure(error)) throw error
            await port.close() // the loader opens it
            return ChipLoader.#connectOnce(port, options)
        }
    }

    static async #connectOnce(port: ChipPort, { baud, stub }: LoaderOptions): Promise<ChipLoader> {
        const loader = new ESPLoader({
            transport: new QuietTransport(port),
            baudrate: baud,
            romBaudrate: ROM_BAUD,
            terminal: silence,
        })
        loader.WRITE_BLOCK_ATTEMPTS = 1 // compressed data that is sent again, because its answer was lost, would be there twice
        const connecting = async () => {
            await detect(loader, port)
            await loader.chip.postConnect?.(loader)
            if (stub) await loader.runStub()
            else loader.FLASH_WRITE_SIZE = loader.chip.FLASH_WRITE_SIZE
            if (baud !== ROM_BAUD) await changeBaud(loader, baud)
            return flashSizeOf(loader)
        }
        return new ChipLoader(port, loader, await bounded(port, connecting(), CONNECT_TIMEOUT_MS))
    }

    /**
     * MD5 of a part of the flash, by the chip itself, as 32 hexadecimal digits.
     *
     * @throws AirpinError CHIP_FAILED, CHIP_STUCK, PORT_UNPLUGGED, PORT_STUCK
     */
    async md5(at: number, sizeBytes: number): Promise<string> {
        const text = await bounded(this.#port, this.#loader.flashMd5sum(at, sizeBytes), MD5_TIMEOUT_MS)
        // The ROM answers in hexadecimal digits; esptool-js takes them for the digest itself.
        return text.length === 64 ? Buffer.from(text, "hex").toString() : text
    }

    /**
     * Erases the sectors and writes, byte for byte what it is given.
     *
     * @param at a multiple of 4096
     * @param bytes 64 kB at most
     * @param onWritten gets the part that is written, 0 to 1
     * @throws AirpinError CHIP_FAILED, CHIP_STUCK, PORT_UNPLUGGED, PORT_STUCK
     */
    async write(at: number, bytes: Buffer, onWritten: (part: number) => void): Promise<void> {
        await bounded(this.#port, this.#writeCompressed(at, padded(bytes), onWritten), WRITE_TIMEOUT_MS)
    }

    async #writeCompressed(at: number, bytes: Buffer, onWritten: (part: number) => void): Promise<void> {
        const compressed = deflateSync(bytes, { level: 9 })
        const packetBytes = this.#loader.FLASH_WRITE_SIZE
        const packets = await this.#loader.flashDeflBegin(bytes.length, compressed.length, at)
        for (let sequence = 0; sequence < packets; sequence++) {
            const packet = compressed.subarray(sequence * packetBytes, (sequence + 1) * packetBytes)
            await this.#loader.flashDeflBlock(packet, sequence, PACKET_TIMEOUT_MS)
            onWritten((sequence + 1) / packets)
        }
        if (this.#loader.IS_STUB) await this.#loader.flashDeflFinish(false, PACKET_TIMEOUT_MS)
    }

    /** Starts what is in the flash. False when the port has no line to the chip's reset, or is gone. */
    async reset(): Promise<boolean> {
        if (!this.#port.hasControlLines) return false
        // Not by esptool-js: its HardReset never pulls the line, and its setRTS pulls DTR along.
        const wasPulled = await this.#port.setSignals({ dataTerminalReady: false, requestToSend: true }).then(
            () => true,
            () => false,
        )
        await new Promise(resolve => setTimeout(resolve, RESET_MS))
        await this.#port.setSignals({ requestToSend: false }).catch(() => undefined) // a chip's own USB is away while it starts
        return wasPulled
    }
}

/** The transport of `esptool-js` without its words on the console, ending when the port does. */
class QuietTransport extends Transport {
    readonly #ended: Promise<never>

    constructor(port: ChipPort) {
        super(port as unknown as SerialPort) // esptool-js uses no more of it than ChipPort has
        this.#ended = port.ended
    }

    override trace(): void {}

    override read(timeoutMs: number): Promise<Uint8Array> {
        return Promise.race([super.read(timeoutMs), this.#ended])
    }
}

/** What esptool-js would say; the addresses and sizes of an image are nobody's business. */
const silence = { clean: () => undefined, write: () => undefined, writeLine: () => undefined }

async function detect(loader: ESPLoader, port: ChipPort): Promise<void> {
    await loader.detectChip(port.hasControlLines ? "default_reset" : "no_reset").catch(cause => {
        throw cause instanceof ESPError && cause.message.startsWith("Failed to connect") ? silent(port, cause) : cause
    })
    if (loader.secureDownloadMode) throw locked("is in secure download mode")
    await refuseEncryption(loader)
}

function silent({ path, hasControlLines }: ChipPort, cause: Error): AirpinError {
    const why = hasControlLines ? "" : "; this port has no lines to reset it with"
    return new AirpinError(
        "CHIP_SILENT",
        `no chip answers on ${path}${why}`,
        "hold the BOOT button, press and let go RESET (or plug it in), let go BOOT, and run this again",
        { cause },
    )
}

/** When it fails, esptool-js resets the chip and goes on at the ROM's rate; without lines to reset it, that fails too. */
async function changeBaud(loader: ESPLoader, baud: number): Promise<void> {
    await loader.changeBaud().catch(cause => {
        if (!(cause instanceof ESPError)) throw cause
        const nextStep = `hold BOOT, press RESET, let go BOOT, and run this again with --baud ${ROM_BAUD}`
        throw new AirpinError("BAUD_FAILED", `the chip is not heard at ${baud} baud`, nextStep, { cause })
    })
}

/** The ESP32 has no command to ask for it; there, the digest afterwards tells. */
async function refuseEncryption(loader: ESPLoader): Promise<void> {
    if (nameOf(loader) === "esp32") return
    const { parsedFlags, flashCryptCnt } = await loader.getSecurityInfo()
    if (parsedFlags.SECURE_BOOT_EN) throw locked("starts signed images only (secure boot)")
    if (isOdd(flashCryptCnt)) throw locked("encrypts its flash")
}

/** Flash is encrypted when an odd number of these bits is burnt (ESP-IDF, "Flash Encryption"). */
const isOdd = (bits: number) => bits.toString(2).replaceAll("0", "").length % 2 === 1

function locked(why: string): AirpinError {
    return new AirpinError(
        "CHIP_LOCKED",
        `the chip ${why}: airpin cannot write to it`,
        "take another chip; this cannot be undone",
    )
}

/** @throws AirpinError CHIP_UNKNOWN */
function nameOf({ chip: { CHIP_NAME } }: ESPLoader): Chip {
    const name = CHIP_NAME.toLowerCase().replaceAll("-", "")
    const known = chipNames.find(chip => chip === name)
    if (!known) throw unknown(CHIP_NAME)
    return known
}

function unknown(what: string): AirpinError {
    return new AirpinError(
        "CHIP_UNKNOWN",
        `this is no chip that DeviceScript runs on: ${what}`,
        `take one of ${chipNames.join(", ")}`,
    )
}

async function flashSizeOf(loader: ESPLoader): Promise<number> {
    if (!loader.IS_STUB) await loader.checkCommand("attach the flash", loader.ESP_SPI_ATTACH, words(DEFAULT_PINS))
    const size = await loader.detectFlashSize()
    if (!size)
        throw new AirpinError(
            "FLASH_UNKNOWN",
            "the chip's flash does not say its size",
            "check the board; a wire on a flash pin keeps the flash from answering",
        )
    const sizeBytes = loader.flashSizeBytes(size as "4MB")
    if (!loader.IS_STUB)
        await loader.checkCommand("set the flash's size", SPI_SET_PARAMS, words(flashGeometry(sizeBytes)))
    return sizeBytes
}

/** The chip writes words. */
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3, 0xff)])

const words = (values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)

/** The outcome of `work`, unless the port ends or the time is up before. */
async function bounded<T>(port: ChipPort, work: Promise<T>, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(chipStuck(timeoutMs)), timeoutMs)
    })
    try {
        return await Promise.race([work, port.ended, late])
    } catch (error) {
        throw chipError(error)
    } finally {
        clearTimeout(timer)
    }
}

/** What it began may still be under way: not to be tried again on the same port. */
function chipStuck(timeoutMs: number): AirpinError {
    return new AirpinError(
        "CHIP_STUCK",
        `the chip is not done after ${timeoutMs / 1000} s`,
        "press RESET, and run this again: what is written is not written twice",
    )
}

/** True for a failure that may pass, as of a byte lost on the wire. */
export function isChipFailure(error: unknown): error is AirpinError {
    return error instanceof AirpinError && error.code === "CHIP_FAILED"
}

function chipError(error: unknown): unknown {
    if (error instanceof UnexpectedChipIdError || error instanceof UnexpectedChipMagicError)
        return unknown(error.message)
    if (!(error instanceof ESPError)) return error
    return new AirpinError(
        "CHIP_FAILED",
        `the chip does not do as it is told: ${error.message}`,
        "run this again: what is written is not written twice; if it fails again, with --baud 115200 or --no-stub",
        { cause: error },
    )
}

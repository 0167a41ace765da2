/**
 * A chip in its serial bootloader, driven by `esptool-js`: chip type, flash size, MD5 of flash, and
 * writing. Each step has a deadline, and fails with an AirpinError.
 */
import { createHash } from "node:crypto"
import { deflateSync } from "node:zlib"
import { ESPError, ESPLoader, Transport, UnexpectedChipIdError, UnexpectedChipMagicError } from "esptool-js"
import { AirpinError } from "../../certs/error.ts"
import { type Chip, chipNames } from "../image/chip.ts"
import { addressText } from "../image/flash-memory.ts"
import { type ChipPort, ROM_BAUD } from "./serial-port.ts"

export interface LoaderOptions {
    /** bits per second after the chip has responded at {@link ROM_BAUD} */
    baud: number
    /** run the flasher stub on the chip; without it, the ROM does the same more slowly */
    stub: boolean
}

/** Seven attempts of a reset and five SYNCs, all of it twice if the detection fails, and the stub at 115200 baud. */
const CONNECT_TIMEOUT_MS = 45_000
/** A few registers, each with one packet of a few bytes. */
const REGISTERS_TIMEOUT_MS = 5_000
/** At worst, 6 s to erase 15 sectors one by one and 0.7 s to write 60 kB (W25Q128JV datasheet, AC characteristics). */
const PACKET_TIMEOUT_MS = 8_000
/** 64 kB of incompressible data in the ROM's 1 kB packets at 115200 baud take 6 s, plus the chip's own time. */
const WRITE_TIMEOUT_MS = 60_000
/** 60 kB at 115200 baud take 6 s. */
const READ_TIMEOUT_MS = 30_000
/** esptool allows 8 s per megabyte, and the largest flash has 16 MB. */
const MD5_TIMEOUT_MS = 130_000
/** as esptool's HardReset: how long RTS keeps EN low */
const RESET_MS = 100
/** Parameters of SPI_SET_PARAMS: id, flash size, block, sector and page size, status mask, with esptool's values. */
const SPI_SET_PARAMS = 0x0b
const flashGeometry = (sizeBytes: number) => [0, sizeBytes, 0x10000, 0x1000, 0x100, 0xffff]
/** Parameters of the ROM's SPI_ATTACH: the default pins, and a zero word, which the stub does not have. */
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
     * Resets the chip into its bootloader, if the port has control lines, and prepares it for writing.
     *
     * @throws AirpinError CHIP_SILENT, CHIP_UNKNOWN, CHIP_LOCKED, CHIP_FAILED,
     * CHIP_STUCK, BAUD_FAILED, FLASH_UNKNOWN, PORT_UNPLUGGED, PORT_STUCK
     */
    static async connect(port: ChipPort, options: LoaderOptions): Promise<ChipLoader> {
        try {
            return await ChipLoader.#connectOnce(port, options)
        } catch (error) {
            if (!isChipFailure(error)) throw error
            await port.close() // esptool-js opens it again
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
        loader.WRITE_BLOCK_ATTEMPTS = 1 // a packet of compressed data must not be repeated: if only its reply was lost, its data would be written twice
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
     * The chip's own address, burnt in at its making: "a0:b1:c2:d3:e4:f5".
     *
     * @throws AirpinError CHIP_FAILED, CHIP_STUCK, PORT_UNPLUGGED, PORT_STUCK
     */
    macAddress(): Promise<string> {
        return bounded(this.#port, this.#loader.chip.readMac(this.#loader), REGISTERS_TIMEOUT_MS)
    }

    /**
     * MD5 of a range of flash, computed by the chip, as 32 hexadecimal digits.
     *
     * @throws AirpinError CHIP_FAILED, CHIP_STUCK, PORT_UNPLUGGED, PORT_STUCK
     */
    async md5(at: number, sizeBytes: number): Promise<string> {
        const text = await bounded(this.#port, this.#loader.flashMd5sum(at, sizeBytes), MD5_TIMEOUT_MS)
        // The ROM replies with hexadecimal digits, which esptool-js encodes once more.
        return text.length === 64 ? Buffer.from(text, "hex").toString() : text
    }

    /**
     * Reads a range of flash with the stub, and compares it with the MD5 that the stub sends after it.
     *
     * @throws AirpinError CHIP_FAILED, also without the stub; CHIP_STUCK, PORT_UNPLUGGED, PORT_STUCK
     */
    async read(at: number, sizeBytes: number): Promise<Buffer> {
        return bounded(this.#port, this.#readChecked(at, sizeBytes), READ_TIMEOUT_MS)
    }

    async #readChecked(at: number, sizeBytes: number): Promise<Buffer> {
        const bytes = Buffer.from(await this.#loader.readFlash(at, sizeBytes))
        const digest = await this.#loader.transport.read(PACKET_TIMEOUT_MS) // esptool-js leaves it on the wire
        if (createHash("md5").update(bytes).digest().equals(digest)) return bytes
        throw new AirpinError("CHIP_FAILED", `what was read from ${addressText(at)} arrived damaged`)
    }

    /**
     * Erases the sectors and writes these bytes.
     *
     * @param at a multiple of 4096
     * @param bytes at most 64 kB
     * @param onWritten called with the fraction that is written, 0 to 1
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

    /** Resets the chip, which starts from flash. False if the port has no line to the chip's reset, or is gone. */
    async reset(): Promise<boolean> {
        if (!this.#port.hasControlLines) return false
        // Not with esptool-js, whose HardReset never pulls the line and whose setRTS also sets DTR.
        const wasPulled = await this.#port.setSignals({ dataTerminalReady: false, requestToSend: true }).then(
            () => true,
            () => false,
        )
        await new Promise(resolve => setTimeout(resolve, RESET_MS))
        await this.#port.setSignals({ requestToSend: false }).catch(() => undefined) // the port of a native USB chip disappears during its reset
        return wasPulled
    }
}

/** The transport of `esptool-js`, without its console output, and failing when the port ends. */
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

/** A terminal that shows nothing: esptool-js would print addresses and sizes. */
const silence = { clean: () => undefined, write: () => undefined, writeLine: () => undefined }

async function detect(loader: ESPLoader, port: ChipPort): Promise<void> {
    await loader.detectChip(port.hasControlLines ? "default_reset" : "no_reset").catch(cause => {
        throw cause instanceof ESPError && cause.message.startsWith("Failed to connect") ? silent(port, cause) : cause
    })
    if (loader.secureDownloadMode) throw locked("is in secure download mode")
    await refuseEncryption(loader)
}

function silent({ path, hasControlLines }: ChipPort, cause: Error): AirpinError {
    const why = hasControlLines ? "" : "; this port has no control lines to reset it"
    return new AirpinError("CHIP_SILENT", `no chip responds on ${path}${why}`, { cause })
}

/** On failure, esptool-js resets the chip and continues at the ROM's rate, which fails without control lines. */
async function changeBaud(loader: ESPLoader, baud: number): Promise<void> {
    await loader.changeBaud().catch(cause => {
        if (!(cause instanceof ESPError)) throw cause
        const nextStep = `hold BOOT, press RESET, release BOOT, and run this again with --baud ${ROM_BAUD}`
        throw new AirpinError("BAUD_FAILED", `the chip does not respond at ${baud} baud`, nextStep, { cause })
    })
}

/** The ESP32 has no command to read this; there, the MD5 after writing shows it. */
async function refuseEncryption(loader: ESPLoader): Promise<void> {
    if (nameOf(loader) === "esp32") return
    const { parsedFlags, flashCryptCnt } = await loader.getSecurityInfo()
    if (parsedFlags.SECURE_BOOT_EN) throw locked("starts only signed images (secure boot)")
    if (isOdd(flashCryptCnt)) throw locked("encrypts its flash")
}

/** Flash is encrypted if an odd number of these bits is burnt (ESP-IDF, "Flash Encryption"). */
const isOdd = (bits: number) => bits.toString(2).replaceAll("0", "").length % 2 === 1

function locked(why: string): AirpinError {
    return new AirpinError("CHIP_LOCKED", `the chip ${why}: airpin cannot write to it`)
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
        `DeviceScript does not run on this chip: ${what}`,
        `use one of ${chipNames.join(", ")}`,
    )
}

async function flashSizeOf(loader: ESPLoader): Promise<number> {
    if (!loader.IS_STUB) await loader.checkCommand("attach the flash", loader.ESP_SPI_ATTACH, words(DEFAULT_PINS))
    const size = await loader.detectFlashSize()
    if (!size) throw new AirpinError("FLASH_UNKNOWN", "the chip's flash does not report its size")
    const sizeBytes = loader.flashSizeBytes(size as "4MB")
    if (!loader.IS_STUB)
        await loader.checkCommand("set the flash's size", SPI_SET_PARAMS, words(flashGeometry(sizeBytes)))
    return sizeBytes
}

/** Filled up to whole words of 4 bytes, which the chip writes. */
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3, 0xff)])

const words = (values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)

/** The result of `work`, unless the port ends or the timeout expires first. */
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

/** Not to be retried on the same port, since the command may still be running. */
function chipStuck(timeoutMs: number): AirpinError {
    return new AirpinError("CHIP_STUCK", `the chip did not finish within ${timeoutMs / 1000} s`)
}

/** True for a failure that a retry may mend, such as a byte lost on the wire. */
export function isChipFailure(error: unknown): error is AirpinError {
    return error instanceof AirpinError && error.code === "CHIP_FAILED"
}

function chipError(error: unknown): unknown {
    if (error instanceof UnexpectedChipIdError || error instanceof UnexpectedChipMagicError)
        return unknown(error.message)
    if (!(error instanceof ESPError)) return error
    return new AirpinError("CHIP_FAILED", `a command to the chip failed: ${error.message}`, { cause: error })
}

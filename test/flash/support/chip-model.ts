/**
 * A model of an ESP32-family chip in its serial bootloader, on a pseudo-terminal: the ROM's
 * bootloader and, once it is uploaded, the flasher stub. Commands, errors and their order are those of
 * the esptool documentation, "Serial Protocol", and of esp-flasher-stub v1.2; register addresses are
 * esptool's. Flash is NOR: bytes written without erasing are ANDed.
 */
import { createHash } from "node:crypto"
import { constants, inflateSync } from "node:zlib"
import type { ChipName } from "../../support/firmware-image.ts"
import { PseudoTerminal } from "./pseudo-terminal.ts"
import {
    type ChipKind,
    chipKinds,
    commands,
    DATA_HEADER_BYTES,
    dataError,
    type ErrorName,
    MAGIC_REGISTER,
    MANUFACTURER_AND_TYPE,
    READ_IDENTIFICATION,
    ROM_SYNC_VALUE,
    ROM_WRITE_BYTES,
    romErrors,
    SECTOR_BYTES,
    SECURE_BOOT_FLAG,
    SECURE_DOWNLOAD_FLAG,
    SPI_USER_COMMAND,
    STUB_WRITE_BYTES,
    SYNC_REPLIES,
    stubErrors,
    UNSUPPORTED_REPLIES,
} from "./serial-protocol.ts"
import { escapeSlip, SLIP_END, unescapeSlip } from "./slip.ts"

/** Faults of the chip and its wire. Byte positions count what the chip receives, from 0 at plugging in. */
export interface Faults {
    loseByteAt?: number
    corruptByteAt?: number
    unplugAtByte?: number
    /** from this byte on, the chip does not read */
    stallAtByte?: number
    /** runs its program instead of the bootloader: no replies */
    silent?: boolean
    /** sent instead of the first reply; with `forever`, instead of all replies */
    noise?: { bytes: Buffer; forever?: boolean }
    /** changes to another baud rate than the one of the command */
    wrongBaud?: boolean
    /** reported instead of the id of its kind */
    chipId?: number
    secureDownload?: boolean
    flashEncryption?: boolean
    secureBoot?: boolean
    /** flash id, as RDID returns it */
    flashId?: number
    /** a write to this address stores 0x00, this many times */
    weakByte?: { at: number; times: number }
}

export interface ChipOptions {
    kind?: ChipName
    flashSizeBytes?: number
    faults?: Faults
    /** six bytes; default: zeros */
    mac?: Buffer
}

interface Reply {
    value?: number
    data?: Buffer
    error?: ErrorName
    /** run after the reply */
    afterwards?: () => void
}

export class ChipModel {
    readonly flash: Buffer
    faults: Faults
    /** numbers of the sectors that were erased or written */
    readonly sectorsTouched = new Set<number>()
    /** since it was plugged in */
    bytesReceived = 0
    readonly #kind: ChipKind
    readonly #mac: Buffer
    readonly #registers = new Map<number, number>()
    #terminal!: PseudoTerminal
    #state!: "rom" | "stub"
    /** undefined until the next SYNC */
    #baud: number | undefined
    #attached!: boolean
    #frame: number[] | undefined
    #memoryLeft = 0
    #download: { at: number; endAt: number; blockBytes: number; compressed: Buffer; inflatedBytes: number } | undefined
    #postponedError: ErrorName | undefined

    private constructor({ kind = "esp32", flashSizeBytes = 4 << 20, faults = {}, mac = Buffer.alloc(6) }: ChipOptions) {
        this.#kind = chipKinds[kind]
        this.#mac = mac
        this.flash = Buffer.alloc(flashSizeBytes, 0xff)
        this.faults = faults
        this.reset()
    }

    static async plugIn(options: ChipOptions = {}): Promise<ChipModel> {
        const chip = new ChipModel(options)
        await chip.plugIn()
        return chip
    }

    /** Plugs it in again after `unplug`: it restarts and keeps its flash. */
    async plugIn(): Promise<void> {
        this.reset()
        this.bytesReceived = 0
        this.#terminal = await PseudoTerminal.open((bytes, baud) => this.#receive(bytes, baud))
    }

    async unplug(): Promise<void> {
        await this.#terminal.hangUp()
    }

    get path(): string {
        return this.#terminal.path
    }

    /** RESET pressed while BOOT is held. */
    reset(): void {
        this.#state = "rom"
        this.#baud = undefined
        this.#attached = false
        this.#frame = undefined
        this.#download = undefined
        this.#postponedError = undefined
        this.#registers.clear()
        this.#registers.set(MAGIC_REGISTER, this.#kind.magic)
        this.#registers.set(this.#kind.macRegister, this.#mac.readUInt32BE(2))
        this.#registers.set(this.#kind.macRegister + 4, this.#mac.readUInt16BE(0))
    }

    #receive(bytes: Buffer, baud: number): void {
        if (this.faults.noise?.forever) {
            this.#terminal.send(this.faults.noise.bytes)
            return
        }
        this.#baud ??= baud
        for (const byte of bytes) this.#receiveByte(byte, baud === this.#baud)
        if (baud !== this.#baud) this.#terminal.send(Buffer.of(0x00, 0xf8, 0x1e))
    }

    #receiveByte(byte: number, isReadable: boolean): void {
        const at = this.bytesReceived++
        const { loseByteAt, corruptByteAt, unplugAtByte, stallAtByte } = this.faults
        if (at === unplugAtByte) void this.unplug()
        if (at === stallAtByte) this.#terminal.stall()
        if (at >= (unplugAtByte ?? Infinity) || at === loseByteAt || !isReadable) return
        this.#takeByte(at === corruptByteAt ? byte ^ 0x10 : byte)
    }

    #takeByte(byte: number): void {
        if (byte !== SLIP_END) {
            this.#frame?.push(byte)
            return
        }
        const packet = this.#frame && unescapeSlip(this.#frame)
        this.#frame = []
        if (packet?.length && !this.faults.silent) this.#takePacket(packet)
    }

    #takePacket(packet: Buffer): void {
        if (packet.length < 8 || packet[0] !== 0) return
        const { noise } = this.faults
        if (noise) {
            delete this.faults.noise
            this.#terminal.send(noise.bytes)
            return
        }
        const command = packet[1]!
        const data = packet.subarray(8)
        const reply =
            data.length === packet.readUInt16LE(2)
                ? this.#execute(command, data, packet.readUInt32LE(4))
                : { error: "invalid" as const }
        if (reply.error === "unsupported" && this.#state === "rom") {
            this.#replyUnsupported()
            return
        }
        this.#reply(command, reply)
        reply.afterwards?.()
    }

    #reply(command: number, { value = 0, data = Buffer.alloc(0), error }: Reply): void {
        const errors = this.#state === "stub" ? stubErrors : romErrors
        const status = Buffer.alloc(this.#state === "stub" ? 2 : 4)
        if (error) status.set(errors[error])
        const packet = Buffer.alloc(8)
        packet.set([1, command])
        packet.writeUInt16LE(data.length + status.length, 2)
        packet.writeUInt32LE(value >>> 0, 4)
        this.#terminal.send(escapeSlip(Buffer.concat([packet, data, status])))
    }

    #execute(command: number, data: Buffer, checksum: number): Reply {
        if (this.#postponedError) {
            const error = this.#postponedError
            this.#postponedError = undefined
            return { error }
        }
        if (this.faults.secureDownload && !SECURE_COMMANDS.includes(command)) return { error: "unsupported" }
        switch (command) {
            case commands.sync:
                return this.#sync()
            case commands.readReg:
                return { value: this.#registers.get(data.readUInt32LE(0)) ?? 0 }
            case commands.writeReg:
                return this.#writeRegister(data)
            case commands.securityInfo:
                return this.#securityInfo()
            case commands.spiAttach:
                this.#attached = true
                return data.length === (this.#state === "stub" ? 4 : 8) ? {} : { error: "invalid" }
            case commands.spiSetParams:
                return data.length === 24 && data.readUInt32LE(4) === this.flash.length ? {} : { error: "invalid" }
            case commands.changeBaudrate:
                return { afterwards: () => (this.#baud = this.faults.wrongBaud ? 74880 : data.readUInt32LE(0)) }
            case commands.memBegin:
                this.#memoryLeft = data.readUInt32LE(0)
                return {}
            case commands.memData:
                return this.#memoryData(data, checksum)
            case commands.memEnd:
                return { afterwards: () => this.#startStub() }
            case commands.deflBegin:
                return this.#begin(data)
            case commands.deflData:
                return this.#deflated(data, checksum)
            case commands.deflEnd:
                return this.#end()
            case commands.flashMd5:
                return this.#md5(data.readUInt32LE(0), data.readUInt32LE(4))
            case commands.readFlash:
                return this.#read(data)
            default:
                return { error: "unsupported" }
        }
    }

    /** The ROM replies to an unknown command several times, with command number 0. */
    #replyUnsupported(): void {
        for (let at = 0; at < UNSUPPORTED_REPLIES; at++) this.#reply(0, { error: "unsupported" })
    }

    #sync(): Reply {
        const value = this.#state === "stub" ? 0 : ROM_SYNC_VALUE
        for (let at = 1; at < SYNC_REPLIES; at++) this.#reply(commands.sync, { value })
        return { value }
    }

    #securityInfo(): Reply {
        const { securityBytes, chipId } = this.#kind
        if (securityBytes === 0) return { error: "unsupported" }
        const data = Buffer.alloc(securityBytes)
        data.writeUInt32LE(
            (this.faults.secureDownload ? SECURE_DOWNLOAD_FLAG : 0) | (this.faults.secureBoot ? SECURE_BOOT_FLAG : 0),
            0,
        )
        data.writeUInt8(this.faults.flashEncryption ? 0b001 : 0b000, 4)
        if (securityBytes === 20) data.writeUInt32LE(this.faults.chipId ?? chipId, 12)
        return { data }
    }

    #writeRegister(data: Buffer): Reply {
        const address = data.readUInt32LE(0)
        const value = data.readUInt32LE(4)
        this.#registers.set(address, value)
        if (address === this.#kind.spi.cmd && value & SPI_USER_COMMAND) this.#runSpiCommand()
        return {}
    }

    #runSpiCommand(): void {
        const { cmd, usr2, w0 } = this.#kind.spi
        this.#registers.set(cmd, 0)
        if (((this.#registers.get(usr2) ?? 0) & 0xff) !== READ_IDENTIFICATION) return
        const flashId = (Math.log2(this.flash.length) << 16) | MANUFACTURER_AND_TYPE
        this.#registers.set(w0, this.faults.flashId ?? flashId)
    }

    #memoryData(data: Buffer, checksum: number): Reply {
        const error = dataError(data, checksum)
        if (error) return { error }
        this.#memoryLeft -= data.length - DATA_HEADER_BYTES
        return {}
    }

    #startStub(): void {
        if (this.#memoryLeft !== 0)
            this.faults.silent = true // an incomplete stub crashes
        else this.#terminal.send(escapeSlip(Buffer.from("OHAI")))
        this.#state = "stub"
    }

    #begin(data: Buffer): Reply {
        const words = this.#state === "stub" ? 4 : this.#kind.beginWords
        if (data.length !== words * 4) return { error: "invalid" }
        const [sizeBytes, , blockBytes, at] = [0, 4, 8, 12].map(offset => data.readUInt32LE(offset)) as [
            number,
            number,
            number,
            number,
        ]
        if (blockBytes > (this.#state === "stub" ? STUB_WRITE_BYTES : ROM_WRITE_BYTES)) return { error: "invalid" }
        if (this.#state === "rom" && !this.#attached) return { error: "failed" }
        this.#erase(at, at + sizeBytes)
        this.#download = { at, endAt: at + sizeBytes, blockBytes, compressed: Buffer.alloc(0), inflatedBytes: 0 }
        return {}
    }

    #erase(from: number, to: number): void {
        for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++) {
            this.flash.fill(0xff, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)
            this.sectorsTouched.add(sector)
        }
    }

    /** The ROM writes, then replies. The stub replies, then writes, and reports an error with the next command. */
    #deflated(data: Buffer, checksum: number): Reply {
        if (!this.#download) return { error: "failed" }
        const error =
            data.length - DATA_HEADER_BYTES > this.#download.blockBytes ? "invalid" : dataError(data, checksum)
        if (error) return { error }
        const write = () => this.#inflate(data.subarray(DATA_HEADER_BYTES))
        if (this.#state === "stub") return { afterwards: () => (this.#postponedError = write()) }
        const failed = write()
        return failed ? { error: failed } : {}
    }

    #inflate(block: Buffer): ErrorName | undefined {
        const download = this.#download!
        download.compressed = Buffer.concat([download.compressed, block])
        try {
            const inflated = inflateSync(download.compressed, { finishFlush: constants.Z_SYNC_FLUSH })
            this.#program(
                download.at + download.inflatedBytes,
                inflated.subarray(download.inflatedBytes),
                download.endAt,
            )
            download.inflatedBytes = inflated.length
            return undefined
        } catch {
            return "inflate"
        }
    }

    #program(at: number, bytes: Buffer, endAt: number): void {
        for (const [offset, byte] of bytes.subarray(0, endAt - at).entries()) this.flash[at + offset]! &= byte
        const { weakByte } = this.faults
        if (!weakByte || weakByte.times === 0 || weakByte.at < at || weakByte.at >= at + bytes.length) return
        weakByte.times--
        this.flash[weakByte.at] = 0
    }

    #end(): Reply {
        if (!this.#download) return { error: "failed" }
        const isWhole = this.#download.at + this.#download.inflatedBytes >= this.#download.endAt
        if (isWhole) this.#download = undefined
        return isWhole ? {} : { error: "invalid" }
    }

    #md5(at: number, sizeBytes: number): Reply {
        if (this.#state === "rom" && !this.#attached) return { error: "failed" }
        const digest = createHash("md5")
            .update(this.flash.subarray(at, at + sizeBytes))
            .digest()
        return { data: this.#state === "stub" ? digest : Buffer.from(digest.toString("hex")) }
    }

    /** The stub alone has it: blocks, which the host acknowledges, then the MD5. The model does not wait for the host. */
    #read(data: Buffer): Reply {
        if (this.#state === "rom") return { error: "unsupported" }
        if (data.length !== 16) return { error: "invalid" }
        const [at, sizeBytes, blockBytes] = [0, 4, 8].map(offset => data.readUInt32LE(offset)) as [
            number,
            number,
            number,
        ]
        const bytes = this.flash.subarray(at, at + sizeBytes)
        return {
            afterwards: () => {
                for (let sent = 0; sent < sizeBytes; sent += blockBytes)
                    this.#terminal.send(escapeSlip(bytes.subarray(sent, Math.min(sent + blockBytes, sizeBytes))))
                this.#terminal.send(escapeSlip(createHash("md5").update(bytes).digest()))
            },
        }
    }
}

/** The modelled commands that secure download mode allows. */
const SECURE_COMMANDS: number[] = [
    commands.sync,
    commands.securityInfo,
    commands.spiAttach,
    commands.spiSetParams,
    commands.deflBegin,
    commands.deflData,
    commands.deflEnd,
]

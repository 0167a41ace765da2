/**
 * What all Sensirion sensors share on the wire (SCD4x datasheet 1.7, 3.2
 * and 3.12; SGP30 datasheet 1.0, 6.2 to 6.6): 16-bit words, each followed by
 * its CRC-8; 16-bit commands; an execution time before which nothing is
 * acknowledged.
 *
 * The sensor's side of the talk. The firmware has its own reading of the same
 * datasheets; the two check each other and share no code.
 */
import type { I2cDevice } from "./i2c.ts"

const CRC_INITIAL = 0xff
const CRC_POLYNOMIAL = 0x31
const FRAME_BYTES = 3
const COMMAND_BYTES = 2
/** What the pull-ups leave on the bus once the sensor has nothing more to send. */
const IDLE_BUS = 0xff

/** CRC-8 of a word: polynomial 0x31, start 0xff, not reflected, no final xor; 0xbeef gives 0x92. */
export function crc8(bytes: Uint8Array): number {
    let crc = CRC_INITIAL
    for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ CRC_POLYNOMIAL) & 0xff : crc << 1
    }
    return crc
}

/** Each word as two bytes, high first, and their CRC. */
export function encodeWords(words: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(words.length * FRAME_BYTES)
    words.forEach((word, index) => {
        const frame = bytes.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES)
        frame[0] = word >> 8
        frame[1] = word & 0xff
        frame[2] = crc8(frame.subarray(0, 2))
    })
    return bytes
}

/** The words of what `encodeWords` wrote; undefined when a CRC is wrong or missing. */
export function decodeWords(bytes: Uint8Array): number[] | undefined {
    const words: number[] = []
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
        if (crc8(bytes.subarray(at, at + 2)) !== bytes[at + 2]) return undefined
        words.push((bytes[at]! << 8) | bytes[at + 1]!)
    }
    return words
}

/** What goes wrong with a sensor; set by whoever plays fate, counted down by the sensor. */
export interface SensorFaults {
    /** so many of the next addressed writes or reads are not acknowledged */
    nackNext?: number
    /** so many of the next answers carry a wrong CRC in their first word */
    corruptNextCrc?: number
    /** no power: nothing is acknowledged; power is back at the first transfer after it is cleared */
    unplugged?: boolean
    /** still answers, but no measurement ever completes */
    stuck?: boolean
}

/** A part on the bus with somebody playing fate. */
export interface SimulatedSensor extends I2cDevice {
    readonly faults: SensorFaults
    /** Power (back) on. */
    powerOn(atMs: number): void
}

/** One row of a datasheet's command table. */
export interface SensirionCommand {
    code: number
    /** the datasheet's */
    name: string
    /** words the host sends with it; none when absent. One code may stand for two commands that differ in it. */
    argumentWords?: number
    /** maximum command duration: nothing is acknowledged before it is over */
    executionMs: number
    /** obeyed, but never acknowledged */
    silent?: boolean
    /** Takes effect at once; returns the words to be read when it is done, undefined = none. */
    run(atMs: number, args: readonly number[]): readonly number[] | undefined | void
    /** called once those words have been read */
    afterRead?(): void
}

/** What waits to be read. */
interface PendingResponse {
    command: SensirionCommand
    bytes: Uint8Array
}

/** A sensor that obeys a table of commands; what they do is its subclass's. */
export abstract class SensirionSensor<Command extends SensirionCommand> implements SimulatedSensor {
    readonly address: number
    readonly faults: SensorFaults = {}
    readonly #powerUpMs: number
    readonly #commands = new Map<string, Command>()
    #powered = true
    #busyUntilMs = -Infinity
    #response: PendingResponse | undefined

    protected constructor(address: number, powerUpMs: number) {
        this.address = address
        this.#powerUpMs = powerUpMs
    }

    /** Forgets everything volatile. */
    protected abstract reset(atMs: number): void

    /** Whether the sensor, in the state it is in, acknowledges this command; undefined = a mere address. */
    protected abstract accepts(command: Command | undefined, atMs: number): boolean

    protected install(commands: readonly Command[]): void {
        for (const command of commands) {
            this.#commands.set(commandKey(command.code, command.argumentWords ?? 0), command)
        }
    }

    /** Power (back) on: volatile state is lost, and for the power-up time nothing is acknowledged. */
    powerOn(atMs: number): void {
        this.#powered = true
        this.#response = undefined
        this.#busyUntilMs = atMs + this.#powerUpMs
        this.reset(atMs)
    }

    write(bytes: Uint8Array, atMs: number): boolean {
        if (!this.reachable(atMs)) return false
        return bytes.length === 0 ? this.accepts(undefined, atMs) : this.#execute(bytes, atMs)
    }

    read(length: number, atMs: number): Uint8Array | undefined {
        if (!this.reachable(atMs) || this.#response === undefined) return undefined
        const bytes = new Uint8Array(length).fill(IDLE_BUS)
        bytes.set(this.#response.bytes.subarray(0, length))
        this.#response.command.afterRead?.()
        this.#response = undefined
        return this.#corrupt(bytes)
    }

    /** Whether the address is acknowledged at all: powered, not busy, no fault. */
    protected reachable(atMs: number): boolean {
        if (this.faults.unplugged) this.#powered = false
        else if (!this.#powered) this.powerOn(atMs)
        return this.#powered && !this.#nackedByFault() && atMs >= this.#busyUntilMs
    }

    #execute(bytes: Uint8Array, atMs: number): boolean {
        const args = decodeWords(bytes.subarray(COMMAND_BYTES))
        if (bytes.length < COMMAND_BYTES || args === undefined) return false
        const command = this.#commands.get(commandKey((bytes[0]! << 8) | bytes[1]!, args.length))
        if (command === undefined || !this.accepts(command, atMs)) return false
        const words = command.run(atMs, args)
        this.#response = words ? { command, bytes: encodeWords(words) } : undefined
        this.#busyUntilMs = atMs + command.executionMs
        return !command.silent
    }

    #nackedByFault(): boolean {
        const left = this.faults.nackNext ?? 0
        if (left > 0) this.faults.nackNext = left - 1
        return left > 0
    }

    #corrupt(bytes: Uint8Array): Uint8Array {
        const left = this.faults.corruptNextCrc ?? 0
        if (left === 0 || bytes.length < FRAME_BYTES) return bytes
        this.faults.corruptNextCrc = left - 1
        bytes[COMMAND_BYTES]! ^= 0x01
        return bytes
    }
}

function commandKey(code: number, argumentWords: number): string {
    return `${code}/${argumentWords}`
}

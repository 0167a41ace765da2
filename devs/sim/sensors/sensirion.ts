/**
 * The protocol that all Sensirion sensors share (SCD4x datasheet 1.7, 3.2 and
 * 3.12; SGP30 datasheet 1.0, 6.2 to 6.6): 16-bit words, each followed by its
 * CRC-8; 16-bit commands; an execution time during which nothing is acknowledged.
 *
 * This is the sensor's side. The firmware implements the same datasheets
 * separately; the two share no code, so that each tests the other.
 */
import type { AirSource } from "../air/air.ts"
import type { Random } from "../random.ts"
import type { I2cDevice } from "./i2c.ts"

const CRC_INITIAL = 0xff
const CRC_POLYNOMIAL = 0x31
const FRAME_BYTES = 3
const COMMAND_BYTES = 2
/** What the pull-ups leave on the bus when the sensor has nothing more to send. */
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

/** Encodes each word as two bytes, high byte first, and their CRC. */
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

/** Decodes what `encodeWords` wrote; undefined if a CRC is wrong or missing. */
export function decodeWords(bytes: Uint8Array): number[] | undefined {
    const words: number[] = []
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
        if (crc8(bytes.subarray(at, at + 2)) !== bytes[at + 2]) return undefined
        words.push(readWord(bytes, at))
    }
    return words
}

function readWord(bytes: Uint8Array, at: number): number {
    return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export const MAX_WORD = 0xffff

/** The nearest value that a word can hold. */
export function clampWord(value: number): number {
    return Math.min(Math.max(Math.round(value), 0), MAX_WORD)
}

/** Temperature as SCD4x and SHT3x encode it: -45 to 130 °C over the range of a word. */
export function temperatureWord(temperatureC: number): number {
    return clampWord(((temperatureC + 45) * MAX_WORD) / 175)
}

/** Relative humidity as SCD4x and SHT3x encode it: 0 to 100 % over the range of a word. */
export function humidityWord(humidityRh: number): number {
    return clampWord((humidityRh * MAX_WORD) / 100)
}

/** What every simulated sensor takes. */
export interface SensorOptions {
    air: AirSource
    /** when it was powered up; long ago if absent */
    poweredAtMs?: number
    /** random numbers for the sensor's noise; without them, values are as exact as the words allow */
    noise?: Random
}

/** Faults of a sensor; set by the fault injector or a test, counted down by the sensor. */
export interface SensorFaults {
    /** how many of the next writes or reads are not acknowledged */
    nackNext?: number
    /** how many of the next responses have a wrong CRC in their first word */
    corruptNextCrc?: number
    /** no power: nothing is acknowledged; the sensor powers up at the first transfer after this is cleared */
    unplugged?: boolean
    /** responds, but completes no measurement */
    stuck?: boolean
}

/** A part on the bus that can have faults. */
export interface SimulatedSensor extends I2cDevice {
    readonly faults: SensorFaults
    /** Powers up. */
    powerOn(atMs: number): void
}

/** One row of a datasheet's command table. */
export interface SensirionCommand {
    code: number
    /** as in the datasheet */
    name: string
    /** number of words sent with it; 0 if absent. Two commands may share a code and differ in this number. */
    argumentWords?: number
    /** maximum execution time, during which nothing is acknowledged */
    executionMs: number
    /** executed, but never acknowledged */
    silent?: boolean
    /** Takes effect at once; returns the words to be read after the execution time, or undefined if there are none. */
    run:
        | ((atMs: number, args: readonly number[]) => readonly number[] | undefined)
        | ((atMs: number, args: readonly number[]) => void)
    /** called after those words were read */
    afterRead?(): void
}

/** A response that waits to be read. */
interface PendingResponse {
    command: SensirionCommand
    bytes: Uint8Array
}

/** A sensor with a table of commands, which the subclass implements. */
export abstract class SensirionSensor<Command extends SensirionCommand> implements SimulatedSensor {
    readonly address: number
    readonly faults: SensorFaults = {}
    readonly #powerUpMs: number
    readonly #air: AirSource
    readonly #commands = new Map<string, Command>()
    #powered = true
    #busyUntilMs = -Infinity
    #response: PendingResponse | undefined

    protected constructor(address: number, powerUpMs: number, air: AirSource) {
        this.address = address
        this.#powerUpMs = powerUpMs
        this.#air = air
    }

    /** Resets all volatile state. */
    protected abstract reset(atMs: number): void

    /** Whether the sensor acknowledges this command in its present state; undefined = an address probe. */
    protected abstract accepts(command: Command | undefined, atMs: number): boolean

    protected install(commands: readonly Command[]): void {
        for (const command of commands) {
            this.#commands.set(commandKey(command.code, command.argumentWords ?? 0), command)
        }
    }

    /** Powers up: volatile state is lost, and nothing is acknowledged during the power-up time. */
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
        if (this.faults.unplugged || this.#air.hasAir?.(atMs) === false) this.#powered = false
        else if (!this.#powered) this.powerOn(atMs)
        return this.#powered && !this.#nackedByFault() && atMs >= this.#busyUntilMs
    }

    #execute(bytes: Uint8Array, atMs: number): boolean {
        const args = decodeWords(bytes.subarray(COMMAND_BYTES))
        if (bytes.length < COMMAND_BYTES || args === undefined) return false
        const command = this.#commands.get(commandKey(readWord(bytes, 0), args.length))
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
        bytes[COMMAND_BYTES] = (bytes[COMMAND_BYTES] ?? 0) ^ 0x01
        return bytes
    }
}

function commandKey(code: number, argumentWords: number): string {
    return `${code}/${argumentWords}`
}

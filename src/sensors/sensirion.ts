/**
 * What Sensirion's sensors share on the wire: 16-bit commands, 16-bit words
 * with a CRC each, and a time between command and answer. Sources: SCD4x
 * datasheet 1.7, 3.2 and 3.12; SGP30 datasheet 1.0, 6.2 to 6.6; SCD30 interface
 * description 1.0, 1.1; SHT3x-DIS datasheet 6, 4.
 */
import * as ds from "@devicescript/core"
import { I2CError, i2c } from "@devicescript/i2c"
import { SensorError } from "./sensor"

const WORD_BYTES = 2
const FRAME_BYTES = 3
const CRC_INITIAL = 0xff
/** The clock ticks in whole milliseconds, so a sleep may end up to one of them early. */
const TICK_MS = 1

/** What polynomial 0x31 makes of each half byte: x^8 + x^5 + x^4 + 1. */
const crcOfNibble = hex`00 31 62 53 c4 f5 a6 97 b9 88 db ea 7d 4c 1f 2e`

/** CRC-8 of the word at `at`, high byte first, not reflected: of 0xBEEF it is 0x92. */
export function crc8(bytes: Buffer, at: number): number {
    let crc = CRC_INITIAL
    for (let i = at; i < at + WORD_BYTES; i++) {
        crc ^= bytes[i]
        crc = ((crc << 4) & 0xff) ^ crcOfNibble[crc >> 4]
        crc = ((crc << 4) & 0xff) ^ crcOfNibble[crc >> 4]
    }
    return crc
}

/**
 * Sends a command, with its arguments if it has any, and waits until the part
 * has carried it out.
 *
 * @param durationMs the datasheet's maximum
 * @throws SensorError nack
 */
export async function command(address: number, code: number, durationMs: number, args: number[] = []): Promise<void> {
    const bytes = Buffer.alloc(WORD_BYTES + args.length * FRAME_BYTES)
    putWord(bytes, 0, code)
    for (let i = 0; i < args.length; i++) {
        const at = WORD_BYTES + i * FRAME_BYTES
        putWord(bytes, at, args[i])
        bytes[at + WORD_BYTES] = crc8(bytes, at)
    }
    try {
        await i2c.writeBuf(address, bytes)
    } catch (error) {
        throw busError(error)
    }
    // The runtime counts a sleep from the beginning of the round it runs in, which
    // may be long past: the first sleep brings its clock up to date.
    await ds.sleep(TICK_MS)
    await ds.sleep(durationMs + TICK_MS)
}

/**
 * Sends a command and reads the words it answers. Two transfers: a repeated
 * start would leave the part no time.
 *
 * @throws SensorError nack, crc
 */
export async function query(
    address: number,
    code: number,
    durationMs: number,
    count: number,
    args?: number[],
): Promise<number[]> {
    await command(address, code, durationMs, args)
    const bytes = await read(address, count * FRAME_BYTES)
    const words: number[] = []
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
        if (crc8(bytes, at) !== bytes[at + WORD_BYTES]) throw new SensorError("crc")
        words.push((bytes[at] << 8) | bytes[at + 1])
    }
    return words
}

async function read(address: number, length: number): Promise<Buffer> {
    try {
        return await i2c.readBuf(address, length)
    } catch (error) {
        throw busError(error)
    }
}

const FULL_SCALE = 65535

/** SCD4x and SHT3x: °C */
export function temperatureOf(word: number): number {
    return -45 + (175 * word) / FULL_SCALE
}

/** SCD4x and SHT3x: %RH */
export function humidityOf(word: number): number {
    return (100 * word) / FULL_SCALE
}

/** Two words, the higher first, as an IEEE 754 number of 32 bits; a Buffer reads one with its lowest byte first. */
export function floatOf(high: number, low: number): number {
    const bytes = Buffer.alloc(2 * WORD_BYTES)
    bytes.setAt(0, "u16", low)
    bytes.setAt(WORD_BYTES, "u16", high)
    return bytes.getAt(0, "f32")
}

/** Words as hex digits, four each: the form of a serial number. */
export function hexText(words: number[]): string {
    const bytes = Buffer.alloc(words.length * WORD_BYTES)
    for (let i = 0; i < words.length; i++) putWord(bytes, i * WORD_BYTES, words[i])
    return bytes.toString("hex")
}

function putWord(bytes: Buffer, at: number, word: number) {
    bytes[at] = word >> 8
    bytes[at + 1] = word & 0xff
}

function busError(error: any): Error {
    return error instanceof I2CError ? new SensorError("nack") : error
}

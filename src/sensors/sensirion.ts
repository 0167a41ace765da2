/**
 * Sensirion's I2C protocol: 16-bit commands, 16-bit words with a CRC-8 each, and
 * an execution time between command and response. Sources: SCD4x datasheet 1.7,
 * 3.2 and 3.12; SGP30 datasheet 1.0, 6.2 to 6.6; SCD30 interface description
 * 1.0, 1.1; SHT3x-DIS datasheet 6, 4.
 */
import * as ds from "@devicescript/core"
import { transferI2c } from "../bus"
import { SensorError } from "./sensor"

const WORD_BYTES = 2
const FRAME_BYTES = 3
const CRC_INITIAL = 0xff
/** The clock has a resolution of 1 ms, so a sleep may end up to 1 ms early. */
const TICK_MS = 1
/**
 * A transfer that fails after so long failed because a part holds SCL or SDA low. The chip then waits for 13 ms
 * (ESP32), 210 ms (S2) or 1 s (C3 and S3) and does nothing else; a NACK is noticed at once.
 */
const HELD_MS = 100
/** Ends the round of the main loop in which a line was held. */
const ROUND_END_MS = 50

/** true while a fiber makes a transfer; if it failed, until the round of the main loop has ended in which it did */
let busy = false
/** uptime at the start of the last transfer, ms: it stands still until the fiber yields */
let transferMs = -1

/** CRC-8 of each nibble for polynomial 0x31 (x^8 + x^5 + x^4 + 1). */
const crcOfNibble = hex`00 31 62 53 c4 f5 a6 97 b9 88 db ea 7d 4c 1f 2e`

/** CRC-8 of the word at `at`, high byte first, not reflected. The CRC of 0xBEEF is 0x92. */
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
 * Sends a command with its arguments and waits for its execution time.
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
    await transfer(address, bytes)
    // The runtime counts a sleep from when the fiber began to run. This one makes the next one count from after the transfer.
    await ds.sleep(TICK_MS)
    await ds.sleep(durationMs + TICK_MS)
}

/**
 * Makes one transfer: writes, or fills `read`.
 *
 * The task watchdog resets the chip when one round of its main loop takes 5 s, and a transfer that fails may block it for
 * 1 s. So each fiber yields between two transfers, and a round has at most one that fails. A yield alone does not end
 * the round: while one fiber's transfer blocks, the sleep of another ends, and two fibers would take turns for ever.
 *
 * @throws SensorError nack
 */
async function transfer(address: number, write: Buffer, read?: Buffer): Promise<void> {
    while (busy || ds.millis() === transferMs) await ds.sleep(TICK_MS)
    busy = true
    const startMs = ds.millis()
    transferMs = startMs
    try {
        if ((await transferI2c(address, write, read)) === 0) return
        await ds.sleep(TICK_MS)
        const isHeld = ds.millis() - startMs >= HELD_MS
        if (isHeld) await ds.sleep(ROUND_END_MS)
        throw new SensorError("nack", isHeld)
    } finally {
        busy = false
    }
}

/**
 * Sends a command, waits for its execution time and reads `count` words. Uses two
 * transfers: a repeated start would leave the sensor no time to execute.
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
    const bytes = Buffer.alloc(count * FRAME_BYTES)
    await transfer(address, hex``, bytes)
    const words: number[] = []
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
        if (crc8(bytes, at) !== bytes[at + WORD_BYTES]) throw new SensorError("crc")
        words.push((bytes[at] << 8) | bytes[at + 1])
    }
    return words
}

const FULL_SCALE = 65535

/** Temperature in °C from a word of the SCD4x or SHT3x. */
export function temperatureOf(word: number): number {
    return -45 + (175 * word) / FULL_SCALE
}

/** Relative humidity in % from a word of the SCD4x or SHT3x. */
export function humidityOf(word: number): number {
    return (100 * word) / FULL_SCALE
}

/** IEEE 754 single from two words, high word first. `Buffer` is little-endian. */
export function floatOf(high: number, low: number): number {
    const bytes = Buffer.alloc(2 * WORD_BYTES)
    bytes.setAt(0, "u16", low)
    bytes.setAt(WORD_BYTES, "u16", high)
    return bytes.getAt(0, "f32")
}

/** Four hex digits per word: the format of a serial number. */
export function hexText(words: number[]): string {
    const bytes = Buffer.alloc(words.length * WORD_BYTES)
    for (let i = 0; i < words.length; i++) putWord(bytes, i * WORD_BYTES, words[i])
    return bytes.toString("hex")
}

function putWord(bytes: Buffer, at: number, word: number) {
    bytes[at] = word >> 8
    bytes[at + 1] = word & 0xff
}

/**
 * The runtime's flash store ("fstor"): settings and, as a large entry, the program.
 * Source: jacdac-c `source/jd_fstor.c`.
 *
 * It begins with two header areas, of which the valid one with the higher generation is used.
 * Behind the header of an area, entries of 24 bytes grow upwards; from the end of the area, their
 * values grow downwards. Large values are in the pages behind both areas.
 */
import { AirpinError } from "../../certs/error.ts"
import { addressText, roundUp } from "./flash-memory.ts"

/** Size of the store's partition on the ESP32 family. */
export const CHIP_STORE_BYTES = 256 * 1024

const MAGIC0 = 0x52545346
const MAGIC1 = 0x6becea0a
const HEADER_BYTES = 24
/** The last word of the header is reserved and not checked. */
const CHECKED_BYTES = 20
const ENTRY_BYTES = 24
const KEY_BYTES = 15
const PAGE_BYTES = 4096
/** Two header areas, and pages behind them. */
const MIN_BYTES = 4 * PAGE_BYTES
/** Offset of an entry that is not written yet. */
const NO_OFFSET = 0xffffffff
/** First character of the key of a large entry. */
const LARGE = "*"

/** Keys of at most 15 bytes, with their values. */
export type StoreEntries = Map<string, Buffer>

/**
 * A new store with these entries, none of which may be large.
 *
 * @param sizeBytes size of the whole flash region, a multiple of 4096
 * @returns `sizeBytes` bytes, unused ones 0xFF
 * @throws AirpinError FLASH_STORE_FULL if there is no space left for one more entry, which the runtime needs
 */
export function createStore(sizeBytes: number, entries: StoreEntries): Buffer {
    const store = Buffer.alloc(sizeBytes, 0xff)
    store.set(header(sizeBytes, 1))
    let entryAt = HEADER_BYTES
    let valueAt = areaBytes(sizeBytes)
    for (const [key, value] of entries) {
        valueAt -= Math.max(8, roundUp(value.length, 8))
        if (entryAt + 2 * ENTRY_BYTES > valueAt)
            throw new AirpinError("FLASH_STORE_FULL", `the store has no space left for setting ${key}`)
        value.copy(store, valueAt)
        writeEntry(store, entryAt, key, valueAt, value.length)
        entryAt += ENTRY_BYTES
    }
    return store
}

function header(sizeBytes: number, generation: number): Buffer {
    const bytes = Buffer.alloc(HEADER_BYTES)
    bytes.writeUInt32LE(MAGIC0, 0)
    bytes.writeUInt32LE(MAGIC1, 4)
    bytes.writeUInt32LE(generation, 8)
    bytes.writeUInt32LE(PAGE_BYTES, 12)
    bytes.writeUInt16LE(sizeBytes / PAGE_BYTES, 16)
    bytes.writeUInt16LE(headerPages(sizeBytes), 18)
    return bytes
}

function writeEntry(store: Buffer, at: number, key: string, offset: number, size: number): void {
    store.fill(0, at, at + KEY_BYTES + 1)
    store.write(key, at, KEY_BYTES, "latin1")
    store.writeUInt32LE(offset, at + 16)
    store.writeUInt32LE(size, at + 20)
}

/**
 * The entries of a store as the runtime reads them: if two have the same key, the later one.
 *
 * @param store the whole region
 * @throws AirpinError FLASH_STORE_BLANK, FLASH_STORE_HEADER_BAD, FLASH_STORE_ENTRY_BAD. In each case the runtime would
 * format the store or crash, and the device would have neither program nor settings.
 */
export function readStore(store: Uint8Array): StoreEntries {
    const bytes = Buffer.from(store)
    const startAt = mountedArea(bytes)
    const entries: StoreEntries = new Map()
    const endAt = startAt + areaBytes(bytes.length)
    let entryAt = startAt + HEADER_BYTES
    let valuesAt = endAt
    for (; bytes.readUInt32LE(entryAt + 16) !== NO_OFFSET; entryAt += ENTRY_BYTES) {
        const { key, offset, value } = readEntry(bytes, entryAt, endAt)
        entries.set(key, value)
        if (!key.startsWith(LARGE)) valuesAt = Math.min(valuesAt, offset)
        if (entryAt + ENTRY_BYTES > valuesAt) throw badEntry(entryAt, "its entries overlap its values")
    }
    const strayAt = bytes.subarray(entryAt, valuesAt).findIndex(byte => byte !== 0xff)
    if (strayAt >= 0)
        throw badEntry(
            entryAt + strayAt,
            "there are bytes between its entries and their values, from an interrupted write",
        )
    return entries
}

/** Offset of the header area that the runtime uses; if the generations are equal, the second. */
function mountedArea(bytes: Buffer): number {
    if (bytes.every(byte => byte === 0xff))
        throw new AirpinError("FLASH_STORE_BLANK", "the store is empty: it has neither program nor settings")
    const areas = bytes.length < MIN_BYTES ? [] : [0, areaBytes(bytes.length)].filter(at => isHeader(bytes, at))
    if (areas.length === 0)
        throw new AirpinError(
            "FLASH_STORE_HEADER_BAD",
            `the store has no valid header for its size of ${bytes.length} bytes`,
        )
    return areas.reduce((one, other) => (generationOf(bytes, one) > generationOf(bytes, other) ? one : other))
}

function isHeader(bytes: Buffer, at: number): boolean {
    const expected = header(bytes.length, generationOf(bytes, at))
    return bytes.subarray(at, at + CHECKED_BYTES).equals(expected.subarray(0, CHECKED_BYTES))
}

const generationOf = (bytes: Buffer, at: number) => bytes.readUInt32LE(at + 8)

function readEntry(bytes: Buffer, at: number, areaEndAt: number): { key: string; offset: number; value: Buffer } {
    const [key = ""] = bytes.toString("latin1", at, at + KEY_BYTES + 1).split("\0")
    const offset = bytes.readUInt32LE(at + 16)
    const endAt = offset + bytes.readUInt32LE(at + 20)
    if (key.length > KEY_BYTES || key === "") throw badEntry(at, "its key is empty or has no terminating NUL")
    const [from, to] = key.startsWith(LARGE)
        ? [2 * areaBytes(bytes.length), bytes.length]
        : [at + ENTRY_BYTES, areaEndAt]
    if (offset < from || endAt > to)
        throw badEntry(at, `the value of ${JSON.stringify(key)}, ${offset} to ${endAt}, lies outside its area`)
    return { key, offset, value: bytes.subarray(offset, endAt) }
}

function badEntry(at: number, problem: string): AirpinError {
    return new AirpinError("FLASH_STORE_ENTRY_BAD", `the store is damaged at ${addressText(at)}: ${problem}`)
}

/** Size of the start of a store that has all its entries but the large ones. */
export const headerBytes = (sizeBytes: number) => 2 * areaBytes(sizeBytes)

/** Size of each header area, in pages of 4096 bytes. */
const headerPages = (sizeBytes: number) => Math.min(0xf0, Math.max(1, Math.floor(sizeBytes / PAGE_BYTES / 16)))
const areaBytes = (sizeBytes: number) => headerPages(sizeBytes) * PAGE_BYTES

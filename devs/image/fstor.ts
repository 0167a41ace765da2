/**
 * The runtime's flash store ("fstor"): settings and, as a large entry, the program.
 * Source: jacdac-c `source/jd_fstor.c`.
 *
 * Two header areas stand in front; the valid one with the higher generation
 * counts. Behind its header, entries of 24 bytes grow upwards; from its end,
 * their values grow downwards. What is large lies in the pages behind both.
 */
import { AirpinError } from "../../certs/error.ts"
import { addressText, roundUp } from "./flash-memory.ts"

/** Size of the store: the partition of the ESP32 family. */
export const CHIP_STORE_BYTES = 256 * 1024

const MAGIC0 = 0x52545346
const MAGIC1 = 0x6becea0a
const HEADER_BYTES = 24
/** The last word of a header is reserved: nobody looks at it. */
const CHECKED_BYTES = 20
const ENTRY_BYTES = 24
const KEY_BYTES = 15
const PAGE_BYTES = 4096
/** Two header areas, and something behind them. */
const MIN_BYTES = 4 * PAGE_BYTES
/** Of an entry that is not written yet. */
const NO_OFFSET = 0xffffffff
/** Before the key of a large entry. */
const LARGE = "*"

/** Keys of at most 15 bytes, with their values. */
export type StoreEntries = Map<string, Buffer>

/**
 * A fresh store with the given entries, none of them large.
 *
 * @param sizeBytes size of the whole flash region, a multiple of 4096
 * @returns `sizeBytes` bytes, 0xFF where nothing is written
 * @throws AirpinError STORE_FULL: the runtime needs the place of one more entry free
 */
export function createStore(sizeBytes: number, entries: StoreEntries): Buffer {
    const store = Buffer.alloc(sizeBytes, 0xff)
    store.set(header(sizeBytes, 1))
    let entryAt = HEADER_BYTES
    let valueAt = areaBytes(sizeBytes)
    for (const [key, value] of entries) {
        valueAt -= Math.max(8, roundUp(value.length, 8))
        if (entryAt + 2 * ENTRY_BYTES > valueAt) throw new AirpinError("STORE_FULL", `no room for setting ${key}`)
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
 * The entries of a store as the runtime mounts it: of two with one key, the later.
 *
 * @param store the whole region
 * @throws AirpinError STORE_BLANK, STORE_HEADER_BAD, STORE_ENTRY_BAD: in each case the runtime
 * would format the store or crash on it, and the device would have neither program nor settings
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
        if (entryAt + ENTRY_BYTES > valuesAt) throw badEntry(entryAt, "its entries run into its values")
    }
    const strayAt = bytes.subarray(entryAt, valuesAt).findIndex(byte => byte !== 0xff)
    if (strayAt >= 0)
        throw badEntry(entryAt + strayAt, "something stands between its entries and their values: a write was cut")
    return entries
}

/** Where the header stands that the runtime takes: with equal generations, the second. */
function mountedArea(bytes: Buffer): number {
    if (bytes.every(byte => byte === 0xff))
        throw new AirpinError(
            "STORE_BLANK",
            "the store is blank: it has neither program nor settings",
            "put them in: airpin image --board ID",
        )
    const areas = bytes.length < MIN_BYTES ? [] : [0, areaBytes(bytes.length)].filter(at => isHeader(bytes, at))
    if (areas.length === 0)
        throw unusable("STORE_HEADER_BAD", `no header for a store of ${bytes.length} bytes stands in it`)
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
    if (key.length > KEY_BYTES || key === "") throw badEntry(at, "its key does not end, or is empty")
    const [from, to] = key.startsWith(LARGE)
        ? [2 * areaBytes(bytes.length), bytes.length]
        : [at + ENTRY_BYTES, areaEndAt]
    if (offset < from || endAt > to)
        throw badEntry(at, `the value of ${JSON.stringify(key)} lies outside: ${offset} to ${endAt}`)
    return { key, offset, value: bytes.subarray(offset, endAt) }
}

function badEntry(at: number, problem: string): AirpinError {
    return unusable("STORE_ENTRY_BAD", `the store is damaged at ${addressText(at)}: ${problem}`)
}

function unusable(code: string, problem: string): AirpinError {
    return new AirpinError(code, problem, "make the image anew: a device would format this store")
}

/** Of each of the two header areas. */
const headerPages = (sizeBytes: number) => Math.min(0xf0, Math.max(1, Math.floor(sizeBytes / PAGE_BYTES / 16)))
const areaBytes = (sizeBytes: number) => headerPages(sizeBytes) * PAGE_BYTES

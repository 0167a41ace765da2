/**
 * The runtime's flash store ("fstor"): settings and, as a large entry, the program.
 * Source: jacdac-c `source/jd_fstor.c`.
 */
import { AirpinError } from "../../certs/error.ts"

const MAGIC0 = 0x52545346
const MAGIC1 = 0x6becea0a
const HEADER_BYTES = 24
const ENTRY_BYTES = 24
const KEY_BYTES = 15
const PAGE_BYTES = 4096
const MIN_HEADER_PAGES = 2
/** Key and value of a setting travel in one Jacdac packet; longer ones crash the runtime's next read. */
const MAX_SETTING_BYTES = 232
/** The settings service of the runtime puts this before the name of each of its keys. */
const SERVICE_PREFIX = ":"
/** `writeSetting` of `@devicescript/settings` takes no longer name. */
const MAX_NAME_LENGTH = 13

/**
 * The settings of a program as entries of the store: value as JSON text, as
 * `readSetting` expects it.
 *
 * @throws AirpinError SETTING_NAME, SETTING_TOO_LONG; the value is never named
 */
export function settingEntries(settings: Record<string, string>): Map<string, Buffer> {
    return new Map(Object.entries(settings).map(([name, value]) => settingEntry(name, value)))
}

function settingEntry(name: string, value: string): [string, Buffer] {
    if (!name || name.length > MAX_NAME_LENGTH)
        throw new AirpinError("SETTING_NAME", `setting name "${name}": 1 to ${MAX_NAME_LENGTH} characters`)
    const bytes = Buffer.from(JSON.stringify(value))
    if (Buffer.byteLength(name) + 1 + bytes.length > MAX_SETTING_BYTES)
        throw new AirpinError(
            "SETTING_TOO_LONG",
            `setting ${name}: name and value together take at most ${MAX_SETTING_BYTES - 1} bytes, this takes ${bytes.length + name.length}`,
        )
    return [SERVICE_PREFIX + name, bytes]
}

/**
 * A fresh store with the given entries (raw keys, at most 15 bytes).
 *
 * @param sizeBytes size of the whole flash region, a multiple of 4096
 * @returns `sizeBytes` bytes, 0xFF where nothing is written
 * @throws AirpinError STORE_FULL
 */
export function createStore(sizeBytes: number, entries: Map<string, Buffer>): Buffer {
    const store = Buffer.alloc(sizeBytes, 0xff)
    const pages = sizeBytes / PAGE_BYTES
    const headerPages = Math.max(MIN_HEADER_PAGES, Math.floor(pages / 16))
    writeHeader(store, pages, headerPages)
    let entryAt = HEADER_BYTES
    let valueAt = headerPages * PAGE_BYTES
    for (const [key, value] of entries) {
        valueAt -= Math.max(8, align8(value.length))
        if (entryAt + ENTRY_BYTES > valueAt) throw new AirpinError("STORE_FULL", `no room for setting ${key}`)
        value.copy(store, valueAt)
        writeEntry(store, entryAt, key, valueAt, value.length)
        entryAt += ENTRY_BYTES
    }
    return store
}

function writeHeader(store: Buffer, pages: number, headerPages: number): void {
    store.writeUInt32LE(MAGIC0, 0)
    store.writeUInt32LE(MAGIC1, 4)
    store.writeUInt32LE(1, 8)
    store.writeUInt32LE(PAGE_BYTES, 12)
    store.writeUInt16LE(pages, 16)
    store.writeUInt16LE(headerPages, 18)
    store.writeUInt32LE(0, 20)
}

function writeEntry(store: Buffer, at: number, key: string, offset: number, size: number): void {
    store.fill(0, at, at + KEY_BYTES + 1)
    store.write(key, at, KEY_BYTES, "latin1")
    store.writeUInt32LE(offset, at + 16)
    store.writeUInt32LE(size, at + 20)
}

const align8 = (size: number) => (size + 7) & ~7

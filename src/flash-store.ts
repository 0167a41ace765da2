/**
 * The chip's flash store, a key-value store of texts and bytes. All access to
 * flash goes through this file.
 *
 * Write rarely: each write wears the flash, and a power cut during a write can
 * lose the whole store. Use few keys: the store never frees one, and each takes
 * 32 bytes for ever, even if its value is empty.
 */
import * as ds from "@devicescript/core"
import { settings } from "@devicescript/settings"
import { requestReport } from "./service"

/** The store is a service of the chip itself and is usually found within half a second of boot. */
const DISCOVERY_TIMEOUT_MS = 5000
const DISCOVERY_POLL_MS = 50
/** Pause while another fiber waits for a response. */
const LOCK_POLL_MS = 20
const MAX_TRIES = 5
/** Key, a zero byte and value share one packet. The chip crashes when it reads a longer value. */
const MAX_PACKET_BYTES = 232

/** true while a fiber waits for a response: two at once would receive each other's */
let busy = false

/**
 * The text under `key` (at most 13 characters); undefined if there is none or
 * the store does not respond. A quoted value is parsed as JSON, as `readSetting`
 * does; any other is returned unchanged, so a token of digits stays a text.
 */
export async function readText(key: string): Promise<string> {
    const bytes = await readBytes(key)
    if (!bytes || bytes.length === 0) return undefined
    const text = bytes.toString()
    if (text[0] !== '"') return text
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}

/** Stores `text` under `key`, like `writeBytes`. */
export async function writeText(key: string, text: string): Promise<void> {
    await writeBytes(key, Buffer.from(text))
}

/**
 * The bytes under `key` (at most 13 characters), empty if there are none; undefined if no store
 * responds within 5 s.
 */
export async function readBytes(key: string): Promise<Buffer> {
    if (!(await storeFound())) return undefined
    let bytes: Buffer
    for (let tries = 0; tries < MAX_TRIES && !bytes; tries++) bytes = await get(key)
    return bytes
}

/**
 * Stores `bytes` under `key` (at most 13 characters) with one flash write, or
 * none if they are stored already. An empty value deletes, also with one write.
 *
 * @returns false if the store is full or does not respond
 * @throws RangeError if key and bytes are longer than 231 bytes together
 */
export async function writeBytes(key: string, bytes: Buffer): Promise<boolean> {
    if (key.length + 1 + bytes.length > MAX_PACKET_BYTES) throw new RangeError(`setting ${key} too long`)
    if (!(await storeFound())) return false
    await settings.set(key, bytes)
    const stored = await readBytes(key)
    return stored !== undefined && stored.toString("hex") === bytes.toString("hex")
}

async function storeFound(): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < DISCOVERY_TIMEOUT_MS; waitedMs += DISCOVERY_POLL_MS) {
        if (settings.isBound) return true
        await ds.sleep(DISCOVERY_POLL_MS)
    }
    return false
}

/** Serialised by `busy`. */
async function get(key: string): Promise<Buffer> {
    while (busy) await ds.sleep(LOCK_POLL_MS)
    busy = true
    try {
        return valueIn(await requestReport(settings, async () => await settings.get(key)), key)
    } finally {
        busy = false
    }
}

/**
 * The value in the store's response for `key`, empty if there is none; undefined if the packet is not
 * that response.
 */
function valueIn(packet: ds.Packet, key: string): Buffer {
    if (!packet || packet.serviceCommand !== settings.spec.lookup("get").code) return undefined
    const parts = packet.decode()
    return parts[0] === key ? parts[1] : undefined
}

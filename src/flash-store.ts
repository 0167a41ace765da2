/**
 * Texts and bytes in the chip's flash store, by key: the one way to flash.
 *
 * Each write wears the flash, and a power cut in the middle of one loses the
 * whole store: write seldom. The store forgets no key: one written once takes
 * 32 bytes for ever, empty or not, so keys are few and used again.
 */
import * as ds from "@devicescript/core"
import { settings } from "@devicescript/settings"
import { requestReport } from "./service"

/** The store is a service of the chip itself: found within half a second of the start. */
const FOUND_WITHIN_MS = 5000
const LOOK_AGAIN_MS = 50
/** pause while another fiber is being answered */
const TURN_MS = 20
const TRIES = 5
/** Key, a zero and value travel in one packet; a longer one crashes the chip at its next read. */
const MAX_PACKET_BYTES = 232

/** true while a fiber waits for an answer: two at once would take each other's */
let busy = false

/**
 * The text under `key` (at most 13 characters); undefined when there is none,
 * or no store. A value in quotes is taken as JSON, as `readSetting` does; one
 * without stands for itself, so a token of digits is not taken for a number.
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

/** Keeps `text` under `key`, as `writeBytes` does. */
export async function writeText(key: string, text: string): Promise<void> {
    await writeBytes(key, Buffer.from(text))
}

/** The bytes under `key` (at most 13 characters), empty when there are none; undefined when no store answers within 5 s. */
export async function readBytes(key: string): Promise<Buffer> {
    if (!(await storeFound())) return undefined
    let bytes: Buffer
    for (let tries = 0; tries < TRIES && !bytes; tries++) bytes = await get(key)
    return bytes
}

/**
 * Keeps `bytes` under `key` (at most 13 characters): one write of flash, none
 * when they are there already. No bytes delete, which is a write too.
 *
 * @returns false when the store has no room, or does not answer
 * @throws RangeError when key and bytes are longer than 231 bytes together
 */
export async function writeBytes(key: string, bytes: Buffer): Promise<boolean> {
    if (key.length + 1 + bytes.length > MAX_PACKET_BYTES) throw new RangeError(`setting ${key} too long`)
    if (!(await storeFound())) return false
    await settings.set(key, bytes)
    const kept = await readBytes(key)
    return kept !== undefined && kept.toString("hex") === bytes.toString("hex")
}

async function storeFound(): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < FOUND_WITHIN_MS; waitedMs += LOOK_AGAIN_MS) {
        if (settings.isBound) return true
        await ds.sleep(LOOK_AGAIN_MS)
    }
    return false
}

/** One at a time. */
async function get(key: string): Promise<Buffer> {
    while (busy) await ds.sleep(TURN_MS)
    busy = true
    try {
        return valueOf(await requestReport(settings, async () => await settings.get(key)), key)
    } finally {
        busy = false
    }
}

/** The value in the store's answer for `key`, empty when there is none; undefined when it is no such answer. */
function valueOf(packet: ds.Packet, key: string): Buffer {
    if (!packet || packet.serviceCommand !== settings.spec.lookup("get").code) return undefined
    const parts = packet.decode()
    return parts[0] === key ? parts[1] : undefined
}

/**
 * Texts in the chip's flash store, by key.
 *
 * The store is a service that announces itself twice a second, and the runtime
 * starts a fiber for each of its packets: half of all the program's work. So
 * the client hears them (`_onPacket`) only while it waits for an answer.
 */
import * as ds from "@devicescript/core"
import { settings } from "@devicescript/settings"

/** The store is a service of the chip itself: found within half a second of the start, answers within 20 ms. */
const FOUND_WITHIN_MS = 5000
const LOOK_AGAIN_MS = 50
const ANSWER_WITHIN_MS = 1000
const TRIES = 5

/**
 * The text under `key` (at most 13 characters); undefined when there is none,
 * or no store. A value in quotes is taken as JSON, as `readSetting` does; one
 * without stands for itself, so a token of digits is not taken for a number.
 */
export async function readText(key: string): Promise<string> {
    if (!(await storeFound())) return undefined
    let bytes: Buffer
    for (let tries = 0; tries < TRIES && !bytes; tries++) bytes = await get(key)
    if (!bytes || bytes.length === 0) return undefined
    const text = bytes.toString()
    if (text[0] !== '"') return text
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}

/**
 * Keeps `text` under `key` (at most 13 characters, 231 bytes with the value:
 * a longer one crashes the chip at its next read). Each write wears the flash,
 * and a power cut in the middle of one loses the store: write seldom.
 */
export async function writeText(key: string, text: string): Promise<void> {
    if (await storeFound()) await settings.set(key, Buffer.from(text))
}

async function storeFound(): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < FOUND_WITHIN_MS; waitedMs += LOOK_AGAIN_MS) {
        if (settings.isBound) return true
        await ds.sleep(LOOK_AGAIN_MS)
    }
    return false
}

/** `ds.actionReport` waits for the answer without a bound, and throws if it comes too soon. */
async function get(key: string): Promise<Buffer> {
    const fiber = ds.Fiber.self()
    let packet: ds.Packet
    const forget = settings.report().subscribe(report => {
        packet = report
        if (fiber.suspended) fiber.resume(true)
    })
    delete settings._onPacket
    await settings.get(key)
    if (!packet) await ds.suspend(ANSWER_WITHIN_MS)
    settings._onPacket = undefined
    forget()
    return valueOf(packet, key)
}

/** The value in the store's answer for `key`, empty when there is none; undefined when it is no such answer. */
function valueOf(packet: ds.Packet, key: string): Buffer {
    if (!packet || packet.serviceCommand !== settings.spec.lookup("get").code) return undefined
    const parts = packet.decode()
    return parts[0] === key ? parts[1] : undefined
}

/** The entries of the store and their keys: settings, Wi-Fi network, program. */
import { AirpinError } from "../../certs/error.ts"
import type { StoreEntries } from "./fstor.ts"

/** Key and value of a setting share one Jacdac packet; a longer one crashes the runtime at its next read. */
const MAX_SETTING_BYTES = 232
/** The runtime's settings service puts this before each of its keys. */
const SERVICE_PREFIX = ":"
/** limit of `writeSetting` of `@devicescript/settings` */
const MAX_NAME_LENGTH = 13

/** Shorter keys of settings whose names are too long for the store, as in src/config.ts: those of the panel are cut. */
const SHORT_KEYS: Readonly<Record<string, string>> = {
    TEMPERATURE_OFFSET_C: "TEMP_OFFSET_C",
    TONE_REPEAT_MIN: "TONE_REPEAT_M",
    UTC_OFFSET_MIN: "UTC_OFFSET_MI",
    SCREEN_ROTATION: "SCREEN_ROTATI",
}

/** Settings of the firmware as its owner writes them into `.env` files: value by name. */
export type EnvSettings = Record<string, string>

/**
 * Settings as entries of the store. Each value is JSON text, as `readSetting` expects it.
 *
 * @throws AirpinError SETTING_NAME, SETTING_TOO_LONG; their messages never contain the value
 */
export function settingEntries(settings: EnvSettings): StoreEntries {
    return new Map(Object.entries(settings).map(([name, value]) => settingEntry(name, value)))
}

function settingEntry(fullName: string, value: string): [string, Buffer] {
    const name = SHORT_KEYS[fullName] ?? fullName
    if (!name || name.length > MAX_NAME_LENGTH)
        throw new AirpinError(
            "SETTING_NAME",
            `the setting name "${name}" does not have 1 to ${MAX_NAME_LENGTH} characters`,
        )
    const bytes = Buffer.from(JSON.stringify(value))
    if (Buffer.byteLength(name) + 1 + bytes.length > MAX_SETTING_BYTES)
        throw new AirpinError(
            "SETTING_TOO_LONG",
            `name and value of the setting ${name} have ${bytes.length + name.length} bytes together, more than ${MAX_SETTING_BYTES - 1}`,
        )
    return [SERVICE_PREFIX + name, bytes]
}

/** The settings in a store. A value that is not a JSON string, as a program may write it, is returned as it is. */
export function settingsOf(entries: StoreEntries): EnvSettings {
    const own = [...entries].filter(([key, value]) => key.startsWith(SERVICE_PREFIX) && value.length > 0)
    return Object.fromEntries(own.map(([key, value]) => [nameOf(key), textOf(value.toString())]))
}

function nameOf(key: string): string {
    const name = key.slice(SERVICE_PREFIX.length)
    return Object.keys(SHORT_KEYS).find(full => SHORT_KEYS[full] === name) ?? name
}

function textOf(json: string): string {
    try {
        const value: unknown = JSON.parse(json)
        return typeof value === "string" ? value : json
    } catch {
        return json
    }
}

/** The Wi-Fi network that a device joins. */
export interface Wifi {
    ssid: string
    /** absent for an open network */
    passphrase?: string
}

/**
 * `jd_wifi_connect` of the runtime (devicescript-esp32 `main/wifi_impl.c`) copies name and passphrase
 * with strlcpy into the 32 and 64 bytes of `wifi_sta_config_t`, so at most 31 and 63 bytes arrive. A
 * longer name, or a key of 64 hexadecimal digits, would be cut off, and the device would never join.
 */
const MAX_SSID_BYTES = 31
/** IEEE 802.11, annex J.4: 8 to 63 characters. */
const PASSPHRASE_BYTES = { min: 8, max: 63 } as const

/**
 * The network as entries of the store. The runtime reads their keys itself, so they have no prefix.
 *
 * @throws AirpinError WIFI_SSID_EMPTY, WIFI_SSID_TOO_LONG, WIFI_PSK_LENGTH, WIFI_NUL; their messages never contain the
 * passphrase
 */
export function wifiEntries({ ssid, passphrase }: Wifi): StoreEntries {
    const ssidBytes = Buffer.from(ssid)
    if (ssidBytes.length === 0) throw new AirpinError("WIFI_SSID_EMPTY", "the Wi-Fi network has no name")
    if (ssidBytes.length > MAX_SSID_BYTES)
        throw new AirpinError(
            "WIFI_SSID_TOO_LONG",
            `WIFI_SSID has ${ssidBytes.length} bytes; the runtime cuts it to ${MAX_SSID_BYTES} and would never join`,
        )
    const entries: StoreEntries = new Map([["wifi_ssid", ssidBytes]])
    if (passphrase !== undefined) entries.set("wifi_psk", passphraseBytes(passphrase))
    if ([...entries.values()].some(value => value.includes(0)))
        throw new AirpinError("WIFI_NUL", "WIFI_SSID or WIFI_PWD contains a NUL, where the runtime would cut it off")
    return entries
}

function passphraseBytes(passphrase: string): Buffer {
    const bytes = Buffer.from(passphrase)
    const { min, max } = PASSPHRASE_BYTES
    if (bytes.length >= min && bytes.length <= max) return bytes
    throw new AirpinError(
        "WIFI_PSK_LENGTH",
        `WIFI_PWD has ${bytes.length} bytes, not ${min} to ${max}`,
        bytes.length === 64
            ? "use the passphrase instead: the runtime cannot store a key of 64 digits"
            : "check the passphrase",
    )
}

const PROGRAM_KEY = "*prog"
/** devsmgr_program_header_t of DeviceScript's `devsmgr.c`: magic, size, magic, hash, 28 reserved words. */
const PROGRAM_MAGIC0 = 0x8d8abd53
const PROGRAM_MAGIC1 = 0xb27c4b2b
const PROGRAM_HEADER_BYTES = 128

/**
 * The bytecode among the entries of a store; undefined if there is none.
 *
 * @throws AirpinError FLASH_STORE_PROGRAM_BAD if it is incomplete, so that the runtime would not start it
 */
export function programOf(entries: StoreEntries): Buffer | undefined {
    const stored = entries.get(PROGRAM_KEY)
    if (!stored || stored.length === 0) return undefined
    const program = stored.subarray(PROGRAM_HEADER_BYTES)
    const complete =
        program.length > 0 && stored.readUInt32LE(0) === PROGRAM_MAGIC0 && stored.readUInt32LE(8) === PROGRAM_MAGIC1
    if (complete && stored.readUInt32LE(4) === program.length) return program
    throw new AirpinError("FLASH_STORE_PROGRAM_BAD", "the program in the store is incomplete")
}

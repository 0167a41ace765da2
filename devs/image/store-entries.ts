/** What stands in the store under which key: settings, the Wi-Fi network, the program. */
import { AirpinError } from "../../certs/error.ts"
import type { StoreEntries } from "./fstor.ts"

/** Key and value of a setting travel in one Jacdac packet; longer ones crash the runtime's next read. */
const MAX_SETTING_BYTES = 232
/** The settings service of the runtime puts this before the name of each of its keys. */
const SERVICE_PREFIX = ":"
/** `writeSetting` of `@devicescript/settings` takes no longer name. */
const MAX_NAME_LENGTH = 13

/** Names and values as they stand in the `.env` files. */
export type EnvSettings = Record<string, string>

/**
 * The settings of a program as entries of the store: value as JSON text, as
 * `readSetting` expects it.
 *
 * @throws AirpinError SETTING_NAME, SETTING_TOO_LONG; the value is never named
 */
export function settingEntries(settings: EnvSettings): StoreEntries {
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

/** The settings among the entries of a store; one that is no JSON text, as a program may write it, stands for itself. */
export function settingsOf(entries: StoreEntries): EnvSettings {
    const own = [...entries].filter(([key, value]) => key.startsWith(SERVICE_PREFIX) && value.length > 0)
    return Object.fromEntries(own.map(([key, value]) => [key.slice(SERVICE_PREFIX.length), textOf(value.toString())]))
}

function textOf(json: string): string {
    try {
        const value: unknown = JSON.parse(json)
        return typeof value === "string" ? value : json
    } catch {
        return json
    }
}

/** The network a device joins. */
export interface Wifi {
    ssid: string
    /** the passphrase; absent for an open network */
    passphrase?: string
}

/**
 * `jd_wifi_connect` of the runtime (devicescript-esp32 `main/wifi_impl.c`) copies
 * with strlcpy into the 32 and 64 bytes of `wifi_sta_config_t`: one less of each
 * arrives. A longer name, or a key of 64 hexadecimal digits, would be cut, and
 * the device would never join.
 */
const MAX_SSID_BYTES = 31
/** IEEE 802.11, annex J.4: 8 to 63 characters. */
const PASSPHRASE_BYTES = { min: 8, max: 63 } as const

/**
 * The network as the runtime looks for it: under its own keys, without the prefix of the settings.
 *
 * @throws AirpinError WIFI_SSID_EMPTY, WIFI_SSID_TOO_LONG, WIFI_PSK_LENGTH, WIFI_NUL; the passphrase is never named
 */
export function wifiEntries({ ssid, passphrase }: Wifi): StoreEntries {
    const ssidBytes = Buffer.from(ssid)
    if (ssidBytes.length === 0)
        throw new AirpinError(
            "WIFI_SSID_EMPTY",
            "the Wi-Fi network has no name",
            "say which network the device is to join",
        )
    if (ssidBytes.length > MAX_SSID_BYTES)
        throw new AirpinError(
            "WIFI_SSID_TOO_LONG",
            `the Wi-Fi network "${ssid}" has a name of ${ssidBytes.length} bytes; the runtime cuts it behind ${MAX_SSID_BYTES} and would never join`,
            "give the network a shorter name",
        )
    const entries: StoreEntries = new Map([["wifi_ssid", ssidBytes]])
    if (passphrase !== undefined) entries.set("wifi_psk", passphraseBytes(passphrase))
    if ([...entries.values()].some(value => value.includes(0)))
        throw new AirpinError("WIFI_NUL", "the Wi-Fi name or passphrase holds a NUL: the runtime ends it there")
    return entries
}

function passphraseBytes(passphrase: string): Buffer {
    const bytes = Buffer.from(passphrase)
    const { min, max } = PASSPHRASE_BYTES
    if (bytes.length >= min && bytes.length <= max) return bytes
    throw new AirpinError(
        "WIFI_PSK_LENGTH",
        `the Wi-Fi passphrase has ${bytes.length} bytes, not ${min} to ${max}`,
        bytes.length === 64
            ? "the runtime cannot take the key of 64 digits: give the passphrase it was made of"
            : "check the passphrase",
    )
}

const PROGRAM_KEY = "*prog"
/** devsmgr_program_header_t of DeviceScript `runtime/devicescript/devsmgr.c`: magic, size, magic, hash, 28 reserved words. */
const PROGRAM_MAGIC0 = 0x8d8abd53
const PROGRAM_MAGIC1 = 0xb27c4b2b
const PROGRAM_HEADER_BYTES = 128

/**
 * The bytecode among the entries of a store; undefined when there is none.
 *
 * @throws AirpinError STORE_PROGRAM_BAD when it was not written to its end: the runtime would not start it
 */
export function programOf(entries: StoreEntries): Buffer | undefined {
    const stored = entries.get(PROGRAM_KEY)
    if (!stored || stored.length === 0) return undefined
    const program = stored.subarray(PROGRAM_HEADER_BYTES)
    const complete =
        program.length > 0 && stored.readUInt32LE(0) === PROGRAM_MAGIC0 && stored.readUInt32LE(8) === PROGRAM_MAGIC1
    if (complete && stored.readUInt32LE(4) === program.length) return program
    throw new AirpinError("STORE_PROGRAM_BAD", "the program in the store is not whole", "make the image anew")
}

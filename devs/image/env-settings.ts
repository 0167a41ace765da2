/** The firmware's settings as its owner wrote them down. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { parseEnv } from "node:util"
import type { EnvSettings, Wifi } from "./store-entries.ts"

/** Later files win. */
const FILES = [".env.defaults", ".env.local"]

/** What the `.env` files hold for a device. */
export interface DeviceEnv {
    /** what the program reads: API_URL, API_TOKEN, INTERVAL_S, BATCH */
    settings: EnvSettings
    /** WIFI_SSID and WIFI_PWD, as the DeviceScript CLI names them: the runtime's, not the program's; absent without WIFI_SSID */
    wifi?: Wifi
}

/**
 * Read from a folder; empty values and missing files count as not set.
 *
 * @param own the text of one device's own file, which wins over both
 */
export async function readDeviceEnv(directory: string, own = ""): Promise<DeviceEnv> {
    const texts = await Promise.all(FILES.map(name => readIfThere(path.join(directory, name))))
    const merged = Object.assign({}, ...[...texts, own].map(text => parseEnv(text))) as EnvSettings
    const {
        WIFI_SSID: ssid,
        WIFI_PWD: passphrase,
        ...settings
    } = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""))
    return { settings, ...(ssid !== undefined && { wifi: { ssid, ...(passphrase !== undefined && { passphrase }) } }) }
}

async function readIfThere(file: string): Promise<string> {
    return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return ""
        throw error
    })
}

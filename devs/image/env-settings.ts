/** The firmware's settings in `.env` files. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { parseEnv } from "node:util"
import type { EnvSettings, Wifi } from "./store-entries.ts"

/** Later files win. */
const FILES = [".env.defaults", ".env.local"]

/** The contents of a device's `.env` files. */
export interface DeviceEnv {
    /** what the program reads, such as API_URL, API_TOKEN, INTERVAL_S, BATCH */
    settings: EnvSettings
    /** WIFI_SSID and WIFI_PWD (the DeviceScript CLI's names), which the runtime reads; absent without WIFI_SSID */
    wifi?: Wifi
}

/**
 * The settings in `.env.defaults` and `.env.local` of a folder. Empty values and missing files count as not set.
 *
 * @param own text of a device's own file, which overrides both
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

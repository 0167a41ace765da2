/** The firmware's settings in `.env` files, refused or reported where the device would not use them as they stand. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { decodeText, encodingOf } from "../../../certs/read/text.ts"
import { settingRange } from "../../../src/wire.ts"
import { readFileBytes } from "../../files.ts"
import type { EnvSettings, Wifi } from "../store-entries.ts"
import { type EnvFile, type EnvLine, readEnvFile } from "./env-file.ts"
import { refusalOf, settingNames, similarName, wifiNames } from "./setting-rules.ts"
import { posixZone } from "./time-zone.ts"

/** Later files win. */
const FILES = [".env.defaults", ".env.local"]
/** LOW_POWER_PERIOD_S of src/config.ts: two measurements of low power fit into a shorter interval no more. */
const MIN_LOW_POWER_INTERVAL_S = 60

/** The contents of a device's `.env` files. */
export interface DeviceEnv {
    /** what the program reads, such as API_URL, API_TOKEN, INTERVAL_S, BATCH */
    settings: EnvSettings
    /** WIFI_SSID and WIFI_PWD (the DeviceScript CLI's names), which the runtime reads; absent without WIFI_SSID */
    wifi?: Wifi
    /** what the device uses otherwise than the files may mean it; never contains a token or a password */
    warnings: string[]
}

/**
 * The settings in `.env.defaults` and `.env.local` of a folder. Empty values and missing files count as not set.
 *
 * @param own a device's own file, which overrides both
 * @throws AirpinError SETTING_INVALID, SETTING_NAME, SETTING_TOO_LONG, WIFI_SSID_TOO_LONG, WIFI_PSK_LENGTH, WIFI_NUL:
 * the device would not use a setting; TEXT_ENCODING; FILE_UNREADABLE
 */
export async function readDeviceEnv(directory: string, own?: string): Promise<DeviceEnv> {
    const files = await Promise.all(
        FILES.map(async name => readEnv(await bytesIfThere(path.join(directory, name)), name)),
    )
    if (own !== undefined) files.push(readEnv(await readFileBytes(own), own))
    const set = merge(files)
    requireUsable(set)
    const [ssid, passphrase] = wifiNames.map(name => set.get(name)?.value)
    const settings = [...set].filter(([name]) => !wifiNames.some(wifi => wifi === name))
    return {
        settings: Object.fromEntries(settings.map(([name, { value }]) => [name, asStored(name, value)])),
        ...(ssid !== undefined && { wifi: { ssid, ...(passphrase !== undefined && { passphrase }) } }),
        warnings: [...files.flatMap(({ warnings }) => warnings), ...unknownNames(set), ...contradictions(set)],
    }
}

/** A setting's value as the device's store has it: the device reads POSIX zones only. */
export const asStored = (name: string, value: string): string =>
    name === "TIME_ZONE" ? (posixZone(value) ?? value) : value

/** The last line of each name, in the order of these lines, without those that are empty. */
function merge(files: EnvFile[]): Map<string, EnvLine> {
    const merged = new Map<string, EnvLine>()
    for (const [name, line] of files.flatMap(({ lines }) => [...lines])) {
        merged.delete(name)
        if (line.value !== "") merged.set(name, line)
    }
    return merged
}

async function bytesIfThere(file: string): Promise<Buffer> {
    return readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return Buffer.alloc(0)
        throw error
    })
}

function readEnv(bytes: Buffer, file: string): EnvFile {
    // A guess would change the bytes of a Wi-Fi name or password.
    if (encodingOf(bytes) === "windows-1252") throw new AirpinError("TEXT_ENCODING", `${file} is not in UTF-8`)
    return readEnvFile(decodeText(bytes), path.basename(file))
}

function requireUsable(set: Map<string, EnvLine>): void {
    const refused = [...set].flatMap(([name, { value, place, change }]) => {
        const refusal = refusalOf(name, value)
        if (!refusal) return []
        const message = `${place}: ${refusal.message}${change ? `: it ${change.what}` : ""}`
        return [{ ...refusal, message, nextStep: change?.nextStep ?? refusal.nextStep }]
    })
    const [first, ...others] = refused
    if (!first) return
    if (others.length === 0) throw new AirpinError(first.code, first.message, first.nextStep)
    throw new AirpinError(
        "SETTING_INVALID",
        refused.map(({ message }) => message).join("; "),
        refused.map(({ nextStep }) => nextStep).join("; "),
    )
}

function unknownNames(set: Map<string, EnvLine>): string[] {
    const known = settingNames()
    return [...set]
        .filter(([name]) => !known.includes(name))
        .map(([name, { place }]) => {
            const similar = similarName(name)
            const next = similar ? `did you mean ${similar}?` : "remove the line"
            return `${place}: the firmware reads no setting ${name}; next: ${next}`
        })
}

/** Settings that are each valid, but not together as their author may expect. */
function contradictions(set: Map<string, EnvLine>): string[] {
    const number = (name: string) => Number(set.get(name)?.value ?? settingRange(name)?.default)
    const found = (name: string, isSo: boolean, problem: string) => {
        const line = set.get(name)
        return line && isSo ? [`${line.place}: ${name} ${problem}`] : []
    }
    return [
        ...found(
            "LOW_POWER",
            number("LOW_POWER") === 1 && number("INTERVAL_S") < MIN_LOW_POWER_INTERVAL_S,
            `has no effect: INTERVAL_S is ${number("INTERVAL_S")}, less than ${MIN_LOW_POWER_INTERVAL_S}`,
        ),
        ...found("CO2_FAIR_PPM", number("CO2_FAIR_PPM") >= number("CO2_POOR_PPM"), "is not below CO2_POOR_PPM"),
        ...found("WIFI_PWD", !set.has("WIFI_SSID"), "has no effect without WIFI_SSID"),
        ...found(
            "WIFI_PWD",
            /[^ -~]/.test(set.get("WIFI_PWD")?.value ?? ""),
            "is not ASCII: the device uses its UTF-8, and not every access point does; next: if it does not join, change the password",
        ),
    ]
}

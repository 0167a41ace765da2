/** Settings that the server may change on a device: their schema, and how the command line writes them. */
import { AirpinError } from "../../certs/error.ts"
import { isAllowed, remoteSettingNames, type SettingRange, settingRange } from "../../src/wire.ts"
import type { SettingValues } from "./store/records.ts"

/** Ranges by name. Values are whole numbers. */
const settingRanges = new Map(remoteSettingNames().map((name): [string, SettingRange] => [name, rangeOf(name)]))

function rangeOf(name: string): SettingRange {
    const range = settingRange(name)
    if (range === undefined) throw new Error(`src/wire.ts has no range for ${name}`)
    return range
}

/** JSON schema of {@link SettingValues}, name by name. */
export const settingsProperties = Object.fromEntries(
    [...settingRanges].map(([name, range]) => [name, { type: "integer", description: rangeText(range) }]),
)

/**
 * Parses settings as the command line writes them, "INTERVAL_S=30".
 *
 * @throws AirpinError SETTING_MALFORMED, SETTING_UNKNOWN, SETTING_TWICE, SETTING_OUT_OF_RANGE
 */
export function parseSettings(texts: string[]): SettingValues {
    const settings: SettingValues = {}
    for (const text of texts) {
        const [name, value] = parseSetting(text)
        if (settings[name] !== undefined) throw new AirpinError("SETTING_TWICE", `${name} is set twice`)
        settings[name] = value
    }
    return settings
}

function parseSetting(setting: string): [name: string, value: number] {
    const [, name, text] = /^([^=]+)=(.+)$/s.exec(setting) ?? []
    if (name === undefined || text === undefined)
        throw new AirpinError("SETTING_MALFORMED", `${JSON.stringify(setting)} does not set anything`)
    const value = /^-?\d{1,9}$/.test(text) ? Number(text) : NaN
    checkSetting(name, value, JSON.stringify(text))
    return [name, value]
}

/**
 * @param written the value as it was given
 * @throws AirpinError SETTING_UNKNOWN, SETTING_OUT_OF_RANGE
 */
export function checkSetting(name: string, value: number, written = `${value}`): void {
    const range = settingRanges.get(name)
    if (range === undefined)
        throw new AirpinError(
            "SETTING_UNKNOWN",
            `there is no setting ${JSON.stringify(name)}`,
            `choose one of ${settingTexts().join(", ")}`,
        )
    if (isAllowed(name, value)) return
    throw new AirpinError(
        "SETTING_OUT_OF_RANGE",
        `${name} is ${written}: must be ${rangeText(range)}`,
        `write ${name}=VALUE with a whole number in that range`,
    )
}

function rangeText({ min, max, default: standard }: SettingRange): string {
    return `${min} to ${max}${standard >= min && standard <= max ? "" : `, or ${standard}`}`
}

/** Each remote setting with its range, as "INTERVAL_S (5 to 3600)". */
export function settingTexts(): string[] {
    return [...settingRanges].map(([name, range]) => `${name} (${rangeText(range)})`)
}

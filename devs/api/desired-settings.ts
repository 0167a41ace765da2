/** The server's word to a device: settings that are desired of it. */
import { AirpinError } from "../../certs/error.ts"
import { isAllowed, remoteSettingNames, type SettingRange, settingRange } from "../../src/wire.ts"

/** What can be set from here, by name, with its range. Values are whole numbers. */
const settingRanges = new Map(remoteSettingNames().map((name): [string, SettingRange] => [name, rangeOf(name)]))

function rangeOf(name: string): SettingRange {
    const range = settingRange(name)
    if (range === undefined) throw new Error(`src/wire.ts has no range for ${name}`)
    return range
}

/** Done once, when a device takes the revision that has it; no state that lasts. */
const COMMAND = "RECALIBRATE_PPM"

/** Whole numbers by the names of `remoteSettingNames`. */
export type SettingValues = Record<string, number>

/** JSON schema of {@link SettingValues}, name by name. */
export const settingsProperties = Object.fromEntries(
    [...settingRanges].map(([name, range]) => [name, { type: "integer", description: rangeText(range) }]),
)

/**
 * Settings as a person writes them, "INTERVAL_S=30".
 *
 * @throws AirpinError SETTING_MALFORMED, SETTING_UNKNOWN, SETTING_TWICE, SETTING_OUT_OF_RANGE
 */
export function parseSettings(words: string[]): SettingValues {
    const settings: SettingValues = {}
    for (const word of words) {
        const [name, value] = readSetting(word)
        if (settings[name] !== undefined)
            throw new AirpinError("SETTING_TWICE", `${name} stands twice`, "name each setting once")
        settings[name] = value
    }
    return settings
}

/** What is desired after a change: what was asked for before stays, but for a command. */
export function withChanges(before: SettingValues, changes: SettingValues): SettingValues {
    const { [COMMAND]: _, ...lasting } = before
    return { ...lasting, ...changes }
}

/** True when `before` holds a command that `changes` do not repeat. */
export function withdrawsCommand(before: SettingValues, changes: SettingValues): boolean {
    return before[COMMAND] !== undefined && changes[COMMAND] === undefined
}

function readSetting(word: string): [name: string, value: number] {
    const [, name, text] = /^([^=]+)=(.+)$/s.exec(word) ?? []
    if (name === undefined || text === undefined)
        throw new AirpinError(
            "SETTING_MALFORMED",
            `${JSON.stringify(word)} is no setting`,
            "write KEY=VALUE, as INTERVAL_S=30",
        )
    const range = settingRanges.get(name)
    if (range === undefined)
        throw new AirpinError(
            "SETTING_UNKNOWN",
            `there is no setting ${JSON.stringify(name)}`,
            `choose of ${allRangesText()}`,
        )
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (isAllowed(name, value)) return [name, value]
    throw new AirpinError(
        "SETTING_OUT_OF_RANGE",
        `${name} is ${JSON.stringify(text)}: must be ${rangeText(range)}`,
        `write ${name}=VALUE with a whole number of that range`,
    )
}

function rangeText({ min, max, default: standard }: SettingRange): string {
    return `${min} to ${max}${standard >= min && standard <= max ? "" : `, or ${standard}`}`
}

function allRangesText(): string {
    return [...settingRanges].map(([name, range]) => `${name} (${rangeText(range)})`).join(", ")
}

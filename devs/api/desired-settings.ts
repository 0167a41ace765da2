/** The server's word to a device: settings that are wanted of it. */
import { AirpinError } from "../../certs/error.ts"

interface SettingRange {
    min: number
    max: number
    /** 0 is a value too */
    orZero?: true
}

/** What can be set from here, with the ranges of the firmware's `src/config.ts`. Values are whole numbers. */
export const settingRanges: Record<string, SettingRange> = {
    INTERVAL_S: { min: 5, max: 3600 },
    BATCH: { min: 1, max: 30 },
    ALTITUDE_M: { min: 0, max: 3000 },
    // without a pressure the altitude counts
    PRESSURE_HPA: { min: 700, max: 1200, orZero: true },
    ASC: { min: 0, max: 1 },
    LOW_POWER: { min: 0, max: 1 },
    CO2_FAIR_PPM: { min: 400, max: 5000 },
    CO2_POOR_PPM: { min: 400, max: 5000 },
    RECALIBRATE_PPM: { min: 400, max: 2000 },
}

/** Done once, when a device takes the revision that has it; no state that lasts. */
const COMMAND = "RECALIBRATE_PPM"

/** Whole numbers by the names of {@link settingRanges}. */
export type Settings = Record<string, number>

/** JSON schema of {@link Settings}, name by name. */
export const settingsProperties = Object.fromEntries(
    Object.entries(settingRanges).map(([name, range]) => [name, { type: "integer", description: rangeText(range) }]),
)

/**
 * Settings as a person writes them, "INTERVAL_S=30".
 *
 * @throws AirpinError SETTING_MALFORMED, SETTING_UNKNOWN, SETTING_TWICE, SETTING_OUT_OF_RANGE
 */
export function readSettings(words: string[]): Settings {
    const settings: Settings = {}
    for (const word of words) {
        const [name, value] = readSetting(word)
        if (settings[name] !== undefined)
            throw new AirpinError("SETTING_TWICE", `${name} stands twice`, "name each setting once")
        settings[name] = value
    }
    return settings
}

/** What is wanted after a change: what was asked for before stays, but for a command. */
export function withChanges(before: Settings, changes: Settings): Settings {
    const { [COMMAND]: _, ...lasting } = before
    return { ...lasting, ...changes }
}

/** True when `before` holds a command that `changes` do not repeat. */
export function withdrawsCommand(before: Settings, changes: Settings): boolean {
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
    const range = Object.hasOwn(settingRanges, name) ? settingRanges[name] : undefined
    if (range === undefined)
        throw new AirpinError(
            "SETTING_UNKNOWN",
            `there is no setting ${JSON.stringify(name)}`,
            `choose of ${allRangesText()}`,
        )
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (isWithin(value, range)) return [name, value]
    throw new AirpinError(
        "SETTING_OUT_OF_RANGE",
        `${name} is ${JSON.stringify(text)}: must be ${rangeText(range)}`,
        `write ${name}=VALUE with a whole number of that range`,
    )
}

function isWithin(value: number, { min, max, orZero }: SettingRange): boolean {
    return (value >= min && value <= max) || (orZero === true && value === 0)
}

function rangeText({ min, max, orZero }: SettingRange): string {
    return `${min} to ${max}${orZero ? ", or 0" : ""}`
}

function allRangesText(): string {
    return Object.entries(settingRanges)
        .map(([name, range]) => `${name} (${rangeText(range)})`)
        .join(", ")
}

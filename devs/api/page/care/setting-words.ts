/** Settings of a device as the form shows them. */
import { isAllowed, remoteSettingNames, settingRange } from "../../../../src/wire.ts"
import type { Translate } from "../shared/text.ts"
import type { Device } from "./care-data.ts"

/** These have a place of their own: the limits of the school and of a room, and the recalibration. */
const elsewhere = ["CO2_FAIR_PPM", "CO2_POOR_PPM", "RECALIBRATE_PPM"]

/** Settings of the sensor and of posting; the others are those of a panel. */
const ofEveryDevice = ["INTERVAL_S", "BATCH", "ALTITUDE_M", "PRESSURE_HPA", "ASC", "LOW_POWER"]

export interface Setting {
    name: string
    min: number
    max: number
    default: number
    /** the only values, where there are few */
    choices: number[] | undefined
    isPanel: boolean
}

export function settingsOfForm(): Setting[] {
    return remoteSettingNames().flatMap(name => {
        const range = settingRange(name)
        if (range === undefined || elsewhere.includes(name)) return []
        return [{ name, ...range, choices: choicesOf(range), isPanel: !ofEveryDevice.includes(name) }]
    })
}

function choicesOf({ min, max, default: standard }: Pick<Setting, "min" | "max" | "default">): number[] | undefined {
    if (max - min > 1) return undefined
    return [...new Set([min, max, standard])].sort((a, b) => a - b)
}

/** The setting in words; the name itself where a later firmware has sent one that this version does not know. */
export function settingLabel(name: string, t: Translate): string {
    const isKnown = remoteSettingNames().some(each => each === name)
    return isKnown ? t(`care.setting.${name}`) : name
}

/** "seconds per reading: 30" with choices in words: "automatic self-calibration: off" */
export function valueText(name: string, value: number, t: Translate): string {
    if (name === "SCREEN_ROTATION") return `${value}°`
    const setting = settingsOfForm().find(each => each.name === name)
    return setting?.choices ? t(`care.choice.${choiceNames[value] ?? "auto"}`) : `${value}`
}

const choiceNames = ["off", "on"]

/**
 * - asked: the device has not taken it yet
 * - refused: it did not accept it
 * - unknown: nobody has asked for it here, so it has what its image says
 */
export type SettingState = "unknown" | "asked" | "taken" | "refused"

/** What was asked for last, and what became of it. */
export function settingOf({ settings }: Device, name: string): { state: SettingState; value: number | undefined } {
    const value = Object.entries(settings?.desired ?? {}).find(([each]) => each === name)?.[1]
    if (settings === null || value === undefined) return { state: "unknown", value: undefined }
    if (settings.applied?.revision !== settings.revision) return { state: "asked", value }
    return { state: settings.applied.refused.includes(name) ? "refused" : "taken", value }
}

/**
 * What is to be sent: values that differ from what was asked for last.
 *
 * @param texts by name; "" leaves a setting as it is
 * @returns wrong: names whose value is out of range
 */
export function changesOf(
    device: Device,
    texts: Record<string, string>,
): { changes: Record<string, number>; wrong: string[] } {
    const given = Object.entries(texts).filter(([, text]) => text.trim() !== "")
    const values = given.map(([name, text]): [string, number] => [name, Number(text)])
    return {
        changes: Object.fromEntries(values.filter(([name, value]) => settingOf(device, name).value !== value)),
        wrong: values.filter(([name, value]) => !isAllowed(name, value)).map(([name]) => name),
    }
}

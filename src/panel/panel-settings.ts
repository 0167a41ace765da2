/** Settings of the panel, read from flash at boot. An invalid value is logged and replaced by its default. */
import { isSettable, keyOf, readNumber, setSettingRanges } from "../config"
import { parseWholeNumber } from "../decimal"
import { readText } from "../flash-store"
import { settingRange } from "../wire"

export interface PanelSettings {
    /** brightness of light and screen, %; 0: off. At night the second. */
    light: number
    nightLight: number
    /** hours of local time, 0 to 23: from the first until the second; none if they are equal */
    nightFromH: number
    nightToH: number
    /** 0: no tone at all */
    tone: number
    /** minutes between two reminders while the air is poor; 0: none */
    toneRepeatMin: number
    /** hours without a tone, like those of the night */
    quietFromH: number
    quietToH: number
    /** language of the words on the screen: "en" or "de" */
    language: string
    /** minutes to add to UTC if there is no TIME_ZONE */
    utcOffsetMin: number
    /** POSIX time zone ("CET-1CEST,M3.5.0,M10.5.0/3"), see local-time.ts; undefined if none is set */
    timeZone: string
    /** true if the screen is mounted upside down */
    upsideDown: boolean
    /** 0 or 1; 2: the panel finds out by itself */
    screenBgr: number
    screenInvert: number
}

const GERMAN = "de"

/** Makes the panel's settings known to `config.ts`, so that the server may change them; called before any is read. */
export function addPanelSettings() {
    setSettingRanges(settingRange)
}

export async function readPanelSettings(): Promise<PanelSettings> {
    return {
        light: await readNumber("LIGHT"),
        nightLight: await readNumber("NIGHT_LIGHT"),
        nightFromH: await readNumber("NIGHT_FROM_H"),
        nightToH: await readNumber("NIGHT_TO_H"),
        tone: await readNumber("TONE"),
        toneRepeatMin: await readNumber("TONE_REPEAT_MIN"),
        quietFromH: await readNumber("QUIET_FROM_H"),
        quietToH: await readNumber("QUIET_TO_H"),
        language: (await readText("LANGUAGE")) === GERMAN ? GERMAN : "en",
        utcOffsetMin: await readSigned("UTC_OFFSET_MIN"),
        timeZone: await readText("TIME_ZONE"),
        upsideDown: (await readNumber("SCREEN_ROTATION")) === 180,
        screenBgr: await readNumber("SCREEN_BGR"),
        screenInvert: await readNumber("SCREEN_INVERT"),
    }
}

/** Like `readNumber`, for a setting that may be negative. */
async function readSigned(name: string): Promise<number> {
    const text = ((await readText(keyOf(name))) ?? "").trim()
    const negative = -parseWholeNumber(text.slice(1))
    return text[0] === "-" && isSettable(name, negative) ? negative : await readNumber(name)
}

/**
 * Names of the pinned anchors with their ends, "ISRG Root X1 2035-06,ISRG Root X2 2040-09", as `airpin image` wrote
 * them; undefined if none are known. Read when it is shown, so that it does not stay on the heap.
 */
export async function readPinned(): Promise<string> {
    return await readText("PINNED")
}

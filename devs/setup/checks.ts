/** Checks of answers: each returns the value, or throws why the answer is refused, with the code that the commands give. */
import { AirpinError } from "../../certs/error.ts"
import { groupParts } from "../api/site/site.ts"
import type { Board } from "../image/boards.ts"
import { refusalOf } from "../image/settings/setting-rules.ts"

const MAX_GROUP_LENGTH = 64
/** the answer for a server on this computer */
export const HERE = "here"

/** One of a few words, or its number in a list, from 1. */
export function choiceOf<Word extends string>(words: readonly Word[], text: string): Word {
    const found = words[Number(text) - 1] ?? words.find(word => word === text.trim().toLowerCase())
    if (found !== undefined) return found
    throw new AirpinError(
        "SETUP_ANSWER_INVALID",
        `${JSON.stringify(text)} is none of ${words.map((word, at) => `${at + 1} ${word}`).join(", ")}`,
    )
}

/**
 * The address as the device takes it, https://HOST[:PORT], of a host that may stand alone; "here" stays.
 *
 * @throws AirpinError SETTING_INVALID
 */
export function serverOf(text: string): string {
    const typed = text.trim()
    if (typed === HERE) return HERE
    const address = typed === "" || typed.includes("://") ? typed : `https://${typed}`
    return settingOf("API_URL", address).replace(/\/$/, "")
}

/** @throws AirpinError SETTING_INVALID, SETTING_TOO_LONG, WIFI_SSID_TOO_LONG, WIFI_PSK_LENGTH, WIFI_NUL */
export function settingOf(name: string, value: string): string {
    const refusal = refusalOf(name, value)
    if (refusal) throw new AirpinError(refusal.code, refusal.message, refusal.nextStep)
    return value
}

/** @throws AirpinError SETTING_INVALID and those of {@link settingOf} for a network without a name */
export function wifiOf(ssid: string): string {
    if (ssid === "") throw new AirpinError("SETTING_INVALID", "WIFI_SSID is empty", "write the network's name")
    return settingOf("WIFI_SSID", ssid)
}

/** @throws AirpinError SITE_DOCUMENT_INVALID */
export function groupNameOf(text: string): string {
    const group = groupParts(text).join(" / ")
    if (group.length <= MAX_GROUP_LENGTH) return group
    throw new AirpinError("SITE_DOCUMENT_INVALID", `a group has at most ${MAX_GROUP_LENGTH} characters`, "shorten it")
}

/** A board by its id, its name for people, or its number in the list, from 1. @throws AirpinError BOARD_UNKNOWN */
export function boardOf(boards: Board[], text: string): Board {
    const typed = text.trim().toLowerCase()
    const found =
        boards[Number(typed) - 1] ?? boards.find(({ id, devName }) => id === typed || devName.toLowerCase() === typed)
    if (found) return found
    throw new AirpinError(
        "BOARD_UNKNOWN",
        `there is no board ${JSON.stringify(text)}`,
        `use a number from 1 to ${boards.length}, or one of ${boards.map(({ id }) => id).join(", ")}`,
    )
}

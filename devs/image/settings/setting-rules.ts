/**
 * What the device does with a setting: the rules of the firmware (src/config.ts) and of the runtime's Wi-Fi
 * (`wifiEntries`). test/image/settings/setting-rules.test.ts runs the firmware's own parser in the VM on the same
 * values and compares the verdicts.
 */
import { distance } from "fastest-levenshtein"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { isAllowed, remoteSettingNames, settingRange } from "../../../src/wire.ts"
import { settingEntries, wifiEntries } from "../store-entries.ts"
import { isPosixZone, posixZone } from "./time-zone.ts"

/** Why the device would not use a setting. No text contains a token, a password, or what may be one. */
export interface Refusal {
    code: ErrorCode
    message: string
    nextStep: string
}

/** MAX_TEXT_LENGTH of src/config.ts */
const MAX_TEXT_LENGTH = 220
const MAX_PORT = 65535
/** MAX_DIGITS of src/decimal.ts */
const WHOLE_NUMBER = /^\d{1,15}$/
/** What `readOffset` of src/panel/panel-settings.ts reads besides, for UTC_OFFSET_MIN. */
const SIGNED_NUMBER = /^-?\d{1,15}$/
const LANGUAGES = ["en", "de"]
/** A longer value of a number is not shown: it is probably in the wrong line. */
const MAX_SHOWN_LENGTH = 12
/** Names that differ in more characters are not taken for misspelt. */
const MAX_MISSPELT = 3

export const wifiNames = ["WIFI_SSID", "WIFI_PWD"] as const

/** The names that the firmware reads, and those of the Wi-Fi network. */
export function settingNames(): string[] {
    const numbers = remoteSettingNames().filter(name => name !== "RECALIBRATE_PPM")
    return ["API_URL", "API_TOKEN", ...numbers, OFFSET_NAME, "RAM_READINGS", "LANGUAGE", "TIME_ZONE", ...wifiNames]
}

/** OFFSET_NAME and MAX_OFFSET_C of src/config.ts, and what `parseHundredths` of src/decimal.ts reads */
const OFFSET_NAME = "TEMPERATURE_OFFSET_C"
const MAX_OFFSET_C = 20
const HUNDREDTHS = /^\d{1,13}(\.\d{1,2})?$/

/** Names of the same things in other software. */
const OTHER_NAMES: [pattern: RegExp, name: string][] = [
    [/^WIFI.*(PASS|PSK|KEY)/, "WIFI_PWD"],
    [/SSID|^WIFI.*NAME/, "WIFI_SSID"],
    [/^API.*KEY|TOKEN$/, "API_TOKEN"],
    [/^(API|SERVER)?(URL|HOST|ADDRESS)$/, "API_URL"],
]

/** The name that was probably meant; undefined if none is similar. */
export function similarName(name: string): string | undefined {
    const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "")
    const ranked = settingNames().map(known => ({ known, distance: distance(plain(known), plain(name)) }))
    const [best] = ranked.sort((a, b) => a.distance - b.distance)
    if (best && best.distance <= Math.min(MAX_MISSPELT, plain(name).length / 3)) return best.known
    return OTHER_NAMES.find(([pattern]) => pattern.test(plain(name)))?.[1]
}

/** Why the device would not use this value, or could not store it; undefined if it uses it. */
export function refusalOf(name: string, value: string): Refusal | undefined {
    if (wifiNames.some(wifi => wifi === name) && /[\r\n]/.test(value))
        return invalid(
            `${name} contains a line break`,
            `close its quote in the same line; between two ' the characters \\n stay as they are`,
        )
    if (name === "WIFI_PWD") return thrownBy(() => wifiEntries({ ssid: "-", passphrase: value }))
    if (name === "WIFI_SSID") return thrownBy(() => wifiEntries({ ssid: value }))
    const unstorable = thrownBy(() => settingEntries({ [name]: value }))
    if (unstorable) return unstorable
    if (name === "API_URL") return isAddress(value) ? undefined : addressRefusal(value)
    if (name === "API_TOKEN") return tokenRefusal(value.trim())
    if (name === OFFSET_NAME) return offsetRefusal(value.trim())
    if (name === "LANGUAGE") return languageRefusal(value)
    if (name === "TIME_ZONE") return zoneRefusal(value)
    return settingRange(name) && name !== "RECALIBRATE_PPM" ? numberRefusal(name, value.trim()) : undefined
}

/** `parseAddress` of src/config.ts: `https://HOST[:PORT]` with an optional trailing slash. */
function isAddress(value: string): boolean {
    const [, port = "443"] = /^https:\/\/[a-zA-Z0-9.-]+(?::(\d{1,15}))?\/?$/.exec(value.trim()) ?? [undefined, "0"]
    return value.trim().length <= MAX_TEXT_LENGTH && Number(port) >= 1 && Number(port) <= MAX_PORT
}

function addressRefusal(value: string): Refusal {
    const text = value.trim()
    const url = urlOf(text)
    const isShown = url && !url.username && !url.password
    const message = `API_URL${isShown ? ` is "${shownAddress(url, text)}"` : ""}: the device takes https://HOST[:PORT] and nothing behind it`
    if (url?.hostname.startsWith("[")) return invalid(message, "name the server: the chip has no IPv6")
    const better = url && `https://${url.hostname}${url.port && `:${url.port}`}`
    return invalid(message, `write API_URL=${isShown && better && isAddress(better) ? better : "https://HOST[:PORT]"}`)
}

/** What is written like a host in lower case, with a port or a path behind it; a token is not. */
const HOST_ALONE = /^([a-z0-9.-]{1,60}\.[a-z]{2,}|(\d+\.){3}\d+|localhost)(:\d+)?(\/.*)?$/

/** Undefined for what is neither a URL nor one without its scheme: it may be a token in the wrong line. */
function urlOf(text: string): URL | undefined {
    const url = HOST_ALONE.test(text) ? `https://${text}` : /^[a-z]+:\/\//i.test(text) ? text : ""
    return URL.canParse(url) ? new URL(url) : undefined
}

/** The address up to its host, and "…" for the rest: a query may contain a key. */
function shownAddress({ protocol, host, pathname, search, hash }: URL, text: string): string {
    const scheme = HOST_ALONE.test(text) ? "" : `${protocol}//`
    return `${scheme}${host}${pathname.length > 1 || search || hash ? "/…" : ""}`
}

/** `parseToken` of src/config.ts. */
function tokenRefusal(token: string): Refusal | undefined {
    if (/^[!-~]+$/.test(token) && token.length <= MAX_TEXT_LENGTH) return undefined
    if (/^bearer\s/i.test(token))
        return invalid(`API_TOKEN begins with "Bearer"`, `leave "Bearer" out: the device adds it`)
    const problem =
        token.length > MAX_TEXT_LENGTH
            ? `has ${token.length} characters, more than ${MAX_TEXT_LENGTH}`
            : /\s/.test(token)
              ? "contains a blank or a line break"
              : "has a character that is not ASCII"
    return invalid(`API_TOKEN ${problem}`, "copy the token as airpin device add printed it")
}

/** `readNumber` of src/config.ts. */
function numberRefusal(name: string, text: string): Refusal | undefined {
    const range = settingRange(name)
    const pattern = range && range.min < 0 ? SIGNED_NUMBER : WHOLE_NUMBER
    if (!range || (pattern.test(text) && isAllowed(name, Number(text)))) return undefined
    const { min, max, default: unset } = range
    return invalid(
        `${name} ${shown(text)}: the device takes whole numbers from ${min} to ${max}${unset < min ? `, or ${unset}` : ""}, and would use ${unset}`,
        max === 1
            ? `write ${name}=1 or ${name}=0${unset > max ? `, or remove the line` : ""}`
            : `write the number alone, such as ${name}=${Math.max(unset, min)}`,
    )
}

/** `readTemperatureOffset` of src/config.ts. */
function offsetRefusal(text: string): Refusal | undefined {
    if (HUNDREDTHS.test(text) && Number(text) <= MAX_OFFSET_C) return undefined
    return invalid(
        `${OFFSET_NAME} ${shown(text)}: the device takes 0 to ${MAX_OFFSET_C} with at most two decimals, and would use the sensor's default`,
        `write the number alone, such as ${OFFSET_NAME}=2.5`,
    )
}

function languageRefusal(text: string): Refusal | undefined {
    if (LANGUAGES.includes(text)) return undefined
    return invalid(`LANGUAGE ${shown(text)}: the panel speaks ${LANGUAGES.join(" and ")}`, "write LANGUAGE=en")
}

function zoneRefusal(text: string): Refusal | undefined {
    if (isPosixZone(text) || posixZone(text) !== undefined) return undefined
    return invalid(
        `TIME_ZONE ${shown(text)}: it is no zone whose changes follow a rule of month, week and weekday`,
        "write a name such as TIME_ZONE=Europe/Berlin, or UTC_OFFSET_MIN=60 instead",
    )
}

function shown(text: string): string {
    return text.length > MAX_SHOWN_LENGTH ? `has ${text.length} characters` : `is "${text}"`
}

function invalid(message: string, nextStep: string): Refusal {
    return { code: "SETTING_INVALID", message, nextStep }
}

function thrownBy(work: () => unknown): Refusal | undefined {
    try {
        work()
        return undefined
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        const { code, message, nextStep } = error
        return { code, message, nextStep }
    }
}

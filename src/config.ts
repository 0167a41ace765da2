/** Settings of the device, read from flash at boot. An invalid value is logged and replaced by its default. */
import { parseHundredths, parseWholeNumber } from "./decimal"
import { readText, writeText } from "./flash-store"
import { log } from "./log"
import { Co2Settings } from "./sensors/co2"
import { coreSettingRange, isWithin, SettingRange } from "./wire"

export const FIRMWARE_VERSION = "0.1.0"

/** Address of the server, and the device's bearer token. */
export interface Server {
    host: string
    port: number
    token: string
}

export interface Config {
    /** undefined if the address or the token is missing or invalid: the device then measures but sends nothing */
    server: Server
    /** name of the setting that is missing or invalid; empty if `server` is defined */
    missing: string
    /** seconds per reading */
    intervalS: number
    /** readings per post */
    batch: number
    /** capacity of the outbox in RAM, readings; the default holds 8 hours at one a minute and needs a heap of 64 kB */
    ramReadings: number
    co2: Co2Settings
    /** CO2 thresholds: at or above the first the air is fair, at or above the second poor */
    fairPpm: number
    poorPpm: number
}

/** Measurement periods of the CO2 sensors. Low power applies only if every interval still gets a measurement. */
const PERIOD_S = 5
const LOW_POWER_PERIOD_S = 30

const OFFSET_NAME = "TEMPERATURE_OFFSET_C"
/** The flash store takes keys of at most 13 characters. */
const OFFSET_KEY = "TEMP_OFFSET_C"
/** Recommended range: SCD4x datasheet 1.7, 3.7.1. */
const MAX_OFFSET_C = 20
const URL_KEY = "API_URL"
const TOKEN_KEY = "API_TOKEN"
const SCHEME = "https://"
const HTTPS_PORT = 443
const MAX_PORT = 65535
/** Maximum length of an address or token: a flash store value cannot be longer, and `Post` reserves space for both. */
export const MAX_TEXT_LENGTH = 220

/** Reads every setting. An invalid one is logged once and replaced by its default. */
export async function readConfig(): Promise<Config> {
    const address = parseAddress(await readText(URL_KEY))
    const token = parseToken(await readText(TOKEN_KEY))
    const intervalS = await readNumber("INTERVAL_S")
    const complete = address !== undefined && token !== undefined
    return {
        server: complete ? { host: address.host, port: address.port, token } : undefined,
        missing: address === undefined ? URL_KEY : token === undefined ? TOKEN_KEY : "",
        intervalS,
        batch: await readNumber("BATCH"),
        ramReadings: await readNumber("RAM_READINGS"),
        co2: await readCo2(intervalS),
        fairPpm: await readNumber("CO2_FAIR_PPM"),
        poorPpm: await readNumber("CO2_POOR_PPM"),
    }
}

async function readCo2(intervalS: number): Promise<Co2Settings> {
    return {
        altitudeM: await readNumber("ALTITUDE_M"),
        pressureHpa: await readNumber("PRESSURE_HPA"),
        temperatureOffsetC: await readTemperatureOffset(),
        asc: await readNumber("ASC"),
        periodS:
            (await readNumber("LOW_POWER")) === 1 && intervalS >= 2 * LOW_POWER_PERIOD_S
                ? LOW_POWER_PERIOD_S
                : PERIOD_S,
    }
}

/** Undefined if it is not set or invalid. */
async function readTemperatureOffset(): Promise<number> {
    const text = await readText(OFFSET_KEY)
    if (text === undefined) return undefined
    const hundredths = parseHundredths(text.trim())
    if (hundredths <= 100 * MAX_OFFSET_C) return hundredths / 100
    log(`setting name=${OFFSET_NAME} problem=invalid using=default`)
    return undefined
}

/** Range of each setting that this program has. A variable, so that a program without a panel has no code for its settings. */
let rangeOf = coreSettingRange

/** Sets which numeric settings the program has: before any is read. */
export function setSettingRanges(ranges: (name: string) => SettingRange) {
    rangeOf = ranges
}

/** Reads a number; an invalid one is logged and replaced by its default. */
export async function readNumber(name: string): Promise<number> {
    const text = await readText(keyOf(name))
    const defaultValue = rangeOf(name).default
    if (text === undefined) return defaultValue
    const value = parseWholeNumber(text.trim())
    if (isSettable(name, value)) return value
    log(`setting name=${name} problem=invalid using=${defaultValue}`)
    return defaultValue
}

/** True if the program has this numeric setting and may take the value. */
export function isSettable(name: string, value: number): boolean {
    return isWithin(rangeOf(name), value)
}

/** True if flash has this number, or nothing and it is the default. */
export async function isSaved(name: string, value: number): Promise<boolean> {
    const saved = (await readText(keyOf(name))) ?? "" + rangeOf(name).default
    return saved.trim() === "" + value
}

/**
 * Saves a number in flash; it takes effect after the next restart.
 *
 * @param value must satisfy `isSettable`
 */
export async function saveNumber(name: string, value: number): Promise<void> {
    await writeText(keyOf(name), "" + value)
}

/** The flash store takes keys of at most 13 characters; a longer name is cut. */
export function keyOf(name: string): string {
    return name.slice(0, 13)
}

interface Address {
    host: string
    port: number
}

/** Parses `https://HOST[:PORT]` with an optional trailing slash; undefined, and a log line, for any other text. */
export function parseAddress(text: string): Address {
    if (text === undefined) return undefined
    const address = splitAddress(text.trim())
    if (address === undefined) log(`setting name=${URL_KEY} problem=invalid`)
    return address
}

function splitAddress(text: string): Address {
    if (text.length > MAX_TEXT_LENGTH || text.slice(0, SCHEME.length) !== SCHEME) return undefined
    const authority = text.slice(SCHEME.length, text.endsWith("/") ? text.length - 1 : text.length)
    const parts = authority.split(":")
    const port = parts.length === 1 ? HTTPS_PORT : parseWholeNumber(parts[1])
    if (parts.length > 2 || port === undefined || port < 1 || port > MAX_PORT) return undefined
    return isHost(parts[0]) ? { host: parts[0], port } : undefined
}

/** True for a host name or an IPv4 address: letters, digits, "-" and "." (RFC 1123, 2.1). */
function isHost(text: string): boolean {
    const lower = text.toLowerCase()
    for (let i = 0; i < text.length; i++) {
        const code = lower.charCodeAt(i)
        const fits = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 46
        if (!fits) return false
    }
    return text.length > 0
}

/** A bearer token of visible ASCII (RFC 6750, 2.1), which cannot break a header. Its value is never logged. */
function parseToken(text: string): string {
    if (text === undefined) return undefined
    const token = text.trim()
    for (let i = 0; i < token.length; i++) {
        const code = token.charCodeAt(i)
        if (code < 33 || code > 126) return invalidToken()
    }
    return token.length > 0 && token.length <= MAX_TEXT_LENGTH ? token : invalidToken()
}

function invalidToken(): string {
    log(`setting name=${TOKEN_KEY} problem=invalid`)
    return undefined
}

/**
 * The wire contract: everything that the firmware and its server must agree on.
 * Quantities, the batch and its acknowledgement, the status, settings with
 * their ranges, and the words for losses, restarts and states.
 *
 * Imports nothing: it is the one file of the firmware that host code imports
 * too, compiled by DeviceScript (TypeScript 4.9) and by the host's TypeScript.
 * What the firmware does not use costs no bytecode and no heap.
 */

/** A measured quantity: its name ends in its unit. */
export interface Quantity {
    name: "co2Ppm" | "eco2Ppm" | "tvocPpb" | "temperatureC" | "humidityRh"
    /** decimals kept; the device holds the value times 10^decimals as an integer */
    decimals: number
    /** minScaled and largest value that may stand in a reading, in its unit */
    min: number
    max: number
}

/**
 * Every quantity a reading can hold, in the order of the wire form and of
 * exports. Ranges are the output ranges of the SCD4x (datasheet 1.7, tables 1
 * to 3) and SGP30 (datasheet 1.0, table 2). Four fields are all that an object
 * of 84 bytes holds on the chip: words for people are the host's.
 */
export const quantities: Quantity[] = [
    { name: "co2Ppm", decimals: 0, min: 0, max: 40000 },
    { name: "eco2Ppm", decimals: 0, min: 400, max: 60000 },
    { name: "tvocPpb", decimals: 0, min: 0, max: 60000 },
    { name: "temperatureC", decimals: 2, min: -45, max: 130 },
    { name: "humidityRh", decimals: 2, min: 0, max: 100 },
]

/**
 * Body of `POST /api/v1/readings`: consecutive readings of one boot, equally
 * spaced, one column per quantity.
 *
 * A column stands only if at least one of the readings has the quantity; a
 * reading without it has null there. All columns have the same length.
 */
export interface Batch {
    /** boot id, never reused by the device: 1 to 32 of [0-9a-z-] */
    boot: string
    /** sequence number of the first reading in this boot, from 1 */
    seq: number
    /** end of the first reading's interval, Unix seconds; absent while the device has no time */
    time?: number
    /** in place of `time`: seconds between the end of the first interval and the sending */
    age?: number
    /** seconds from one reading's end to the next */
    step: number
    /** seconds by which the times may be off: the device was cut off before it heard the server; absent when 0 */
    timeUncertaintyS?: number
    /** intervals without a reading between the last one the device kept of the boot before and this boot's first, whatever became of those taken then; absent when 0 */
    gap?: number
    /** readings dropped by this boot before they could be sent, for whatever reason; absent when 0 */
    lost?: number
    /** of those: not taken by the server, without a time that anyone can tell, damaged in flash; the others found no room. Absent when 0 */
    rejected?: number
    undated?: number
    damaged?: number
    co2Ppm?: (number | null)[]
    eco2Ppm?: (number | null)[]
    tvocPpb?: (number | null)[]
    temperatureC?: (number | null)[]
    humidityRh?: (number | null)[]
    /** how the device is */
    status?: Status
}

/** How a device is at the moment of a post. What is absent is 0, or there is nothing to tell. */
export interface Status {
    /** seconds since the program started */
    uptimeS: number
    /** why it restarted itself; absent when it was switched on or reset */
    restartReason?: RestartReason
    /** readings that wait, besides those of this batch: in RAM, and in flash only */
    ram?: number
    flash?: number
    /** Wi-Fi signal, dBm */
    rssi?: number
    /** since the start: TLS handshakes that came about, and those that did not */
    handshakes?: number
    handshakeFailures?: number
    /** seconds since the last that did not */
    handshakeFailureAgeS?: number
    /** tries in a row before this post that came to nothing, and what became of the last: state and reason of the uplink, "no-connection:name" */
    failures?: number
    lastError?: string
    /** by name, every part that ever answered since the start */
    sensors?: { [name: string]: SensorStatus }
    /** settings of an answer that were taken; told until it is acknowledged */
    settings?: SettingsReport
}

/** Why the program restarts the chip: after 20 days of uptime; a connection that hung for good; new settings. */
export function restartReasons() {
    return ["uptime", "stalled", "settings"] as const
}
export type RestartReason = ReturnType<typeof restartReasons>[number]

/** One part on the device's bus; what is absent is 0, or there is nothing to tell. */
export interface SensorStatus {
    /** absent: ready */
    state?: "absent" | "starting" | "warming" | "failed"
    /** errors since the start: no acknowledge, bad check sum, nothing new, impossible value */
    nack?: number
    crc?: number
    stale?: number
    range?: number
    /** true: its own test failed */
    selfTestFailed?: boolean
    /** what the last recalibration changed, ppm; "done" where the part does not tell */
    recalibrated?: number | "done" | "refused"
}

export interface SettingsReport {
    revision: number
    /** names that are unknown, or whose values are bad: those are as before */
    refused?: string[]
}

/** Answer to a stored batch: every reading of this boot up to `ack` is on the server or was reported lost. */
export interface Acknowledgement {
    ack: number
    /** what is to be set; told until a post has its receipt */
    desired?: DesiredSettings
}

/**
 * New settings for a device: `revision`, and whole numbers by the names of
 * `src/config.ts` ("INTERVAL_S"); besides RECALIBRATE_PPM, what the air around
 * the device has now.
 */
export interface DesiredSettings {
    /** from 1; rises with each change */
    revision: number
    [name: string]: number
}

/** Why a reading was dropped: no room in RAM or flash; rejected by the server; from a boot whose time is unknown; in a corrupt flash block. */
export function lossReasons() {
    return ["full", "rejected", "undated", "damaged"] as const
}
export type LossReason = ReturnType<typeof lossReasons>[number]

/** State of the connection between a device and its server. */
export function uplinkStates() {
    return [
        "idle",
        "connecting",
        "sending",
        "ok",
        "no-network",
        "no-connection",
        "refused",
        "unauthorised",
        "busy",
        "broken",
        "rejected",
        "unconfigured",
    ] as const
}
export type UplinkState = ReturnType<typeof uplinkStates>[number]

/** Readings in one post, at most. */
export const MAX_BATCH = 30

export interface SettingRange {
    /** valid even when it lies outside min to max: a PRESSURE_HPA of 0 means that the altitude is used */
    default: number
    min: number
    max: number
}

/** Settings that the server may change; RECALIBRATE_PPM is a command, done once. */
export function remoteSettingNames() {
    return [
        "INTERVAL_S",
        "BATCH",
        "ALTITUDE_M",
        "PRESSURE_HPA",
        "ASC",
        "LOW_POWER",
        "CO2_FAIR_PPM",
        "CO2_POOR_PPM",
        "RECALIBRATE_PPM",
    ] as const
}

/**
 * Range of a numeric setting; undefined for any other name. A function, because
 * a table would stay on the chip's heap.
 *
 * Altitude and pressure: SCD4x datasheet 1.7, 3.7. CO2_FAIR_PPM and
 * CO2_POOR_PPM: Umweltbundesamt 2008, above 1000 ppm and above 2000.
 * RECALIBRATE_PPM: SCD4x datasheet 1.7, 3.8.1, and SCD30 interface description 1.0, 1.4.6.
 */
export function settingRange(name: string): SettingRange | undefined {
    switch (name) {
        case "INTERVAL_S":
            return { default: 60, min: 5, max: 3600 }
        case "BATCH":
            return { default: 5, min: 1, max: MAX_BATCH }
        case "RAM_READINGS":
            return { default: 480, min: 60, max: 480 }
        case "ALTITUDE_M":
            return { default: 0, min: 0, max: 3000 }
        case "PRESSURE_HPA":
            return { default: 0, min: 700, max: 1200 }
        case "ASC":
            return { default: 1, min: 0, max: 1 }
        case "LOW_POWER":
            return { default: 0, min: 0, max: 1 }
        case "CO2_FAIR_PPM":
            return { default: 1000, min: 400, max: 5000 }
        case "CO2_POOR_PPM":
            return { default: 2000, min: 400, max: 5000 }
        case "RECALIBRATE_PPM":
            return { default: 400, min: 400, max: 2000 }
        default:
            return undefined
    }
}

/** True for a whole number within the setting's range, and for its default; false for an unknown name. */
export function isAllowed(name: string, value: number): boolean {
    const range = settingRange(name)
    if (!range || typeof value !== "number" || Math.floor(value) !== value) return false
    return value === range.default || (value >= range.min && value <= range.max)
}

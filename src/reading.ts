/**
 * The Reading: what one interval of air comes to, and how it travels.
 *
 * Imports nothing, so the host may read it too. Compiled by DeviceScript
 * (TypeScript 4.9) and by the host's TypeScript.
 */

/** A measured quantity: its name ends in its unit. */
export interface Quantity {
    name: "co2Ppm" | "eco2Ppm" | "tvocPpb" | "temperatureC" | "humidityRh"
    /** decimals kept; the device holds the value times 10^decimals as an integer */
    decimals: number
    /** smallest and largest value that may stand in a reading, in its unit */
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
    within?: number
    /** intervals without a reading between the last one the device kept of the boot before and this boot's first, whatever became of those taken then; absent when 0 */
    gap?: number
    /** readings dropped by this boot before they could be sent, for whatever reason; absent when 0 */
    lost?: number
    /** of those: not taken by the server, without a time that anyone can tell, damaged in flash; the others found no room. Absent when 0 */
    rejected?: number
    timeless?: number
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
    up: number
    /** why it restarted itself; absent when it was switched on or reset */
    why?: RestartReason
    /** readings that wait, besides those of this batch: in RAM, and in flash only */
    ram?: number
    flash?: number
    /** Wi-Fi signal, dBm */
    rssi?: number
    /** since the start: TLS handshakes that came about, and those that did not */
    handshakes?: number
    refused?: number
    /** seconds since the last that did not */
    refusedAge?: number
    /** tries in a row before this post that came to nothing, and what became of the last: state and reason of the uplink, "no-connection:name" */
    failures?: number
    trouble?: string
    /** by name, every part that ever answered since the start */
    sensors?: { [name: string]: SensorStatus }
    /** settings of an answer that were taken; told until it is acknowledged */
    settings?: SettingsReceipt
}

/** after 20 days of uptime; a connection that hung for good; settings that count from the start on */
export type RestartReason = "uptime" | "stalled" | "settings"

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
    unfit?: boolean
    /** what the last recalibration changed, ppm; "done" where the part does not tell */
    recalibrated?: number | "done" | "refused"
}

export interface SettingsReceipt {
    revision: number
    /** names that are unknown, or whose values are bad: those are as before */
    refused?: string[]
}

/** Answer to a stored batch: every reading of this boot up to `ack` is on the server or was reported lost. */
export interface Acknowledgement {
    ack: number
    /** what is to be set; told until a post has its receipt */
    set?: WantedSettings
}

/**
 * New settings for a device: `revision`, and whole numbers by the names of
 * `src/config.ts` ("INTERVAL_S"); besides RECALIBRATE_PPM, what the air around
 * the device has now.
 */
export interface WantedSettings {
    /** from 1; rises with each change */
    revision: number
    [name: string]: number
}

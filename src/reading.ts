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
    /** intervals without a reading between the last one the device kept of the boot before and this boot's first; absent when 0 */
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
}

/** Answer to a stored batch: every reading of this boot up to `ack` is on the server or was reported lost. */
export interface Acknowledgement {
    ack: number
}

/**
 * The wire contract: everything that the firmware and its server must agree on.
 * Quantities, the batch and its acknowledgement, the status, settings with
 * their ranges, loss reasons, restart reasons and connection states.
 *
 * Imports nothing: it is the one file of the firmware that host code imports
 * too, compiled by DeviceScript (TypeScript 4.9) and by the host's TypeScript.
 * Lists that the firmware does not read are functions: a function that is never
 * called takes no bytecode and no heap, while a constant array is built at boot.
 */

/** A measured quantity. Its name ends in its unit. */
export interface Quantity {
    name: "co2Ppm" | "eco2Ppm" | "tvocPpb" | "temperatureC" | "humidityRh"
    /** number of decimals; the device keeps the value times 10^decimals as an integer */
    decimals: number
    /** range of valid values, in its unit */
    min: number
    max: number
}

/** Number of quantities. They are numbered in the order of the wire format and of exports. */
export const QUANTITY_COUNT = 5

/** Name of a quantity. A function like those below, because a table would occupy the chip's heap. */
export function quantityName(quantity: number): Quantity["name"] {
    switch (quantity) {
        case 0:
            return "co2Ppm"
        case 1:
            return "eco2Ppm"
        case 2:
            return "tvocPpb"
        case 3:
            return "temperatureC"
        default:
            return "humidityRh"
    }
}

/** Number of decimals of a quantity. */
export function quantityDecimals(quantity: number): number {
    return quantity < 3 ? 0 : 2
}

/**
 * Smallest valid value of a quantity, in its unit; what a part says beyond it is not air.
 *
 * CO2: air outdoors has 425 ppm, and a part that says so much less is broken or badly
 * calibrated. Temperature: operating range of the SHT3x (SHT3x-DIS
 * datasheet 6, table 2), the widest of all parts; a broken one says -45 °C or 130 °C,
 * the ends of its word. eCO2: SGP30 datasheet 1.0, table 2.
 */
export function quantityMin(quantity: number): number {
    switch (quantity) {
        case 0:
            return 250
        case 1:
            return 400
        case 3:
            return -40
        default:
            return 0
    }
}

/**
 * Largest valid value of a quantity, in its unit. The SCD4x and SCD30 say 40,000 ppm
 * for anything above (SCD4x datasheet 1.7, table 1), so 40,000 is not a measurement.
 */
export function quantityMax(quantity: number): number {
    switch (quantity) {
        case 0:
            return 39999
        case 3:
            return 125
        case 4:
            return 100
        default:
            return 60000
    }
}

/** Every quantity, in order; the firmware does not call it. Display names are in `devs/`. */
export function quantities(): Quantity[] {
    const all: Quantity[] = []
    for (let i = 0; i < QUANTITY_COUNT; i++)
        all.push({ name: quantityName(i), decimals: quantityDecimals(i), min: quantityMin(i), max: quantityMax(i) })
    return all
}

/**
 * Body of `POST /api/v1/readings`: consecutive readings of one boot, equally
 * spaced, one column per quantity.
 *
 * A column is present only if at least one of the readings has the quantity; a
 * reading without it has null there. All columns have the same length.
 */
export interface Batch {
    /** boot id, 1 to 32 characters of [0-9a-z-]; the device never reuses one */
    boot: string
    /** sequence number of the first reading in this boot, from 1 */
    seq: number
    /** end of the first reading's interval, Unix seconds; absent while the device has no time */
    time?: number
    /**
     * seconds from the end of the first interval to the post. At least one of `time` and `age` is present;
     * if both are, `time` + `age` is the time by the device's clock
     */
    age?: number
    /** seconds from one reading's end to the next */
    step: number
    /** maximum error of the times, s: the boot ended before it received the server's time; absent if 0 */
    timeUncertaintyS?: number
    /**
     * intervals between the last stored reading of the previous boot and the
     * first of this boot: no power, or readings lost from RAM; absent if 0
     */
    gap?: number
    /** readings that this boot dropped before they were sent, for all reasons together; absent if 0 */
    lost?: number
    /** how many of `lost` for this reason (see `lossReasons`), the rest is `full`; each absent if 0 */
    rejected?: number
    undated?: number
    damaged?: number
    co2Ppm?: (number | null)[]
    eco2Ppm?: (number | null)[]
    tvocPpb?: (number | null)[]
    temperatureC?: (number | null)[]
    humidityRh?: (number | null)[]
    /** state of the device */
    status?: Status
}

/**
 * Path of the short form of a batch, which a device sends until a server without it refuses it. It is JSON, and has
 * no Content-Type. The members are those of `Batch`, but for these:
 * - a quantity has the first three letters of its name ("tem"); its first value is as in `Batch`, and each of the
 *   others is the difference to the value before it, in the last decimal of the quantity: [19.75,2,null,-1];
 * - `step` is absent if it is 60;
 * - `age` is absent if the last interval ended just now, (readings - 1) * step, and null without a clock;
 * - `status` is absent if it is as in the last acknowledged post, at most for three hours.
 * The response is the bare number of `Acknowledgement.ack` unless it has settings.
 */
export const SHORT_PATH = "/r"

/** State of a device at the moment of a post. An absent field is 0 or not applicable. */
export interface Status {
    /** seconds since boot */
    uptimeS: number
    /** why the firmware restarted the chip; absent after power-on or reset */
    restartReason?: RestartReason
    /** readings not delivered yet, without those of this batch: in RAM, and in flash only */
    ram?: number
    flash?: number
    /** Wi-Fi signal, dBm */
    rssi?: number
    /** completed and failed TLS handshakes since boot */
    handshakes?: number
    handshakeFailures?: number
    /** seconds since the last failed handshake */
    handshakeFailureAgeS?: number
    /**
     * consecutive failed attempts before this post; state and reason of the last failure since boot:
     * "no-connection:name"
     */
    failures?: number
    lastError?: string
    /** every sensor that has responded since boot, by name */
    sensors?: { [name: string]: SensorStatus }
    /** result of the last received settings; repeated until a post with it is acknowledged */
    settings?: SettingsReport
}

/** Why the firmware restarts the chip: 20 days of uptime; a connection attempt that hangs; new settings. */
export function restartReasons() {
    return ["uptime", "stalled", "settings"] as const
}
export type RestartReason = ReturnType<typeof restartReasons>[number]

/** A sensor on the device's bus. An absent field is 0 or not applicable. */
export interface SensorStatus {
    /** absent: ready */
    state?: "absent" | "starting" | "warming" | "failed"
    /** errors since boot: I2C NACK, CRC mismatch, no new measurement, value out of range */
    nack?: number
    crc?: number
    stale?: number
    range?: number
    /** true if its self-test failed */
    selfTestFailed?: boolean
    /** correction by the last recalibration, ppm; "done" if the sensor does not report one */
    recalibrated?: number | "done" | "refused"
}

/** Which settings of a revision were applied. */
export interface SettingsReport {
    revision: number
    /** names that are unknown or have an invalid value; these settings are unchanged */
    refused?: string[]
}

/** Response to a stored batch: every reading of this boot up to `ack` is on the server or was reported lost. */
export interface Acknowledgement {
    ack: number
    /** repeated in each response until a post has its report */
    desired?: DesiredSettings
}

/**
 * Response 422 to a batch that is not stored because of one of its readings. A device drops a
 * reading only on this response: a proxy in between may send any status.
 */
export interface Rejection {
    /** sequence number of the reading */
    rejected: number
}

/**
 * New settings for a device: `revision`, and whole numbers by the names in
 * `remoteSettingNames` ("INTERVAL_S"). RECALIBRATE_PPM is the CO2 concentration
 * around the device now.
 */
export interface DesiredSettings {
    /** from 1; rises with each change */
    revision: number
    [name: string]: number
}

/**
 * Why a reading was dropped: RAM or flash full; rejected by the server; from a
 * boot whose time is unknown; in a damaged flash block.
 */
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

/** Maximum number of readings in one post. */
export const MAX_BATCH = 30

export interface SettingRange {
    /** valid even if outside min to max: a PRESSURE_HPA of 0 means that the altitude is used */
    default: number
    min: number
    max: number
}

/** Settings of the panel that the server may change; a program without a panel refuses them. */
export function panelSettingNames() {
    return [
        "LIGHT",
        "NIGHT_FROM_H",
        "NIGHT_TO_H",
        "NIGHT_LIGHT",
        "TONE",
        "TONE_REPEAT_MIN",
        "QUIET_FROM_H",
        "QUIET_TO_H",
        "UTC_OFFSET_MIN",
        "SCREEN_ROTATION",
        "SCREEN_BGR",
        "SCREEN_INVERT",
    ] as const
}

/** Settings that the server may change. RECALIBRATE_PPM is a command that is executed once. */
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
        ...panelSettingNames(),
    ] as const
}

/*
 * Ranges as text: name, default, minimum, maximum. Text takes no bytecode and no heap. Programs without a panel
 * have the first only.
 *
 * Altitude and pressure: SCD4x datasheet 1.7, 3.7. CO2_FAIR_PPM and CO2_POOR_PPM: Umweltbundesamt 2008, above 1000
 * ppm and above 2000. RECALIBRATE_PPM: SCD4x datasheet 1.7, 3.8.1, and SCD30 interface description 1.0, 1.4.6.
 * The largest BATCH is MAX_BATCH.
 */
const CORE_RANGES =
    "|INTERVAL_S 60 5 3600|BATCH 5 1 30|RAM_READINGS 420 60 420|ALTITUDE_M 0 0 3000|PRESSURE_HPA 0 700 1200|ASC 1 0 1|LOW_POWER 0 0 1|CO2_FAIR_PPM 1000 400 5000|CO2_POOR_PPM 2000 400 5000|RECALIBRATE_PPM 400 400 2000|"
const PANEL_RANGES =
    "|LIGHT 30 0 100|NIGHT_LIGHT 0 0 100|NIGHT_FROM_H 0 0 23|NIGHT_TO_H 0 0 23|QUIET_FROM_H 0 0 23|QUIET_TO_H 0 0 23|TONE 1 0 1|TONE_REPEAT_MIN 30 0 1440|UTC_OFFSET_MIN 0 -720 840|SCREEN_ROTATION 0 180 180|SCREEN_BGR 2 0 1|SCREEN_INVERT 2 0 1|"

/** Range of any numeric setting; undefined for any other name. Programs without a panel know `coreSettingRange` only. */
export function settingRange(name: string): SettingRange | undefined {
    return coreSettingRange(name) ?? rangeIn(PANEL_RANGES, name)
}

/** Range of a numeric setting that every program has; undefined for any other name. */
export function coreSettingRange(name: string): SettingRange | undefined {
    return rangeIn(CORE_RANGES, name)
}

function rangeIn(table: string, name: string): SettingRange | undefined {
    const at = table.indexOf(`|${name} `)
    // a space: a server may send any text as a name
    if (at < 0 || name.includes(" ")) return undefined
    const row = table.slice(at, table.indexOf("|", at + 1))
    return { default: numberIn(row, 1), min: numberIn(row, 2), max: numberIn(row, 3) }
}

function numberIn(row: string, field: number): number {
    // biome-ignore lint/correctness/useParseIntRadix: the runtime's takes none
    return parseInt(row.split(" ")[field] ?? "")
}

/** True for a whole number within the setting's range, and for its default; false for an unknown name. */
export function isAllowed(name: string, value: number): boolean {
    return isWithin(settingRange(name), value)
}

/** True for a whole number within the range, and for its default; false without a range. */
export function isWithin(range: SettingRange | undefined, value: number): boolean {
    if (!range || typeof value !== "number" || Math.floor(value) !== value) return false
    return value === range.default || (value >= range.min && value <= range.max)
}

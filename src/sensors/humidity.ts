/**
 * Absolute humidity for the SGP30, whose output depends on it. The best sensor
 * of humidity on the bus provides it.
 *
 * State is in module variables: an object for it takes 84 bytes of the chip's
 * heap, of which the firmware uses all that its budget allows.
 */
import * as ds from "@devicescript/core"

/** How long a measurement is valid: longer than the slowest sensor's period, even if that is late. */
const FRESH_MS = 120 * 1000
const MAX_RAW = 0xffff
/** Smallest change that is sent: 0.25 g/m³, or 1 %RH at 25 °C, finer than humidity is measured. */
const STEP_RAW = 64

let newestRaw = 0
let newestRank = 0
let newestMs = -FRESH_MS
let sentRaw = 0

/** Records a valid measurement. While it is fresh, measurements of a sensor with a higher rank are ignored. */
export function recordHumidity(temperatureC: number, humidityRh: number, rank: number) {
    if (rank > newestRank && isFresh()) return
    newestRaw = absoluteHumidityRaw(temperatureC, humidityRh)
    newestRank = rank
    newestMs = ds.millis()
}

/** Humidity to send to the SGP30, in g/m³ times 256, 0 for unknown; undefined if it has the current value. */
export function pendingHumidityRaw(): number {
    const raw = isFresh() ? newestRaw : 0
    const isSent = Math.abs(raw - sentRaw) < STEP_RAW && (raw === 0) === (sentRaw === 0)
    return isSent ? undefined : raw
}

/** @param raw value that the SGP30 has now; 0 after its reset */
export function noteHumiditySent(raw: number) {
    sentRaw = raw
}

function isFresh(): boolean {
    return ds.millis() - newestMs < FRESH_MS
}

/** Absolute humidity in g/m³ times 256, at least 1, because 0 means unknown. Formula: SGP30 datasheet 1.0, 6.3. */
export function absoluteHumidityRaw(temperatureC: number, humidityRh: number): number {
    const saturationHpa = 6.112 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC))
    const gPerM3 = (216.7 * (humidityRh / 100) * saturationHpa) / (273.15 + temperatureC)
    return Math.max(1, Math.min(MAX_RAW, Math.round(256 * gPerM3)))
}

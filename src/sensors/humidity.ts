/** The water in the air, for the part whose answers depend on it. */
import * as ds from "@devicescript/core"

/** What was measured counts so long: longer than the slowest part's period, also when that is late. */
const FRESH_MS = 120 * 1000
const MAX_RAW = 0xffff
/** 0.25 g/m³, 1 %RH at 25 °C: finer than humidity is measured. */
const STEP_RAW = 64

let newestRaw = 0
let newestRank = 0
let newestMs = -FRESH_MS
let sentRaw = 0

/** Takes a valid measurement; while it is fresh, none of a part that ranks lower counts. */
export function recordHumidity(temperatureC: number, humidityRh: number, rank: number) {
    if (rank > newestRank && isFresh()) return
    newestRaw = absoluteHumidityRaw(temperatureC, humidityRh)
    newestRank = rank
    newestMs = ds.millis()
}

/** What the part is to be told, in g/m³ times 256, 0 for unknown; undefined while it knows. */
export function pendingHumidityRaw(): number {
    const raw = isFresh() ? newestRaw : 0
    const knows = Math.abs(raw - sentRaw) < STEP_RAW && (raw === 0) === (sentRaw === 0)
    return knows ? undefined : raw
}

/** @param raw what the part was told; 0 when it began anew */
export function noteHumiditySent(raw: number) {
    sentRaw = raw
}

function isFresh(): boolean {
    return ds.millis() - newestMs < FRESH_MS
}

/** Absolute humidity in g/m³ times 256, 1 at least: 0 would mean unknown. Formula: SGP30 datasheet 1.0, 6.3. */
export function absoluteHumidityRaw(temperatureC: number, humidityRh: number): number {
    const saturationHpa = 6.112 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC))
    const gPerM3 = (216.7 * (humidityRh / 100) * saturationHpa) / (273.15 + temperatureC)
    return Math.max(1, Math.min(MAX_RAW, Math.round(256 * gPerM3)))
}

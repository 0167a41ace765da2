/**
 * Saves the SGP30's baseline and restores it after a power loss. Rules (SGP30
 * datasheet 1.0, 6.3, and Sensirion's driver integration guide): the first
 * baseline is valid after 12 hours and is then saved hourly; it expires when the
 * sensor was off for more than 7 days.
 *
 * Only the server's time shows how long a sensor was off. So a baseline is
 * written to flash only with a date, and a stored one is used only once the time
 * is known.
 *
 * State is in module variables: an object for it takes over 100 bytes of the
 * chip's heap, of which the firmware uses all that its budget allows.
 */
import * as ds from "@devicescript/core"
import { uptimeS } from "../fiber"
import { readBytes, writeBytes } from "../flash-store"
import { log } from "../log"

const KEY = "sgp30Baseline"

const HOUR_MS = 3600 * 1000
const FIRST_HOURS = 12
const MAX_AGE_S = 7 * 24 * 3600

/** Record: CO2 and TVOC baseline as read, hours of measuring before it, u16 each; Unix seconds u32; serial number. */
const TVOC_AT = 2
const HOURS_AT = 4
const DATE_AT = 6
const SERIAL_AT = 10
const RECORD_BYTES = 16

/** Time of day: Unix seconds at uptime 0, undefined while unknown. */
export interface WallClock {
    offsetS: number
}

/** newest baseline, of this boot or from flash */
let record: Buffer
/** uptime at which this boot read it from the sensor, ms; undefined if it is from flash */
let readMs: number
/** true if the stored baseline is of this sensor but its age is unknown, because the time is */
let ageUnknown = false
/** uptime at which the sensor started, ms, and hours that it had measured before */
let startedMs = 0
let hoursBefore = 0
/** uptime at which the next baseline is read, ms */
let dueMs = 0

/**
 * To be called when the sensor begins to measure.
 *
 * @param serial 12 hex digits
 * @returns arguments of set_iaq_baseline: TVOC, then CO2; undefined without a valid baseline
 */
export async function restoreBaseline(serial: string, clock: WallClock): Promise<number[]> {
    if (!record) record = await readRecord()
    const isSamePart = record !== undefined && record.slice(SERIAL_AT).toString("hex") === serial
    ageUnknown = isSamePart && ageS(clock) === undefined
    const good = isSamePart && isYoung(clock)
    startedMs = ds.millis()
    hoursBefore = good ? record.getAt(HOURS_AT, "u16") : 0
    dueMs = startedMs + (good ? 1 : FIRST_HOURS) * HOUR_MS
    if (!good) return undefined
    log(`sensor name=sgp30 baseline=restored hours=${hoursBefore} age=${Math.floor(ageS(clock) / 3600)}`)
    return [record.getAt(TVOC_AT, "u16"), record.getAt(0, "u16")]
}

/** True once, when the time has become known and the stored baseline turns out to be valid. */
export function storedBaselineBecameValid(clock: WallClock): boolean {
    if (!ageUnknown || clock.offsetS === undefined) return false
    ageUnknown = false
    return isYoung(clock)
}

export function isBaselineDue(): boolean {
    return ds.millis() >= dueMs
}

/** @param words CO2, then TVOC; 0 while the sensor has no baseline */
export async function saveBaseline(serial: string, words: number[], clock: WallClock): Promise<void> {
    dueMs = ds.millis() + HOUR_MS
    if (words[0] === 0 || words[1] === 0) return
    const hours = hoursBefore + Math.floor((ds.millis() - startedMs) / HOUR_MS)
    record = Buffer.alloc(RECORD_BYTES)
    record.setAt(0, "u16", words[0])
    record.setAt(TVOC_AT, "u16", words[1])
    record.setAt(HOURS_AT, "u16", hours)
    record.blitAt(SERIAL_AT, Buffer.from(serial, "hex"), 0, RECORD_BYTES - SERIAL_AT)
    readMs = ds.millis()
    ageUnknown = false
    log(`sensor name=sgp30 baseline=${await save(clock)} hours=${hours}`)
}

async function save(clock: WallClock): Promise<string> {
    if (clock.offsetS === undefined) return "undated"
    record.setAt(DATE_AT, "u32", clock.offsetS + uptimeS())
    return (await writeBytes(KEY, record)) ? "saved" : "unsaved"
}

function isYoung(clock: WallClock): boolean {
    const age = ageS(clock)
    return age >= 0 && age <= MAX_AGE_S
}

/** Age of `record` in seconds; undefined while unknown. */
function ageS(clock: WallClock): number {
    if (readMs !== undefined) return Math.floor((ds.millis() - readMs) / 1000)
    if (clock.offsetS === undefined) return undefined
    return clock.offsetS + uptimeS() - record.getAt(DATE_AT, "u32")
}

async function readRecord(): Promise<Buffer> {
    const bytes = await readBytes(KEY)
    return bytes && bytes.length === RECORD_BYTES ? bytes : undefined
}

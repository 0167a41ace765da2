/**
 * The SGP30's baseline beyond a loss of power. Rules: SGP30 datasheet 1.0, 6.3,
 * and Sensirion's driver integration guide: the first one is good after 12
 * hours, then it is kept each hour, and one of a part that was off for more than
 * 7 days is worth nothing.
 *
 * How long a part was off only the server's time can tell. So nothing without
 * a date goes into flash; and what is there waits until the time is known.
 */
import * as ds from "@devicescript/core"
import { uptimeS } from "../fiber"
import { readBytes, writeBytes } from "../flash-store"
import { log } from "../log"

const KEY = "sgp30Baseline"

const HOUR_MS = 3600 * 1000
const FIRST_HOURS = 12
const MAX_AGE_S = 7 * 24 * 3600

/** Record: CO2 and TVOC as the part gives them, hours of measuring behind them, u16 each; Unix seconds u32; serial number. */
const TVOC_AT = 2
const HOURS_AT = 4
const DATE_AT = 6
const SERIAL_AT = 10
const RECORD_BYTES = 16

/** Knows the time of day: Unix seconds at uptime 0, undefined while unknown. */
export interface Clock {
    offsetS: number
}

/** the newest one, of this boot or from flash */
let record: Buffer
/** uptime at which this boot read it from the part */
let readMs: number
/** true while its age waits for the time of day */
let ageUnknown = false
/** uptime at which the part began, and hours of measuring it had before */
let startedMs = 0
let hoursBefore = 0
/** uptime at which the part is to be asked for the next one */
let dueMs = 0

/**
 * To be called when the part begins to measure.
 *
 * @param serial 12 hex digits
 * @returns what to set: TVOC, then CO2; undefined when there is none that is good
 */
export async function restoreBaseline(serial: string, clock: Clock): Promise<number[]> {
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

/** True once, when the time has become known and the one in flash is good. */
export function storedBaselineBecameValid(clock: Clock): boolean {
    if (!ageUnknown || clock.offsetS === undefined) return false
    ageUnknown = false
    return isYoung(clock)
}

export function isBaselineDue(): boolean {
    return ds.millis() >= dueMs
}

/** @param words CO2, then TVOC; 0 while the part has none */
export async function saveBaseline(serial: string, words: number[], clock: Clock): Promise<void> {
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

async function save(clock: Clock): Promise<string> {
    if (clock.offsetS === undefined) return "undated"
    record.setAt(DATE_AT, "u32", clock.offsetS + uptimeS())
    return (await writeBytes(KEY, record)) ? "saved" : "unsaved"
}

function isYoung(clock: Clock): boolean {
    const age = ageS(clock)
    return age >= 0 && age <= MAX_AGE_S
}

/** undefined while unknown */
function ageS(clock: Clock): number {
    if (readMs !== undefined) return Math.floor((ds.millis() - readMs) / 1000)
    if (clock.offsetS === undefined) return undefined
    return clock.offsetS + uptimeS() - record.getAt(DATE_AT, "u32")
}

async function readRecord(): Promise<Buffer> {
    const bytes = await readBytes(KEY)
    return bytes && bytes.length === RECORD_BYTES ? bytes : undefined
}

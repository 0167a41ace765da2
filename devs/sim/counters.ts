/** Counts a device's readings by its log events. */
import type { DeviceEvent } from "./chip/device-log.ts"

/** Readings that a device dropped. Its log gives running totals, which start again with each start of the program. */
export interface LossCounts {
    /** dropped since the last start */
    lost: number
    /** by reason, as in `lossReasons` of src/wire.ts; goes on through starts unless replaced */
    lostBy: Record<string, number>
}

/** A state of the uplink that is an error, and its reason, as src/uplink logs them. */
export interface UplinkFailure {
    state: string
    reason: string
}

/** States of the uplink in normal operation. */
const WORKING = ["idle", "connecting", "sending", "ok"]

export interface Counters extends LossCounts {
    readings: number
    /** the latest one */
    uplinkFailure?: UplinkFailure
    /** sequence number of the newest reading since the last start */
    lastSeq: number
    /** sequence number of the newest acknowledged reading since the last start */
    acknowledgedSeq: number
    /** acknowledged in the starts before the last */
    formerAcknowledged: number
}

export function newCounters(): Counters {
    return { readings: 0, lastSeq: 0, acknowledgedSeq: 0, lost: 0, lostBy: {}, formerAcknowledged: 0 }
}

/** Adds one event of the device's log. */
export function count(counters: Counters, { event, values }: DeviceEvent): void {
    if (event === "boot") restart(counters)
    if (event === "reading") {
        counters.readings++
        counters.lastSeq = Number(values.seq)
    }
    if (event === "ack") counters.acknowledgedSeq = Number(values.seq)
    if (event === "lost") addLosses(counters, values)
    const { state = "", reason = "" } = values
    if (event === "uplink" && !WORKING.includes(state)) counters.uplinkFailure = { state, reason }
}

/** Adds the values of a `lost` event: the running total, of which the increase has this reason. */
export function addLosses(losses: LossCounts, { reason = "", total }: DeviceEvent["values"]): void {
    losses.lostBy[reason] = (losses.lostBy[reason] ?? 0) + Number(total) - losses.lost
    losses.lost = Number(total)
}

/** Sums of losses by reason. */
export function sumByReason(all: Record<string, number>[]): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const lostBy of all)
        for (const [reason, lost] of Object.entries(lostBy)) sums[reason] = (sums[reason] ?? 0) + lost
    return sums
}

/**
 * Readings that the server has acknowledged. After a restart this is an
 * estimate: the log does not say which start an acknowledgement belongs to.
 */
export function acknowledgedOf(counters: Counters): number {
    // The newest acknowledged reading is newer than every dropped one.
    return counters.formerAcknowledged + Math.max(0, counters.acknowledgedSeq - counters.lost)
}

function restart(counters: Counters): void {
    counters.formerAcknowledged = acknowledgedOf(counters)
    counters.lastSeq = counters.acknowledgedSeq = counters.lost = 0
}

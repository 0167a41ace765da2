/** What one device has said of its readings. */
import type { DeviceEvent } from "./chip/device-log.ts"

export interface Counters {
    readings: number
    /** sequence number of the newest reading, and of the newest acknowledged one, since the last start */
    lastSeq: number
    acknowledgedSeq: number
    /** dropped since the last start, before the server had them */
    lost: number
    /** dropped ever, by reason: full, rejected, undated, damaged */
    lostBy: Record<string, number>
    /** acknowledged in the starts before the last */
    formerAcknowledged: number
}

export function newCounters(): Counters {
    return { readings: 0, lastSeq: 0, acknowledgedSeq: 0, lost: 0, lostBy: {}, formerAcknowledged: 0 }
}

/** Adds what the device says now. */
export function count(counters: Counters, { event, values }: DeviceEvent): void {
    if (event === "boot") startAnew(counters)
    if (event === "reading") {
        counters.readings++
        counters.lastSeq = Number(values.seq)
    }
    if (event === "ack") counters.acknowledgedSeq = Number(values.seq)
    if (event === "lost") addLoss(counters, values.reason!, Number(values.total))
}

/**
 * Readings that the server has confirmed. Of a device that started anew this
 * is a guess: its log does not say which start an acknowledgement is for.
 */
export function acknowledgedOf(counters: Counters): number {
    // The newest acknowledged one is newer than every dropped one.
    return counters.formerAcknowledged + Math.max(0, counters.acknowledgedSeq - counters.lost)
}

function startAnew(counters: Counters): void {
    counters.formerAcknowledged = acknowledgedOf(counters)
    counters.lastSeq = counters.acknowledgedSeq = counters.lost = 0
}

function addLoss(counters: Counters, reason: string, total: number): void {
    counters.lostBy[reason] = (counters.lostBy[reason] ?? 0) + total - counters.lost
    counters.lost = total
}

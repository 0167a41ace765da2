/** What one device has said of its readings. */
import type { DeviceEvent } from "./chip/device-log.ts"

export interface Tally {
    readings: number
    /** sequence number of the newest reading, and of the newest acknowledged one, since the last start */
    lastSeq: number
    acknowledgedSeq: number
    /** dropped since the last start, before the server had them */
    lost: number
    /** dropped ever, by reason: full, rejected, timeless, damaged */
    lostBy: Record<string, number>
    /** acknowledged in the starts before the last */
    formerAcknowledged: number
}

export function newTally(): Tally {
    return { readings: 0, lastSeq: 0, acknowledgedSeq: 0, lost: 0, lostBy: {}, formerAcknowledged: 0 }
}

/** Adds what the device says now. */
export function count(tally: Tally, { event, values }: DeviceEvent): void {
    if (event === "boot") startAnew(tally)
    if (event === "reading") {
        tally.readings++
        tally.lastSeq = Number(values.seq)
    }
    if (event === "ack") tally.acknowledgedSeq = Number(values.seq)
    if (event === "lost") addLoss(tally, values.reason!, Number(values.total))
}

/**
 * Readings that the server has confirmed. Of a device that started anew this
 * is a guess: its log does not say which start an acknowledgement is for.
 */
export function acknowledgedOf(tally: Tally): number {
    // The newest acknowledged one is newer than every dropped one.
    return tally.formerAcknowledged + Math.max(0, tally.acknowledgedSeq - tally.lost)
}

function startAnew(tally: Tally): void {
    tally.formerAcknowledged = acknowledgedOf(tally)
    tally.lastSeq = tally.acknowledgedSeq = tally.lost = 0
}

function addLoss(tally: Tally, reason: string, total: number): void {
    tally.lostBy[reason] = (tally.lostBy[reason] ?? 0) + total - tally.lost
    tally.lost = total
}

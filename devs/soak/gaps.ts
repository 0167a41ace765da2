/** Compares the gaps that the server has counted between boots with the true ones. */
import { MAX_BATCH } from "../../src/wire.ts"
import type { BootClock } from "./boot-clocks.ts"
import type { BootHistory, TakenReading } from "./device-history.ts"

export interface GapRecords {
    intervalS: number
    clockOf(boot: BootHistory): BootClock
    isStored(boot: BootHistory, reading: TakenReading): boolean
    /** intervals before this boot's first reading that the device or its server counted */
    countedGap(boot: BootHistory): number
}

export interface GapCounts {
    gap: number
    gapUncounted: number
    discrepancies: string[]
}

/** A boot of which the server has a reading. */
interface StoredBoot {
    boot: BootHistory
    first: TakenReading
    firstStored: TakenReading
    newestStored: TakenReading
}

export function reconcileGaps(boots: BootHistory[], records: GapRecords): GapCounts {
    const counts: GapCounts = { gap: 0, gapUncounted: 0, discrepancies: [] }
    let previous: StoredBoot | undefined
    for (const boot of boots) {
        const [first] = boot.readings
        const stored = boot.readings.filter(reading => records.isStored(boot, reading))
        const [firstStored, newestStored] = [stored[0], stored.at(-1)]
        if (!first || !firstStored || !newestStored) continue
        const current = { boot, first, firstStored, newestStored }
        if (previous) reconcileGap(previous, current, records, counts)
        previous = current
    }
    return counts
}

function reconcileGap(previous: StoredBoot, current: StoredBoot, records: GapRecords, counts: GapCounts): void {
    const { intervalS } = records
    const actual = Math.max(
        0,
        Math.ceil(current.first.timeS / intervalS) - Math.ceil(previous.newestStored.timeS / intervalS) - 1,
    )
    const counted = records.countedGap(current.boot)
    counts.gap += counted
    counts.gapUncounted += Math.max(0, actual - counted)
    const slack = slackOf(previous, current, records)
    // A torn write can corrupt the delivery checkpoint: the device then takes delivered readings for waiting ones
    // and over-counts.
    const excess =
        previous.boot.end.cause === "torn" ? 0 : counted - actual - unnumberedBeforeStored(current, intervalS)
    if (excess > slack || actual - counted > slack)
        counts.discrepancies.push(
            `the server has a gap of ${counted} intervals between ${previous.boot.id} and ${current.boot.id}, there were ${actual}`,
        )
}

/** Intervals by which the counted gap may differ: one for rounding, the clocks' errors, and unacknowledged readings. */
function slackOf(previous: StoredBoot, current: StoredBoot, { intervalS, clockOf }: GapRecords): number {
    const [a, b] = [clockOf(previous.boot), clockOf(current.boot)]
    const clockS = a.toleranceS + a.unnoticedS + b.toleranceS + b.unnoticedS
    // If the response to a stored batch did not arrive, the device counts its readings as not delivered.
    const unacknowledged = Math.max(0, previous.newestStored.seq - previous.boot.journaledSeq)
    return 1 + Math.ceil(clockS / intervalS) + Math.min(MAX_BATCH, unacknowledged)
}

/**
 * Intervals before the first stored reading that have no sequence number,
 * because a sensor was faulty. The server knows sequence numbers only: for it
 * the boot began later by these, and they are part of the gap.
 */
function unnumberedBeforeStored({ first, firstStored }: StoredBoot, intervalS: number): number {
    return (firstStored.endS - first.endS) / intervalS - (firstStored.seq - first.seq)
}

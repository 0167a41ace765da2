/** Whole intervals of a start of which there is no reading, and why. */
import type { BootHistory } from "./device-history.ts"

/** A part that is in order again is found, started and warm after this. */
const RECOVERY_S = 10 * 60
/** The log is a moment late. */
const LATE_S = 2

/** A span of true time, Unix seconds. */
export interface Span {
    fromS: number
    untilS: number
}

export interface IntervalCircumstances {
    intervalS: number
    /** when the sensors were unplugged */
    endS: number
    /** when parts were out of order on purpose */
    sensorTrouble: Span[]
}

export interface MissingIntervals {
    /** the first one: the program starts within it */
    starting: number
    /** a part was out of order, or just had been */
    withoutSensor: number
    /** ends of the others, seconds of uptime */
    unexplained: number[]
}

export function missingIntervals(
    start: BootHistory,
    { intervalS, endS, sensorTrouble }: IntervalCircumstances,
): MissingIntervals {
    const taken = new Set(start.readings.map(reading => reading.endS))
    const lastS = Math.min(start.end!.atS, endS) - start.offsetS - LATE_S
    const missing: MissingIntervals = { starting: 0, withoutSensor: 0, unexplained: [] }
    for (let end = intervalS; end <= lastS; end += intervalS) {
        if (taken.has(end)) continue
        const span = { fromS: start.offsetS + end - intervalS, untilS: start.offsetS + end }
        if (end === intervalS) missing.starting++
        else if (sensorTrouble.some(trouble => overlaps(span, trouble))) missing.withoutSensor++
        else missing.unexplained.push(end)
    }
    return missing
}

function overlaps(a: Span, { fromS, untilS }: Span): boolean {
    return a.fromS < untilS + RECOVERY_S && a.untilS > fromS
}

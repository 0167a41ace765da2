/** Whole intervals of a boot that have no reading, and why. */
import type { BootHistory } from "./device-history.ts"

/** A sensor is found, started and warm so long after its fault ends. */
const RECOVERY_S = 10 * 60
/** The log line of a reading appears at most so long after its interval ends. */
const LOG_DELAY_S = 2

/** A span of true time, Unix seconds. */
export interface TimeSpan {
    fromS: number
    untilS: number
}

export interface IntervalConditions {
    intervalS: number
    /** when the sensors were unplugged, Unix seconds */
    endS: number
    /** when injected faults disturbed sensors */
    sensorFaults: TimeSpan[]
}

export interface MissingIntervals {
    /** 1 if the first one has no reading: the program starts within it */
    starting: number
    /** a sensor had a fault, or was recovering from one */
    withoutSensor: number
    /** ends of the others, seconds of uptime */
    unexplained: number[]
}

export function missingIntervals(
    boot: BootHistory,
    { intervalS, endS, sensorFaults }: IntervalConditions,
): MissingIntervals {
    const taken = new Set(boot.readings.map(reading => reading.endS))
    const lastS = Math.min(boot.end.atS, endS) - boot.offsetS - LOG_DELAY_S
    const missing: MissingIntervals = { starting: 0, withoutSensor: 0, unexplained: [] }
    for (let end = intervalS; end <= lastS; end += intervalS) {
        if (taken.has(end)) continue
        const span = { fromS: boot.offsetS + end - intervalS, untilS: boot.offsetS + end }
        if (end === intervalS) missing.starting++
        else if (sensorFaults.some(fault => overlaps(span, fault))) missing.withoutSensor++
        else missing.unexplained.push(end)
    }
    return missing
}

function overlaps(a: TimeSpan, { fromS, untilS }: TimeSpan): boolean {
    return a.fromS < untilS + RECOVERY_S && a.untilS > fromS
}

/** Decides from the CO2 readings of a room whether its air has been bad for too long. */
/** Below this share of the limit, the air is good again at once. */
const GOOD_SHARE = 0.9

/** A CO2 reading; `time` is the end of its interval, Unix seconds. */
export interface Co2Reading {
    time: number
    ppm: number
}

export interface Co2AlertLimits {
    co2Ppm: number
    co2Minutes: number
}

export interface Co2State {
    /** bad: above the limit for long enough; good: well below it, or not above it for as long; between: neither */
    air: "bad" | "good" | "between"
    latestPpm: number
    /** how long it has been on this side of the limit, s */
    forS: number
}

/**
 * @param readings in the order of time
 * @param maxPauseS readings further apart than this do not belong together, and older ones say nothing about now
 * @returns undefined if nothing is known about the air now
 */
export function co2State(
    readings: Co2Reading[],
    { co2Ppm, co2Minutes }: Co2AlertLimits,
    nowS: number,
    maxPauseS: number,
): Co2State | undefined {
    const latest = readings.at(-1)
    if (latest === undefined || nowS - latest.time > maxPauseS) return undefined
    const isAbove = latest.ppm > co2Ppm
    const forS = sameSideS(readings, ({ ppm }) => ppm > co2Ppm === isAbove, maxPauseS)
    const isLong = forS >= co2Minutes * 60
    const isGood = !isAbove && (isLong || latest.ppm < GOOD_SHARE * co2Ppm)
    return { air: isAbove && isLong ? "bad" : isGood ? "good" : "between", latestPpm: latest.ppm, forS }
}

/** Seconds from the start of the first reading of the last unbroken run to its end. */
function sameSideS(readings: Co2Reading[], belongs: (reading: Co2Reading) => boolean, maxPauseS: number): number {
    let at = readings.length - 1
    const pauseBefore = (index: number) => timeOf(index) - timeOf(index - 1)
    const timeOf = (index: number) => readings[index]?.time ?? Number.NEGATIVE_INFINITY
    while (at > 0 && pauseBefore(at) <= maxPauseS && readings.slice(at - 1, at).every(belongs)) at--
    const intervalS = readings.length > 1 ? pauseBefore(readings.length - 1) : 0
    return timeOf(readings.length - 1) - timeOf(at) + Math.min(intervalS, maxPauseS)
}

/** A forced recalibration that waits until the CO2 around the sensor is steady. */
import * as ds from "@devicescript/core"

/**
 * A sensor must measure constant CO2 for 3 minutes before it is recalibrated (SCD4x datasheet 1.7, 3.8.1; SCD30
 * interface description 1.0, 1.4.6). In so many measurements its noise of 10 ppm gives a range of up to 65.
 */
const STEADY_MS = 3 * 60 * 1000
const STEADY_PPM = 75
const MAX_WAIT_MS = 30 * 60 * 1000

export class RecalibrationRequest {
    private readonly startMs = ds.millis()
    /** uptime since which CO2 is steady, ms; undefined before the first measurement */
    private steadySinceMs: number
    private lowPpm: number
    private highPpm: number

    /**
     * @param targetPpm CO2 concentration around the sensor
     * @param maxStepPpm largest correction; undefined: any
     */
    constructor(
        readonly targetPpm: number,
        readonly maxStepPpm: number,
    ) {}

    /** The sensor has started again, and has measured nothing since. */
    restart() {
        this.steadySinceMs = undefined
    }

    take(co2Ppm: number) {
        this.lowPpm = Math.min(this.lowPpm, co2Ppm)
        this.highPpm = Math.max(this.highPpm, co2Ppm)
        if (this.steadySinceMs !== undefined && this.highPpm - this.lowPpm <= STEADY_PPM) return
        this.steadySinceMs = ds.millis()
        this.lowPpm = co2Ppm
        this.highPpm = co2Ppm
    }

    /** True once the sensor may be recalibrated, or never will be. */
    isDecided(): boolean {
        return this.isSteady() || ds.millis() - this.startMs >= MAX_WAIT_MS
    }

    /** Why the sensor must not be recalibrated; undefined if it may be. */
    refusal(): string {
        if (!this.isSteady()) return "unsteady"
        const middlePpm = (this.lowPpm + this.highPpm) / 2
        return isTooFar(this.targetPpm, middlePpm, this.maxStepPpm) ? "far" : undefined
    }

    private isSteady(): boolean {
        return this.leftS() === 0
    }

    /** Seconds for which CO2 has to be steady still. */
    leftS(): number {
        const steadyMs = this.steadySinceMs === undefined ? 0 : ds.millis() - this.steadySinceMs
        return Math.max(0, Math.ceil((STEADY_MS - steadyMs) / 1000))
    }
}

/** True if target and measurement differ by more than `maxStepPpm`; false if that or the measurement is undefined. */
export function isTooFar(targetPpm: number, measuredPpm: number, maxStepPpm: number): boolean {
    return maxStepPpm !== undefined && Math.abs(targetPpm - measuredPpm) > maxStepPpm
}

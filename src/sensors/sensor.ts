/** What every sensor offers, how it fails, and how it is looked after: found, started, measured, and begun again when it fails. */
import * as ds from "@devicescript/core"
import { Task } from "../fiber"
import { log } from "../log"
import { isAllowed } from "../wire"
import { recordHumidity } from "./humidity"

/**
 * nack: no acknowledge on the bus; crc: bytes arrived damaged; stale: the part
 * answers but measures nothing new; range: a value that part cannot measure.
 */
export type ErrorKind = "nack" | "crc" | "stale" | "range"

export class SensorError extends Error {
    constructor(readonly kind: ErrorKind) {
        super(kind)
    }
}

/** One measurement of air; a quantity stands only if it was measured. */
export interface Sample {
    co2Ppm?: number
    eco2Ppm?: number
    tvocPpb?: number
    temperatureC?: number
    humidityRh?: number
}

/** Where the samples go. */
export interface SampleSink {
    /** False when a value of the sample of the part of this rank is out of range. */
    add(sample: Sample, rank: number): boolean
}

export type SensorState = "absent" | "starting" | "warming" | "ready" | "failed"

/** Failures since the last good measurement after which a part is looked for and started anew. */
const MAX_FAILURES = 3
/** Pause before a part is looked for again: doubles from the first to the second while it gives nothing. */
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 30000

/** Measuring time before a recalibration (SCD4x datasheet 1.7, 3.8.1; SCD30 interface description 1.0, 1.4.6). */
const RECALIBRATION_AFTER_MS = 3 * 60 * 1000

const KINDS = 4

/** One part on the bus, or its absence. What a part overrides throws SensorError. */
export abstract class Sensor implements Task {
    /** uptime at which it is to be attended to next, ms; `start` and `measure` set it */
    dueMs = 0
    state: SensorState
    /** why it failed last; undefined when it never did */
    reason: ErrorKind
    /** whether its last self test selfTestPassed; undefined before there was one */
    selfTestPassed: boolean
    /** true once it has answered */
    wasFound = false
    /** what came of the last recalibration, as JSON: the correction in ppm, "done", "refused"; undefined before there was one */
    recalibrated: string
    /** since the last good measurement */
    private failures = 0
    /** of each kind, u32; undefined before the first */
    private counts: Buffer
    /** undefined when no recalibration is wanted */
    private targetPpm: number
    private recalibrateMs: number

    /** @param name in the log */
    constructor(
        readonly name: string,
        private readonly sink: SampleSink,
    ) {}

    /** Proves that the part is there. @returns its serial number in hex; undefined where it tells none */
    protected abstract find(): Promise<string>

    /** Resets the part as far as it can be reset alone, and begins to measure. */
    protected abstract start(): Promise<void>

    /** What was measured; null while the part warms up, undefined when there is nothing new yet. */
    protected abstract measure(): Promise<Sample>

    /**
     * The part's own test, between `find` and `start`.
     *
     * @param failed true when it has just failed: then a test may take its time
     * @returns true when it selfTestPassed; undefined when there was none
     */
    protected selfTest?(failed: boolean): Promise<boolean>

    /**
     * Tells a part that measures for 3 minutes at least what the air around it has.
     *
     * @returns the correction in ppm; null when the part does not tell, undefined when it refused
     */
    protected forceRecalibration?(targetPpm: number): Promise<number>

    /**
     * Recalibrates the part once it has measured for 3 more minutes; what came of it is in the log.
     *
     * @param targetPpm what the air around it has, 400 to 2000
     * @returns false when it cannot be
     */
    recalibrate(targetPpm: number): boolean {
        if (!this.forceRecalibration || !isAllowed("RECALIBRATE_PPM", targetPpm)) return false
        this.targetPpm = targetPpm
        this.recalibrateMs = ds.millis() + RECALIBRATION_AFTER_MS
        return true
    }

    isToBeRecalibrated(): boolean {
        return this.targetPpm !== undefined
    }

    async step(): Promise<void> {
        const measures = this.state === "warming" || this.state === "ready"
        try {
            if (!measures) await this.begin()
            else if (this.targetPpm !== undefined && ds.millis() >= this.recalibrateMs) await this.runRecalibration()
            else this.take(await this.measure())
        } catch (error) {
            this.fail(measures, error)
        }
    }

    private async begin(): Promise<void> {
        const failed = this.state === "failed" && this.reason !== "nack"
        const serial = await this.find()
        this.wasFound = true
        this.enter("starting", serial ? ` serial=${serial}` : "")
        if (this.selfTest) this.logSelfTest(await this.selfTest(failed))
        await this.start()
        if (this.targetPpm !== undefined) this.recalibrate(this.targetPpm)
        this.enter("warming")
    }

    private logSelfTest(selfTestPassed: boolean) {
        if (selfTestPassed === undefined) return
        this.selfTestPassed = selfTestPassed
        this.log(`selftest=${selfTestPassed ? "ok" : "failed"}`)
    }

    private take(sample: Sample) {
        if (sample === undefined) return
        if (!sample) return this.enter("warming")
        const rank = rankOf(this.name)
        if (!this.sink.add(sample, rank)) throw new SensorError("range")
        this.enter("ready")
        if (sample.humidityRh !== undefined) recordHumidity(sample.temperatureC, sample.humidityRh, rank)
        this.failures = 0
    }

    private async runRecalibration(): Promise<void> {
        const targetPpm = this.targetPpm
        this.targetPpm = undefined
        const correctionPpm = await this.forceRecalibration(targetPpm)
        const outcome =
            correctionPpm === undefined ? "refused" : correctionPpm === null ? "ok" : `ok correction=${correctionPpm}`
        this.recalibrated =
            correctionPpm === undefined ? '"refused"' : correctionPpm === null ? '"done"' : "" + correctionPpm
        this.log(`target=${targetPpm} recalibration=${outcome}`)
    }

    /**
     * A part that measured goes on after a failure or two; one that is silent
     * when looked for is absent. What is no SensorError is a fault of the program.
     */
    private fail(measured: boolean, error: any) {
        this.failures++
        const lasts = !measured || this.failures >= MAX_FAILURES
        if (lasts) this.dueMs = ds.millis() + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * Math.pow(2, this.failures - 1))
        if (!(error instanceof SensorError)) throw error
        if (!measured && error.kind === "nack") return this.enter("absent")
        this.count(error.kind)
        if (!lasts) return
        this.reason = error.kind
        this.enter("failed", ` reason=${error.kind}`)
    }

    /** How often it failed in this way since the start. */
    errorCount(kind: ErrorKind): number {
        return this.counts ? this.counts.getAt(4 * indexOf(kind), "u32") : 0
    }

    private enter(state: SensorState, details = "") {
        if (state === this.state) return
        this.state = state
        this.log(`state=${state}${details}`)
    }

    /** Logged at the 1st, 2nd, 4th, 8th, … of its kind: a lasting fault must not flood the log. */
    private count(kind: ErrorKind) {
        if (!this.counts) this.counts = Buffer.alloc(4 * KINDS)
        const at = 4 * indexOf(kind)
        const count = this.counts.getAt(at, "u32") + 1
        this.counts.setAt(at, "u32", count)
        if ((count & (count - 1)) === 0) this.log(`error=${kind} count=${count}`)
    }

    private log(details: string) {
        log(`sensor name=${this.name} ${details}`)
    }
}

/** Recalibrates every part that is there and can be. @returns how many */
export function recalibrateAll(sensors: Sensor[], targetPpm: number): number {
    let parts = 0
    for (const sensor of sensors) if (sensor.wasFound && sensor.recalibrate(targetPpm)) parts++
    return parts
}

function indexOf(kind: ErrorKind): number {
    return kind === "nack" ? 0 : kind === "crc" ? 1 : kind === "stale" ? 2 : 3
}

/**
 * Whose word counts when several parts measure the same: the lower, the better.
 * CO2: the SCD30 is good for 30 ppm + 3 %, the SCD4x for 50 ppm + 2.5 % and more.
 * Temperature: the SHT3x for 0.2 to 0.3 °C, the SCD30 for 0.4, the SCD4x, which
 * warms itself, for 0.8 (the accuracy tables of their datasheets).
 */
function rankOf(name: string): number {
    return name === "sht3x" ? 0 : name === "scd30" ? 1 : 2
}

/** Base of all sensors: finds, starts and measures one, counts its errors, and restarts it when it fails. */
import * as ds from "@devicescript/core"
import { Task } from "../fiber"
import { log } from "../log"
import { noteRemoteRecalibration } from "../remote-limits"
import { coreSettingRange, isWithin, SensorStatus } from "../wire"
import { recordHumidity } from "./humidity"
import { isTooFar, RecalibrationRequest } from "./recalibration"

/**
 * nack: not acknowledged on the bus; crc: checksum mismatch; stale: the sensor
 * responds but has no new measurement; range: a value that it cannot measure.
 */
export type ErrorKind = "nack" | "crc" | "stale" | "range"

export class SensorError extends Error {
    /** @param isHeld true: SCL or SDA is held low, so that the transfer has blocked the chip */
    constructor(
        readonly kind: ErrorKind,
        readonly isHeld = false,
    ) {
        super(kind)
    }
}

/** One measurement. A quantity is present only if it was measured. */
export interface Sample {
    co2Ppm?: number
    eco2Ppm?: number
    tvocPpb?: number
    temperatureC?: number
    humidityRh?: number
}

/** Receives the samples. */
export interface SampleSink {
    /** @param rank of the sensor; lower is better. @returns false if a value is out of range */
    add(sample: Sample, rank: number): boolean
}

export type SensorState = "absent" | "starting" | "warming" | "ready" | "failed"

/** Failures since the last good measurement after which the sensor is searched for and restarted. */
const MAX_FAILURES = 3
/** Pause before the next search, doubled after each failure from the first value up to the second. */
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 30000
/** The first pause after a transfer that has blocked the chip: longer, so that the chip is blocked for less of the time. */
const FIRST_HELD_PAUSE_MS = 8000

const KINDS = 4

/** Correction in ppm; "done" if the sensor does not report it; "refused" if the sensor did not accept the target. */
export type Recalibration = SensorStatus["recalibrated"]

/** One sensor, present on the bus or not. The methods that a driver implements throw SensorError. */
export abstract class Sensor implements Task {
    /** uptime at which `step` is due, ms; set by `start` and `measure` */
    dueMs = 0
    state: SensorState
    /** reason of the last failure; undefined before the first */
    reason: ErrorKind
    /** result of the last self-test; undefined before the first */
    selfTestPassed: boolean
    /** true once it has responded */
    wasFound = false
    /** result of the last recalibration; undefined before the first */
    recalibrated: Recalibration
    /** since the last good measurement */
    private failures = 0
    /** errors of each kind, u32; undefined before the first */
    private counts: Buffer
    /** requested recalibration; undefined if there is none */
    private request: RecalibrationRequest
    /** newest valid measurement of CO2 */
    private co2Ppm: number

    /** @param name in the log */
    constructor(
        readonly name: string,
        private readonly sink: SampleSink,
    ) {}

    /**
     * Decides which sensor counts if several measure a quantity; lower is better.
     * By the accuracy in their datasheets.
     */
    protected abstract rank(): number

    /** Checks that the sensor is present. @returns its serial number in hex; undefined if it has none */
    protected abstract find(): Promise<string>

    /** Resets the sensor, if that does not affect others, and starts measuring. */
    protected abstract start(): Promise<void>

    /** A measurement; undefined if none is ready yet. */
    protected abstract measure(): Promise<Sample | "warming">

    /**
     * The sensor's self-test, run between `find` and `start`.
     *
     * @param failed true if the sensor has just failed: only then may the test take long
     * @returns true if passed; undefined if not run
     */
    protected selfTest?(failed: boolean): Promise<boolean>

    /** Recalibrates a sensor that has measured for at least 3 minutes to the CO2 concentration around it. */
    protected forceRecalibration?(targetPpm: number): Promise<Recalibration>

    /**
     * Requests a recalibration, which is done after 3 minutes of steady CO2; its result is logged.
     *
     * @param targetPpm CO2 concentration around the sensor, 400 to 2000
     * @param maxStepPpm largest correction, for a request from afar; undefined: any
     * @returns false if the sensor cannot be recalibrated, or the target is out of range or too far from
     *     what it measures
     */
    recalibrate(targetPpm: number, maxStepPpm?: number): boolean {
        if (!this.forceRecalibration || !isWithin(coreSettingRange("RECALIBRATE_PPM"), targetPpm)) return false
        if (isTooFar(targetPpm, this.co2Ppm, maxStepPpm)) return false
        this.request = new RecalibrationRequest(targetPpm, maxStepPpm)
        return true
    }

    isToBeRecalibrated(): boolean {
        return this.request !== undefined
    }

    /** Seconds of steady CO2 that are missing until the requested recalibration; undefined if none is requested. */
    recalibrationLeftS(): number {
        return this.request ? this.request.leftS() : undefined
    }

    async step(): Promise<void> {
        const measures = this.state === "warming" || this.state === "ready"
        try {
            if (!measures) await this.begin()
            else if (this.request && this.request.isDecided()) await this.runRecalibration()
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
        if (this.request) this.request.restart()
        this.enter("warming")
    }

    private logSelfTest(passed: boolean) {
        if (passed === undefined) return
        this.selfTestPassed = passed
        this.log(`selftest=${passed ? "ok" : "failed"}`)
    }

    private take(sample: Sample | "warming") {
        if (sample === undefined) return
        if (sample === "warming") return this.enter("warming")
        const rank = this.rank()
        if (!this.sink.add(sample, rank)) throw new SensorError("range")
        this.co2Ppm = sample.co2Ppm
        if (this.request) this.request.take(this.co2Ppm)
        this.enter("ready")
        if (sample.humidityRh !== undefined) recordHumidity(sample.temperatureC, sample.humidityRh, rank)
        this.failures = 0
    }

    private async runRecalibration(): Promise<void> {
        const { request } = this
        this.request = undefined
        const refusal = request.refusal()
        const result = refusal ? "refused" : await this.forceRecalibration(request.targetPpm)
        if (!refusal && request.maxStepPpm !== undefined) noteRemoteRecalibration()
        this.recalibrated = result
        this.log(`target=${request.targetPpm} recalibration=${outcomeText(result, refusal)}`)
    }

    /**
     * A sensor that was measuring continues after one or two failures, unless a line is
     * held. One that does not respond to a search is absent. Other exceptions than SensorError are
     * faults of the program.
     */
    private fail(measured: boolean, error: unknown) {
        this.failures++
        const isHeld = (error as SensorError).isHeld === true
        const lasts = !measured || isHeld || this.failures >= MAX_FAILURES
        if (lasts) this.dueMs = ds.millis() + pauseMs(this.failures, isHeld)
        if (!(error instanceof SensorError)) throw error
        if (!measured && error.kind === "nack") return this.enter("absent")
        this.count(error.kind)
        if (!lasts) return
        this.reason = error.kind
        this.enter("failed", ` reason=${error.kind}`)
    }

    /** Number of errors of this kind since boot. */
    errorCount(kind: ErrorKind): number {
        return this.counts ? this.counts.getAt(4 * indexOf(kind), "u32") : 0
    }

    private enter(state: SensorState, details = "") {
        if (state === this.state) return
        this.state = state
        this.log(`state=${state}${details}`)
    }

    /** Logs the 1st, 2nd, 4th, 8th, … error of a kind, so that a permanent fault does not flood the log. */
    private count(kind: ErrorKind) {
        if (!this.counts) this.counts = Buffer.alloc(4 * KINDS)
        const at = 4 * indexOf(kind)
        const count = this.counts.getAt(at, "u32") + 1
        this.counts.setAt(at, "u32", count)
        if ((count & (count - 1)) === 0) this.log(`error=${kind} count=${count}`)
    }

    protected log(details: string) {
        log(`sensor name=${this.name} ${details}`)
    }
}

/** Requests a recalibration of every sensor that is present and supports it, as `recalibrate`. @returns how many */
export function recalibrateAll(sensors: Sensor[], targetPpm: number, maxStepPpm?: number): number {
    let count = 0
    for (const sensor of sensors) if (sensor.wasFound && sensor.recalibrate(targetPpm, maxStepPpm)) count++
    return count
}

function outcomeText(result: Recalibration, refusal: string): string {
    if (refusal) return `refused reason=${refusal}`
    return result === "refused" ? "refused" : result === "done" ? "ok" : `ok correction=${result}`
}

function pauseMs(failures: number, isHeld: boolean): number {
    const firstMs = isHeld ? FIRST_HELD_PAUSE_MS : FIRST_PAUSE_MS
    return Math.min(MAX_PAUSE_MS, firstMs * Math.pow(2, failures - 1))
}

function indexOf(kind: ErrorKind): number {
    return kind === "nack" ? 0 : kind === "crc" ? 1 : kind === "stale" ? 2 : 3
}

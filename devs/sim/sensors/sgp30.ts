/**
 * Sensirion SGP30 (TVOC and CO2 equivalent), simulated command by command.
 * Source: SGP30 datasheet 1.0 (May 2020), chapter 6, tables 6 and 10.
 *
 * The part's baseline algorithm takes days and is not published. Here the
 * baseline is two words that are set, read and lost like the real ones, and
 * the signals follow the air without drift. The absolute humidity is stored
 * and has no effect.
 */
import { type Air, OUTDOOR_CO2_PPM, TVOC_PPB_PER_CO2_PPM } from "../air/air.ts"
import { type SensirionCommand, SensirionSensor, type SensorOptions } from "./sensirion.ts"

export const SGP30_ADDRESS = 0x58

/** Power-up and soft reset at most 0.6 ms (table 6). */
const POWER_UP_MS = 0.6
/** Second byte of the general call that resets (6.4). */
const SOFT_RESET = 0x06
/** For this long after iaq_init the measured values are fixed (6.3). */
const WARM_UP_MS = 15_000
const WARM_UP_WORDS = [400, 0] as const
/** The host must send measure_iaq every second (6.3). */
const PERIOD_MS = 1000
/** Deviation from the period that counts as off schedule; the datasheet gives no figure. */
const PERIOD_TOLERANCE_MS = 100

/** Output ranges, table 2. */
const MIN_ECO2_PPM = 400
const MAX_OUTPUT = 60_000
const FEATURE_SET = 0x0022
const SELF_TEST_PASSED = 0xd400
const EXAMPLE_SERIAL = [0x0000, 0x0048, 0x9c5e] as const
/** Words like those of a real part after its first hours; they mean nothing outside it. */
const SETTLED_BASELINE: Baseline = { eco2Raw: 0x8973, tvocRaw: 0x8aae }

/** Raw signals: ticks at the reference concentration, and that concentration (6.3, table 1). */
const ETHANOL = { referenceRaw: 18_500, referencePpm: 0.4 }
const HYDROGEN = { referenceRaw: 13_500, referencePpm: 0.5 }
/** Breath: about 10 ppm hydrogen with 4 % CO2. */
const HYDROGEN_PER_CO2 = 10 / 40_000
const RAW_PER_E_FOLD = 512

/** Noise as a share of the TVOC value, standard deviation; an assumption of this model. */
const NOISE_SHARE = 0.01

interface Baseline {
    eco2Raw: number
    tvocRaw: number
}

/** How well the host has kept the period of 1 s since `iaq_init`. */
export interface Cadence {
    /** measure_iaq commands */
    calls: number
    /** commands more than 100 ms early or late after the one before */
    offSchedule: number
    worstDeviationMs: number
}

export interface Sgp30Options extends SensorOptions {
    serial?: readonly [number, number, number]
}

export class Sgp30 extends SensirionSensor<SensirionCommand> {
    /** argument of the last set_absolute_humidity, g/m³ in 8.8 fixed point; 0 = compensation off */
    absoluteHumidityRaw = 0
    readonly #options: Sgp30Options
    #cadence: Cadence = freshCadence()
    #initializedMs: number | undefined
    #lastCallMs: number | undefined
    #baseline: Baseline | undefined
    #inceptiveBaselineRaw = 0

    constructor(options: Sgp30Options) {
        super(SGP30_ADDRESS, POWER_UP_MS, options.air)
        this.#options = options
        this.install(this.#table())
        this.powerOn(options.poweredAtMs ?? -Infinity)
    }

    get cadence(): Readonly<Cadence> {
        return this.#cadence
    }

    /** The soft reset is a general call: every part on the bus that supports it resets. */
    generalCall(bytes: Uint8Array, atMs: number): boolean {
        if (!this.reachable(atMs) || bytes.length !== 1 || bytes[0] !== SOFT_RESET) return false
        this.powerOn(atMs)
        return true
    }

    protected override reset(): void {
        this.absoluteHumidityRaw = 0
        this.#initializedMs = undefined
        this.#baseline = undefined
        this.#inceptiveBaselineRaw = 0
        this.#cadence = freshCadence()
        this.#lastCallMs = undefined
    }

    protected override accepts(): boolean {
        return true
    }

    #table(): SensirionCommand[] {
        return [
            { code: 0x2003, name: "iaq_init", executionMs: 10, run: atMs => this.#init(atMs) },
            { code: 0x2008, name: "measure_iaq", executionMs: 12, run: atMs => this.#measureIaq(atMs) },
            { code: 0x2015, name: "get_iaq_baseline", executionMs: 10, run: atMs => this.#baselineWords(atMs) },
            {
                code: 0x201e,
                name: "set_iaq_baseline",
                argumentWords: 2,
                executionMs: 10,
                run: (_, args) => this.#setBaseline(args),
            },
            {
                code: 0x2061,
                name: "set_absolute_humidity",
                argumentWords: 1,
                executionMs: 10,
                run: (_, [raw = 0]) => {
                    this.absoluteHumidityRaw = raw
                },
            },
            { code: 0x2032, name: "measure_test", executionMs: 220, run: () => [SELF_TEST_PASSED] },
            { code: 0x202f, name: "get_feature_set", executionMs: 10, run: () => [FEATURE_SET] },
            { code: 0x2050, name: "measure_raw", executionMs: 25, run: atMs => this.#measureRaw(atMs) },
            {
                code: 0x20b3,
                name: "get_tvoc_inceptive_baseline",
                executionMs: 10,
                run: () => [this.#inceptiveBaselineRaw],
            },
            {
                code: 0x2077,
                name: "set_tvoc_baseline",
                argumentWords: 1,
                executionMs: 10,
                run: (_, [raw = 0]) => {
                    this.#inceptiveBaselineRaw = raw
                },
            },
            {
                code: 0x3682,
                name: "get_serial_id",
                executionMs: 0.5,
                run: () => this.#options.serial ?? EXAMPLE_SERIAL,
            },
        ]
    }

    #init(atMs: number): void {
        this.#initializedMs = atMs
        this.#baseline = undefined
        this.#lastCallMs = undefined
        this.#cadence = freshCadence()
    }

    #warm(atMs: number): boolean {
        return this.#initializedMs !== undefined && atMs - this.#initializedMs >= WARM_UP_MS
    }

    /** CO2 equivalent in ppm, then TVOC in ppb; fixed during warm-up, and without iaq_init. */
    #measureIaq(atMs: number): readonly number[] | undefined {
        this.#countMeasurement(atMs)
        if (this.faults.stuck) return undefined
        if (!this.#warm(atMs)) return WARM_UP_WORDS
        const tvocPpb = tvocOf(this.#options.air.airAt(atMs)) * this.#noiseFactor()
        const eco2Ppm = MIN_ECO2_PPM + tvocPpb / TVOC_PPB_PER_CO2_PPM
        return [clamp(eco2Ppm, MIN_ECO2_PPM), clamp(tvocPpb, 0)]
    }

    #countMeasurement(atMs: number): void {
        const cadence = this.#cadence
        cadence.calls++
        if (this.#lastCallMs !== undefined) {
            const deviationMs = Math.abs(atMs - this.#lastCallMs - PERIOD_MS)
            cadence.worstDeviationMs = Math.max(cadence.worstDeviationMs, deviationMs)
            if (deviationMs > PERIOD_TOLERANCE_MS) cadence.offSchedule++
        }
        this.#lastCallMs = atMs
    }

    /** Hydrogen, then ethanol, in ticks; more gas gives a lower value (6.3). */
    #measureRaw(atMs: number): readonly number[] | undefined {
        if (this.faults.stuck) return undefined
        const air = this.#options.air.airAt(atMs)
        const hydrogenPpm = HYDROGEN.referencePpm + Math.max(air.co2Ppm - OUTDOOR_CO2_PPM, 0) * HYDROGEN_PER_CO2
        return [rawSignal(HYDROGEN, hydrogenPpm), rawSignal(ETHANOL, Math.max(tvocOf(air), 1) / 1000)]
    }

    /** get_iaq_baseline returns CO2 equivalent, then TVOC; 0 while there is no baseline. */
    #baselineWords(atMs: number): readonly number[] {
        const baseline = this.#baseline ?? (this.#warm(atMs) ? SETTLED_BASELINE : undefined)
        return [baseline?.eco2Raw ?? 0, baseline?.tvocRaw ?? 0]
    }

    /** set_iaq_baseline takes TVOC, then CO2 equivalent: the reverse order (6.3). It has no effect before iaq_init. */
    #setBaseline([tvocRaw = 0, eco2Raw = 0]: readonly number[]): void {
        if (this.#initializedMs !== undefined) this.#baseline = { tvocRaw, eco2Raw }
    }

    #noiseFactor(): number {
        return 1 + (this.#options.noise?.gaussian(NOISE_SHARE) ?? 0)
    }
}

function freshCadence(): Cadence {
    return { calls: 0, offSchedule: 0, worstDeviationMs: 0 }
}

/** TVOC in ppb; if the air source does not give it, it is derived from the CO2 that people exhale. */
function tvocOf(air: Air): number {
    return air.tvocPpb ?? Math.max(air.co2Ppm - OUTDOOR_CO2_PPM, 0) * TVOC_PPB_PER_CO2_PPM
}

/** c = c_ref * exp((s_ref - s) / 512), solved for s. */
function rawSignal(gas: { referenceRaw: number; referencePpm: number }, ppm: number): number {
    return clamp(gas.referenceRaw - RAW_PER_E_FOLD * Math.log(ppm / gas.referencePpm), 0)
}

function clamp(value: number, min: number): number {
    return Math.min(Math.max(Math.round(value), min), MAX_OUTPUT)
}

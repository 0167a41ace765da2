/**
 * Sensirion SCD40 and SCD41 (CO2, temperature, humidity), simulated command by
 * command. Source: SCD4x datasheet 1.7, chapter 3, command overview and 3.6
 * to 3.11; codes and times as in Sensirion's embedded-i2c-scd4x driver.
 *
 * Not modelled, because it takes days: the effect of automatic
 * self-calibration on CO2. Its settings, altitude and pressure are stored and
 * can be read back. The simulated air always has the pressure that is set, so
 * altitude and pressure do not change CO2.
 */
import { absoluteHumidity, relativeHumidity } from "../air/air.ts"
import {
    clampWord,
    humidityWord,
    MAX_WORD,
    type SensirionCommand,
    SensirionSensor,
    type SensorOptions,
    temperatureWord,
} from "./sensirion.ts"

export const SCD4X_ADDRESS = 0x62

/** Time to idle after power-up, reinit or wake-up: datasheet 1.7, 3.1 (1000 ms up to 1.3). */
const POWER_UP_MS = 30
const PERIOD_MS = 5_000
const LOW_POWER_PERIOD_MS = 30_000
const SINGLE_SHOT_MS = 5_000
const SINGLE_SHOT_RHT_MS = 50

/** Words of the data-ready status: ready when any of the low 11 bits is set (datasheet 3.9.2). */
const DATA_NOT_READY = 0x8000
const DATA_READY = 0x8006
const WAKE_UP = 0x36f6
const SELF_TEST_PASSED = 0
const MAX_CO2_PPM = 40_000
/** Factory temperature offset, 4 °C in ticks of 175/65535 °C; it compensates the self-heating. */
const SELF_HEATING_TICKS = 1498
const FRC_ZERO = 0x8000
const FRC_FAILED = 0xffff
/** Bits 15 to 12 identify the part (datasheet 3.10.6); the rest is its revision. */
const VARIANT_WORD = { scd40: 0x0440, scd41: 0x1440 } as const
/** Example from the datasheet, 3.10.2. */
const EXAMPLE_SERIAL = [0xf896, 0x9f07, 0x3bbe] as const

/** Typical repeatability, datasheet tables 1 to 3, as standard deviations. */
const NOISE = { co2Ppm: 10, temperatureC: 0.1, humidityRh: 0.4 }

interface Scd4xCommand extends SensirionCommand {
    /** also accepted while a periodic measurement runs */
    whileMeasuring?: boolean
}

/** Settings that `persist_settings` saves, in the units of their commands. */
interface Settings {
    temperatureOffsetTicks: number
    altitudeM: number
    ascEnabled: number
    ascTargetPpm: number
    ascInitialHours: number
    ascStandardHours: number
}

const factorySettings: Settings = {
    temperatureOffsetTicks: SELF_HEATING_TICKS,
    altitudeM: 0,
    ascEnabled: 1,
    ascTargetPpm: 400,
    ascInitialHours: 44,
    ascStandardHours: 156,
}
const FACTORY_PRESSURE_HPA = 1013

/** A running measurement: sample k is complete k periods after the start. */
interface Run {
    startMs: number
    periodMs: number
    /** 1 for a single shot */
    count: number
    /** number of complete samples */
    done: number
    withCo2: boolean
}

export interface Scd4xOptions extends SensorOptions {
    /** scd41 if absent */
    part?: "scd40" | "scd41"
    serial?: readonly [number, number, number]
}

export class Scd4x extends SensirionSensor<Scd4xCommand> {
    /** number of EEPROM writes; the part endures 2000 (datasheet 3.10.1) */
    eepromWrites = 0
    readonly #options: Scd4xOptions
    #eeprom = { ...factorySettings }
    #settings = { ...factorySettings }
    #pressureHpa = FACTORY_PRESSURE_HPA
    #asleep = false
    #run: Run | undefined
    #sample: readonly [number, number, number] | undefined
    #lastCo2Ppm: number | undefined
    #frcPpm = 0

    constructor(options: Scd4xOptions) {
        super(SCD4X_ADDRESS, POWER_UP_MS, options.air)
        this.#options = options
        this.install(this.#table())
        if (options.part !== "scd40") this.install(this.#scd41Table())
        this.powerOn(options.poweredAtMs ?? -Infinity)
    }

    protected override reset(): void {
        this.#settings = { ...this.#eeprom }
        this.#pressureHpa = FACTORY_PRESSURE_HPA
        this.#asleep = false
        this.#run = undefined
        this.#sample = undefined
        this.#lastCo2Ppm = undefined
    }

    /** Comes first in every transfer, so the buffer is updated here. */
    protected override accepts(command: Scd4xCommand | undefined, atMs: number): boolean {
        this.#measure(atMs)
        if (this.#asleep) return command?.code === WAKE_UP
        return command === undefined || this.#run === undefined || command.whileMeasuring === true
    }

    #table(): Scd4xCommand[] {
        return [
            {
                code: 0x21b1,
                name: "start_periodic_measurement",
                executionMs: 0,
                run: atMs => this.#start(atMs, PERIOD_MS),
            },
            {
                code: 0x21ac,
                name: "start_low_power_periodic_measurement",
                executionMs: 0,
                run: atMs => this.#start(atMs, LOW_POWER_PERIOD_MS),
            },
            ...this.#whileMeasuring(),
            ...this.#setting("temperature_offset", 0x241d, 0x2318, "temperatureOffsetTicks"),
            ...this.#setting("sensor_altitude", 0x2427, 0x2322, "altitudeM"),
            ...this.#setting("automatic_self_calibration_enabled", 0x2416, 0x2313, "ascEnabled"),
            ...this.#setting("automatic_self_calibration_target", 0x243a, 0x233f, "ascTargetPpm"),
            {
                code: 0x362f,
                name: "perform_forced_recalibration",
                argumentWords: 1,
                executionMs: 400,
                run: (_, [ppm = 0]) => [this.#recalibrate(ppm)],
            },
            { code: 0x3615, name: "persist_settings", executionMs: 800, run: () => this.#persist(this.#settings) },
            {
                code: 0x3682,
                name: "get_serial_number",
                executionMs: 1,
                run: () => this.#options.serial ?? EXAMPLE_SERIAL,
            },
            { code: 0x3639, name: "perform_self_test", executionMs: 10_000, run: () => [SELF_TEST_PASSED] },
            { code: 0x3632, name: "perform_factory_reset", executionMs: 1200, run: () => this.#factoryReset() },
            { code: 0x3646, name: "reinit", executionMs: POWER_UP_MS, run: () => this.reset() },
            {
                code: 0x202f,
                name: "get_sensor_variant",
                executionMs: 1,
                run: () => [VARIANT_WORD[this.#options.part ?? "scd41"]],
            },
        ]
    }

    /** The commands also accepted while a periodic measurement runs (command overview, last column). */
    #whileMeasuring(): Scd4xCommand[] {
        const rows: Scd4xCommand[] = [
            {
                code: 0xec05,
                name: "read_measurement",
                executionMs: 1,
                run: () => this.#sample,
                afterRead: () => {
                    this.#sample = undefined
                },
            },
            { code: 0x3f86, name: "stop_periodic_measurement", executionMs: 500, run: () => this.#stop() },
            {
                code: 0xe4b8,
                name: "get_data_ready_status",
                executionMs: 1,
                run: () => [this.#sample ? DATA_READY : DATA_NOT_READY],
            },
            {
                code: 0xe000,
                name: "set_ambient_pressure",
                argumentWords: 1,
                executionMs: 1,
                run: (_, [hpa = 0]) => {
                    this.#pressureHpa = hpa
                },
            },
            { code: 0xe000, name: "get_ambient_pressure", executionMs: 1, run: () => [this.#pressureHpa] },
        ]
        return rows.map(row => ({ ...row, whileMeasuring: true }))
    }

    /** Commands of the SCD41 that the SCD40 lacks (datasheet 3.11). */
    #scd41Table(): Scd4xCommand[] {
        return [
            {
                code: 0x219d,
                name: "measure_single_shot",
                executionMs: SINGLE_SHOT_MS,
                run: atMs => this.#start(atMs, SINGLE_SHOT_MS, 1),
            },
            {
                code: 0x2196,
                name: "measure_single_shot_rht_only",
                executionMs: SINGLE_SHOT_RHT_MS,
                run: atMs => this.#start(atMs, SINGLE_SHOT_RHT_MS, 1, false),
            },
            {
                code: 0x36e0,
                name: "power_down",
                executionMs: 1,
                run: () => {
                    this.#asleep = true
                },
            },
            {
                code: WAKE_UP,
                name: "wake_up",
                executionMs: POWER_UP_MS,
                silent: true,
                run: () => {
                    this.#asleep = false
                },
            },
            ...this.#setting("automatic_self_calibration_initial_period", 0x2445, 0x2340, "ascInitialHours"),
            ...this.#setting("automatic_self_calibration_standard_period", 0x244e, 0x234b, "ascStandardHours"),
        ]
    }

    #setting(name: string, setCode: number, getCode: number, key: keyof Settings): Scd4xCommand[] {
        return [
            {
                code: setCode,
                name: `set_${name}`,
                argumentWords: 1,
                executionMs: 1,
                run: (_, [word = 0]) => {
                    this.#settings[key] = word
                },
            },
            { code: getCode, name: `get_${name}`, executionMs: 1, run: () => [this.#settings[key]] },
        ]
    }

    #start(startMs: number, periodMs: number, count = Infinity, withCo2 = true): void {
        this.#sample = undefined
        this.#run = { startMs, periodMs, count, done: 0, withCo2 }
    }

    #stop(): void {
        this.#run = undefined
        this.#sample = undefined
    }

    /** Updates the buffer, which holds only the newest complete sample. */
    #measure(atMs: number): void {
        const run = this.#run
        if (run === undefined || this.faults.stuck) return
        const complete = Math.min(Math.floor((atMs - run.startMs) / run.periodMs), run.count)
        if (complete <= run.done) return
        run.done = complete
        this.#sample = this.#sense(run.startMs + complete * run.periodMs, run.withCo2)
        if (run.done === run.count) this.#run = undefined
    }

    #sense(atMs: number, withCo2: boolean): [number, number, number] {
        const air = this.#options.air.airAt(atMs)
        const shownC = this.#shownTemperature(air.temperatureC + this.#noise(NOISE.temperatureC))
        const shownRh = relativeHumidity(shownC, absoluteHumidity(air.temperatureC, air.humidityRh))
        const co2Ppm = withCo2 ? this.#shownCo2(air.co2Ppm) : 0
        if (withCo2) this.#lastCo2Ppm = co2Ppm
        return [co2Ppm, temperatureWord(shownC), humidityWord(shownRh + this.#noise(NOISE.humidityRh))]
    }

    #shownTemperature(trueC: number): number {
        return trueC + ((SELF_HEATING_TICKS - this.#settings.temperatureOffsetTicks) * 175) / MAX_WORD
    }

    #shownCo2(truePpm: number): number {
        const ppm = truePpm + this.#frcPpm + this.#noise(NOISE.co2Ppm)
        return Math.min(Math.max(Math.round(ppm), 0), MAX_CO2_PPM)
    }

    #noise(deviation: number): number {
        return this.#options.noise?.gaussian(deviation) ?? 0
    }

    /** @returns the correction in ppm + 0x8000, or 0xffff if nothing was measured since power-up (datasheet 3.8.1) */
    #recalibrate(targetPpm: number): number {
        if (this.#lastCo2Ppm === undefined) return FRC_FAILED
        const correctionPpm = targetPpm - this.#lastCo2Ppm
        this.#frcPpm += correctionPpm
        this.#lastCo2Ppm = targetPpm
        return clampWord(FRC_ZERO + correctionPpm)
    }

    #persist(settings: Settings): void {
        this.#eeprom = { ...settings }
        this.eepromWrites++
    }

    #factoryReset(): void {
        this.#persist(factorySettings)
        this.#frcPpm = 0
        this.reset()
    }
}

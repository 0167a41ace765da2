/**
 * Sensirion SCD30 (CO2, temperature, humidity), simulated command by command.
 * Source: SCD30 interface description 1.0 (May 2020), 1.1 and 1.4.
 *
 * Not modelled: clock stretching, which the simulator's bus lacks, the heat of
 * the part itself, and the effect of automatic self-calibration on CO2. Altitude
 * and pressure are stored and can be read back, but have no effect.
 */
import { absoluteHumidity, relativeHumidity } from "../air/air.ts"
import { type SensirionCommand, SensirionSensor, type SensorOptions } from "./sensirion.ts"

export const SCD30_ADDRESS = 0x61

/** Power-up and soft reset, 1.1. */
const BOOT_MS = 2000
/** Time between a write and its read, 1.1. */
const PAUSE_MS = 3
const FIRMWARE_VERSION = 0x0342
const FACTORY_FRC_PPM = 400
/** Ranges of 1.4. An assumption of this model: a value outside is acknowledged and ignored. */
const RANGES = { intervalS: [2, 1800], frcPpm: [400, 2000], pressureHpa: [700, 1400] } as const
/** Repeatability, datasheet tables 1 to 3, as standard deviations. */
const NOISE = { co2Ppm: 10, temperatureC: 0.1, humidityRh: 0.1 }

/** Settings in non-volatile memory. */
interface Memory {
    intervalS: number
    ascEnabled: number
    frcPpm: number
    temperatureOffsetTicks: number
    altitudeM: number
    /** from the start command; undefined while no measurement runs */
    pressureHpa: number | undefined
}

export class Scd30 extends SensirionSensor<SensirionCommand> {
    /** how often a setting was written to non-volatile memory */
    memoryWrites = 0
    readonly #options: SensorOptions
    readonly #memory: Memory = {
        intervalS: 2,
        ascEnabled: 0,
        frcPpm: FACTORY_FRC_PPM,
        temperatureOffsetTicks: 0,
        altitudeM: 0,
        pressureHpa: undefined,
    }
    #startMs = -Infinity
    #done = 0
    #sample: readonly number[] | undefined
    #lastCo2Ppm: number | undefined
    #correctionPpm = 0

    constructor(options: SensorOptions) {
        super(SCD30_ADDRESS, BOOT_MS, options.air)
        this.#options = options
        this.install([
            {
                code: 0x0010,
                name: "start_continuous_measurement",
                argumentWords: 1,
                executionMs: PAUSE_MS,
                run: (atMs, [hpa = 0]) => this.#start(atMs, hpa),
            },
            {
                code: 0x0104,
                name: "stop_continuous_measurement",
                executionMs: PAUSE_MS,
                run: () => this.#keep("pressureHpa", undefined),
            },
            { code: 0x0202, name: "get_data_ready_status", executionMs: PAUSE_MS, run: () => [this.#sample ? 1 : 0] },
            {
                code: 0x0300,
                name: "read_measurement",
                executionMs: PAUSE_MS,
                run: () => this.#sample,
                afterRead: () => {
                    this.#sample = undefined
                },
            },
            { code: 0xd100, name: "read_firmware_version", executionMs: PAUSE_MS, run: () => [FIRMWARE_VERSION] },
            { code: 0xd304, name: "soft_reset", executionMs: BOOT_MS, run: atMs => this.reset(atMs) },
            ...this.#setting("measurement_interval", 0x4600, "intervalS"),
            ...this.#setting("automatic_self_calibration", 0x5306, "ascEnabled"),
            ...this.#setting("temperature_offset", 0x5403, "temperatureOffsetTicks"),
            ...this.#setting("altitude", 0x5102, "altitudeM"),
            {
                code: 0x5204,
                name: "set_forced_recalibration",
                argumentWords: 1,
                executionMs: PAUSE_MS,
                run: (_, [ppm = 0]) => this.#recalibrate(ppm),
            },
            { code: 0x5204, name: "get_forced_recalibration", executionMs: PAUSE_MS, run: () => [this.#memory.frcPpm] },
        ])
        this.powerOn(options.poweredAtMs ?? -Infinity)
    }

    /** A running measurement continues (1.4.1). */
    protected override reset(atMs: number): void {
        this.#startMs = atMs + BOOT_MS
        this.#done = 0
        this.#sample = undefined
        this.#lastCo2Ppm = undefined
    }

    protected override accepts(_command: SensirionCommand | undefined, atMs: number): boolean {
        this.#measure(atMs)
        return true
    }

    #setting(name: string, code: number, key: keyof Memory): SensirionCommand[] {
        return [
            {
                code,
                name: `set_${name}`,
                argumentWords: 1,
                executionMs: PAUSE_MS,
                run: (_, [word = 0]) => this.#set(key, word),
            },
            { code, name: `get_${name}`, executionMs: PAUSE_MS, run: () => [this.#memory[key] ?? 0] },
        ]
    }

    #set(key: keyof Memory, word: number): void {
        if (key !== "intervalS" || within(RANGES.intervalS, word)) this.#keep(key, word)
    }

    #keep(key: keyof Memory, word: number | undefined): void {
        Object.assign(this.#memory, { [key]: word })
        this.memoryWrites++
    }

    #start(atMs: number, hpa: number): void {
        if (hpa !== 0 && !within(RANGES.pressureHpa, hpa)) return
        this.#keep("pressureHpa", hpa)
        this.#startMs = atMs
        this.#done = 0
        this.#sample = undefined
    }

    /** Updates the buffer, which holds only the newest complete measurement. */
    #measure(atMs: number): void {
        if (this.#memory.pressureHpa === undefined || this.faults.stuck) return
        const periodMs = 1000 * this.#memory.intervalS
        const complete = Math.floor((atMs - this.#startMs) / periodMs)
        if (!Number.isFinite(complete) || complete <= this.#done) return
        this.#done = complete
        this.#sample = this.#sense(this.#startMs + complete * periodMs)
    }

    #sense(atMs: number): readonly number[] {
        const air = this.#options.air.airAt(atMs)
        const noise = (deviation: number) => this.#options.noise?.gaussian(deviation) ?? 0
        this.#lastCo2Ppm = air.co2Ppm + this.#correctionPpm + noise(NOISE.co2Ppm)
        const shownC = air.temperatureC - this.#memory.temperatureOffsetTicks / 100 + noise(NOISE.temperatureC)
        const shownRh = relativeHumidity(shownC, absoluteHumidity(air.temperatureC, air.humidityRh))
        const values = [this.#lastCo2Ppm, shownC, Math.min(100, shownRh + noise(NOISE.humidityRh))]
        return values.flatMap(floatWords)
    }

    /** Ignores a reference outside its range; without a measurement it changes nothing. */
    #recalibrate(ppm: number): void {
        if (!within(RANGES.frcPpm, ppm)) return
        this.#keep("frcPpm", ppm)
        if (this.#lastCo2Ppm !== undefined) this.#correctionPpm += ppm - this.#lastCo2Ppm
    }
}

function within([min, max]: readonly [number, number], value: number): boolean {
    return value >= min && value <= max
}

/** IEEE 754, 32 bits, as two words, high word first (1.5). */
function floatWords(value: number): number[] {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, value)
    return [view.getUint16(0), view.getUint16(2)]
}

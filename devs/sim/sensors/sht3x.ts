/**
 * Sensirion SHT30, SHT31 and SHT35 (temperature and humidity), simulated
 * command by command. Source: SHT3x-DIS datasheet 6, chapter 4.
 *
 * Only single shots without clock stretching; commands for periodic modes and
 * alerts are not acknowledged. The heater changes its status bit only.
 */
import {
    humidityWord,
    type SensirionCommand,
    SensirionSensor,
    type SensorOptions,
    temperatureWord,
} from "./sensirion.ts"

export const SHT3X_ADDRESS = 0x44

/** Power-up and soft reset, table 4. */
const POWER_UP_MS = 1.5
/** Second byte of the general call that resets (4.9). */
const GENERAL_RESET = 0x06
/** Measurement times at 2.4 V and above, table 4. */
const SINGLE_SHOTS = [
    { code: 0x2400, name: "single_shot_high", executionMs: 15 },
    { code: 0x240b, name: "single_shot_medium", executionMs: 6 },
    { code: 0x2416, name: "single_shot_low", executionMs: 4 },
] as const
/** Bits of the status, table 18. */
const RESET_DETECTED = 1 << 4
const HEATER_ON = 1 << 13
const CLEARED_BITS = (1 << 15) | (1 << 11) | (1 << 10) | RESET_DETECTED
/** Repeatability at high repeatability, tables 1 and 2, as standard deviations. */
const NOISE = { temperatureC: 0.04, humidityRh: 0.08 }

export interface Sht3xOptions extends SensorOptions {
    /** 0x44 with pin ADDR low, 0x45 with it high */
    address?: 0x44 | 0x45
}

export class Sht3x extends SensirionSensor<SensirionCommand> {
    /** status bits that stay set, for tests */
    statusFaultBits = 0
    readonly #options: Sht3xOptions
    #status = RESET_DETECTED

    constructor(options: Sht3xOptions) {
        super(options.address ?? SHT3X_ADDRESS, POWER_UP_MS, options.air)
        this.#options = options
        this.install([
            ...SINGLE_SHOTS.map(shot => ({ ...shot, run: (atMs: number) => this.#sense(atMs + shot.executionMs) })),
            { code: 0x30a2, name: "soft_reset", executionMs: POWER_UP_MS, run: () => this.reset() },
            { code: 0xf32d, name: "read_status", executionMs: 0, run: () => [this.#status | this.statusFaultBits] },
            {
                code: 0x3041,
                name: "clear_status",
                executionMs: 0,
                run: () => {
                    this.#status &= ~CLEARED_BITS
                },
            },
            {
                code: 0x306d,
                name: "heater_on",
                executionMs: 0,
                run: () => {
                    this.#status |= HEATER_ON
                },
            },
            {
                code: 0x3066,
                name: "heater_off",
                executionMs: 0,
                run: () => {
                    this.#status &= ~HEATER_ON
                },
            },
        ])
        this.powerOn(options.poweredAtMs ?? -Infinity)
    }

    generalCall(bytes: Uint8Array, atMs: number): boolean {
        if (!this.reachable(atMs) || bytes.length !== 1 || bytes[0] !== GENERAL_RESET) return false
        this.powerOn(atMs)
        return true
    }

    protected override reset(): void {
        this.#status = RESET_DETECTED
    }

    protected override accepts(): boolean {
        return true
    }

    #sense(atMs: number): readonly number[] | undefined {
        if (this.faults.stuck) return undefined
        const { temperatureC, humidityRh } = this.#options.air.airAt(atMs)
        const { noise } = this.#options
        return [
            temperatureWord(temperatureC + (noise?.gaussian(NOISE.temperatureC) ?? 0)),
            humidityWord(humidityRh + (noise?.gaussian(NOISE.humidityRh) ?? 0)),
        ]
    }
}

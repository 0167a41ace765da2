/** Base of the CO2 sensors: their settings, and polling for a measurement. */
import * as ds from "@devicescript/core"
import { decimalText } from "../decimal"
import { command, query } from "./sensirion"
import { Sample, SampleSink, Sensor, SensorError } from "./sensor"

export interface Co2Settings {
    /** above sea level */
    altitudeM: number
    /** overrides the altitude; 0: use the altitude */
    pressureHpa: number
    /** by which the part's own heat raises its temperature; undefined: the part's default */
    temperatureOffsetC?: number
    /** automatic self-calibration, 1 or 0: needs fresh air once a week */
    asc: number
    /** seconds from one measurement to the next: 5 or 30 */
    periodS: number
}

/** A late measurement is polled at this interval, and counts as stale two periods later. */
const POLL_MS = 250
const PERIODS_LATE = 2
/** Pause after a failed transfer. */
const RETRY_MS = 500

export abstract class Co2Sensor extends Sensor {
    /** uptime at which the next measurement should be ready, ms; `dueMs` is later while it is late */
    private expectedMs = 0

    constructor(
        name: string,
        sink: SampleSink,
        protected readonly settings: Co2Settings,
    ) {
        super(name, sink)
    }

    protected abstract isReady(): Promise<boolean>

    protected abstract read(): Promise<Sample>

    /** Reads a measurement if one is ready. */
    protected async measure(): Promise<Sample> {
        const nowMs = ds.millis()
        const late = this.dueMs !== this.expectedMs
        this.dueMs = nowMs + RETRY_MS
        if (await this.isReady()) {
            const sample = await this.read()
            this.expectAfter(late ? nowMs : this.expectedMs)
            return sample
        }
        if (nowMs >= this.expectedMs + PERIODS_LATE * 1000 * this.settings.periodS) throw new SensorError("stale")
        this.dueMs = nowMs + POLL_MS
        return undefined
    }

    /**
     * Sets the temperature offset, and logs it: other firmware may have left another one.
     *
     * @param defaultC the maker's default
     * @returns true if it was written
     */
    protected async adjustTemperatureOffset(
        address: number,
        getCode: number,
        setCode: number,
        durationMs: number,
        ticksPerC: number,
        defaultC: number,
    ): Promise<boolean> {
        const ticks = Math.round((this.settings.temperatureOffsetC ?? defaultC) * ticksPerC)
        const before = await adjust(address, getCode, setCode, durationMs, ticks)
        if (before === undefined) return false
        this.log(`temperatureOffsetC=${celsius(ticks / ticksPerC)} before=${celsius(before / ticksPerC)}`)
        return true
    }

    /** The next measurement comes one period after `fromMs`. */
    protected expectAfter(fromMs: number) {
        this.expectedMs = fromMs + 1000 * this.settings.periodS
        this.dueMs = this.expectedMs
    }
}

function celsius(value: number): string {
    return decimalText(Math.round(value * 100), 2)
}

/** Reads a setting of a sensor and writes it if it differs. @returns its value before; undefined if it was not written */
export async function adjust(
    address: number,
    getCode: number,
    setCode: number,
    durationMs: number,
    value: number,
): Promise<number> {
    const words = await query(address, getCode, durationMs, 1)
    if (words[0] === value) return undefined
    await command(address, setCode, durationMs, [value])
    return words[0]
}

/**
 * Sensirion SCD30: CO2, temperature, humidity. Commands: SCD30 interface
 * description 1.0 (May 2020), 1.4.
 *
 * The sensor may stretch the clock in any frame by up to 30 ms, once a day by up
 * to 150 ms (1.1). That is longer than the ESP32's driver waits: the transfer
 * then fails like a NACK and is repeated. So transfers are few, with pauses.
 */
import * as ds from "@devicescript/core"
import { adjust, Co2Sensor, Co2Settings } from "./co2"
import { command, floatOf, query } from "./sensirion"
import { Recalibration, Sample, SampleSink } from "./sensor"

const ADDRESS = 0x61

const READ_FIRMWARE_VERSION = 0xd100
const SOFT_RESET = 0xd304
const BOOT_MS = 2000
/**
 * Get and set share a code. The sensor stores settings in non-volatile memory, so they are written
 * only if they differ.
 */
const MEASUREMENT_INTERVAL = 0x4600
const AUTOMATIC_SELF_CALIBRATION = 0x5306
const FORCED_RECALIBRATION = 0x5204
const ALTITUDE = 0x5102
/** Subtracted from the temperature; a word of 0.01 °C, 0 by default (1.4.7). */
const TEMPERATURE_OFFSET = 0x5403
const OFFSET_TICKS_PER_C = 100
const DEFAULT_OFFSET_C = 0
/** Argument: ambient pressure in hPa, 0 for no compensation. */
const START_CONTINUOUS_MEASUREMENT = 0x0010
const GET_DATA_READY = 0x0202
const READ_MEASUREMENT = 0x0300
/** At least 3 ms between write and read (1.1); 30 ms, because the sensor may stretch the clock as long. */
const PAUSE_MS = 30

export class Scd30 extends Co2Sensor {
    constructor(sink: SampleSink, settings: Co2Settings) {
        super("scd30", sink, settings)
    }

    /** CO2 to 30 ppm + 3 %, temperature to 0.4 °C. */
    protected rank(): number {
        return 1
    }

    protected async find(): Promise<string> {
        await query(ADDRESS, READ_FIRMWARE_VERSION, PAUSE_MS, 1)
        return undefined
    }

    protected async start(): Promise<void> {
        await command(ADDRESS, SOFT_RESET, BOOT_MS)
        const { periodS, altitudeM, asc, pressureHpa } = this.settings
        await set(MEASUREMENT_INTERVAL, periodS)
        await set(AUTOMATIC_SELF_CALIBRATION, asc)
        await set(ALTITUDE, altitudeM)
        await this.adjustTemperatureOffset(
            ADDRESS,
            TEMPERATURE_OFFSET,
            TEMPERATURE_OFFSET,
            PAUSE_MS,
            OFFSET_TICKS_PER_C,
            DEFAULT_OFFSET_C,
        )
        this.expectAfter(ds.millis())
        await command(ADDRESS, START_CONTINUOUS_MEASUREMENT, PAUSE_MS, [pressureHpa])
    }

    protected async isReady(): Promise<boolean> {
        return (await query(ADDRESS, GET_DATA_READY, PAUSE_MS, 1))[0] === 1
    }

    /** Three floats of two words each. */
    protected async read(): Promise<Sample> {
        const words = await query(ADDRESS, READ_MEASUREMENT, PAUSE_MS, 6)
        return {
            co2Ppm: floatOf(words[0], words[1]),
            temperatureC: floatOf(words[2], words[3]),
            humidityRh: floatOf(words[4], words[5]),
        }
    }

    /** The sensor continues to measure. It returns the target that it accepted, not the correction. */
    protected override async forceRecalibration(targetPpm: number): Promise<Recalibration> {
        await command(ADDRESS, FORCED_RECALIBRATION, PAUSE_MS, [targetPpm])
        const words = await query(ADDRESS, FORCED_RECALIBRATION, PAUSE_MS, 1)
        return words[0] === targetPpm ? "done" : "refused"
    }
}

async function set(code: number, value: number): Promise<void> {
    await adjust(ADDRESS, code, code, PAUSE_MS, value)
}

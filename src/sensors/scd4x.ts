/**
 * Sensirion SCD40 and SCD41: CO2, temperature, humidity. Commands, durations and formulas: SCD4x
 * datasheet 1.7, table 9.
 */
import * as ds from "@devicescript/core"
import { adjust, Co2Sensor, Co2Settings } from "./co2"
import { command, hexText, humidityOf, query, temperatureOf } from "./sensirion"
import { Recalibration, Sample, SampleSink } from "./sensor"

const ADDRESS = 0x62

const STOP_PERIODIC_MEASUREMENT = 0x3f86
const STOP_MS = 500
const GET_SERIAL_NUMBER = 0x3682
const REINIT = 0x3646
const REINIT_MS = 30
const GET_ALTITUDE = 0x2322
const SET_ALTITUDE = 0x2427
/** Subtracted from the temperature; a word of 175 / 65535 °C, 4 °C by default (3.7.1). */
const GET_TEMPERATURE_OFFSET = 0x2318
const SET_TEMPERATURE_OFFSET = 0x241d
const OFFSET_TICKS_PER_C = 65535 / 175
const DEFAULT_OFFSET_C = 4
const GET_ASC_ENABLED = 0x2313
const SET_ASC_ENABLED = 0x2416
/** Used only after a change: the EEPROM endures 2000 writes (3.10.1). */
const PERSIST_SETTINGS = 0x3615
const PERSIST_MS = 800
const SET_AMBIENT_PRESSURE = 0xe000
const PERFORM_SELF_TEST = 0x3639
const SELF_TEST_MS = 10000
const SELF_TEST_PASSED = 0
const FORCED_RECALIBRATION = 0x362f
const RECALIBRATION_MS = 400
const RECALIBRATION_FAILED = 0xffff
const RECALIBRATION_ZERO = 0x8000
const START_PERIODIC_MEASUREMENT = 0x21b1
const START_LOW_POWER_MEASUREMENT = 0x21ac
const GET_DATA_READY_STATUS = 0xe4b8
const READ_MEASUREMENT = 0xec05
/** Start commands take effect at once; settings and reads take 1 ms. */
const START_MS = 0
const WORD_MS = 1

const PERIOD_S = 5

/** A measurement is ready if any of these bits is set (3.9.2). */
const READY_BITS = 0x07ff

export class Scd4x extends Co2Sensor {
    constructor(sink: SampleSink, settings: Co2Settings) {
        super("scd4x", sink, settings)
    }

    /** CO2 to 50 ppm + 2.5 % or worse; warms itself, so temperature to 0.8 °C. */
    protected rank(): number {
        return 2
    }

    protected async find(): Promise<string> {
        await command(ADDRESS, STOP_PERIODIC_MEASUREMENT, STOP_MS)
        return hexText(await query(ADDRESS, GET_SERIAL_NUMBER, WORD_MS, 3))
    }

    /** Takes as long as two measurements, so only a sensor that has failed is tested. */
    protected override async selfTest(failed: boolean): Promise<boolean> {
        if (!failed) return undefined
        const words = await query(ADDRESS, PERFORM_SELF_TEST, SELF_TEST_MS, 1)
        return words[0] === SELF_TEST_PASSED
    }

    protected async start(): Promise<void> {
        await command(ADDRESS, REINIT, REINIT_MS)
        const { altitudeM, asc, pressureHpa } = this.settings
        const altitudeBefore = await adjust(ADDRESS, GET_ALTITUDE, SET_ALTITUDE, WORD_MS, altitudeM)
        const ascBefore = await adjust(ADDRESS, GET_ASC_ENABLED, SET_ASC_ENABLED, WORD_MS, asc)
        const offsetChanged = await this.adjustTemperatureOffset(
            ADDRESS,
            GET_TEMPERATURE_OFFSET,
            SET_TEMPERATURE_OFFSET,
            WORD_MS,
            OFFSET_TICKS_PER_C,
            DEFAULT_OFFSET_C,
        )
        if (altitudeBefore !== undefined || ascBefore !== undefined || offsetChanged)
            await command(ADDRESS, PERSIST_SETTINGS, PERSIST_MS)
        if (pressureHpa > 0) await command(ADDRESS, SET_AMBIENT_PRESSURE, WORD_MS, [pressureHpa])
        await this.run()
    }

    private async run(): Promise<void> {
        this.expectAfter(ds.millis())
        const lowPower = this.settings.periodS > PERIOD_S
        await command(ADDRESS, lowPower ? START_LOW_POWER_MEASUREMENT : START_PERIODIC_MEASUREMENT, START_MS)
    }

    protected async isReady(): Promise<boolean> {
        const words = await query(ADDRESS, GET_DATA_READY_STATUS, WORD_MS, 1)
        return (words[0] & READY_BITS) !== 0
    }

    protected async read(): Promise<Sample> {
        const words = await query(ADDRESS, READ_MEASUREMENT, WORD_MS, 3)
        return { co2Ppm: words[0], temperatureC: temperatureOf(words[1]), humidityRh: humidityOf(words[2]) }
    }

    /** Only an idle sensor can be recalibrated (3.8.1); it is restarted in any case. */
    protected override async forceRecalibration(targetPpm: number): Promise<Recalibration> {
        await command(ADDRESS, STOP_PERIODIC_MEASUREMENT, STOP_MS)
        try {
            const words = await query(ADDRESS, FORCED_RECALIBRATION, RECALIBRATION_MS, 1, [targetPpm])
            return words[0] === RECALIBRATION_FAILED ? "refused" : words[0] - RECALIBRATION_ZERO
        } finally {
            await this.run()
        }
    }
}

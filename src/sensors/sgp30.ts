/**
 * Sensirion SGP30: TVOC and eCO2. Commands and durations: SGP30 datasheet 1.0, table 10.
 *
 * The soft reset is not used, because it is a general call that resets other
 * sensors too (6.4); iaq_init restarts the measurement as well.
 */
import * as ds from "@devicescript/core"
import { isBaselineDue, restoreBaseline, saveBaseline, storedBaselineBecameValid, WallClock } from "./baseline"
import { noteHumiditySent, pendingHumidityRaw } from "./humidity"
import { command, hexText, query } from "./sensirion"
import { Sample, SampleSink, Sensor, SensorError } from "./sensor"

const ADDRESS = 0x58

const GET_SERIAL_ID = 0x3682
const GET_SERIAL_ID_MS = 1
const GET_FEATURE_SET = 0x202f
const IAQ_INIT = 0x2003
const MEASURE_TEST = 0x2032
const MEASURE_TEST_MS = 220
const TEST_PASSED = 0xd400
const GET_IAQ_BASELINE = 0x2015
const SET_IAQ_BASELINE = 0x201e
const SET_ABSOLUTE_HUMIDITY = 0x2061
/** Duration of get_feature_set, iaq_init, and the baseline and humidity commands. */
const COMMAND_MS = 10
const MEASURE_IAQ = 0x2008
const MEASURE_IAQ_MS = 12

/** The sensor's baseline correction needs one measurement per second (6.3). */
const PERIOD_MS = 1000
/** For 15 s after iaq_init the sensor returns fixed values (6.3). */
const WARM_UP_PERIODS = 15
const FIXED_ECO2_PPM = 400
const FIXED_TVOC_PPB = 0
/** While it returns the fixed values, its baseline is read at this interval: a sensor that lost power has none. */
const BASELINE_CHECK_PERIODS = 60
/** Bits 15 to 12 of the feature set are the product type, 0 for the SGP30 (6.4). */
const PRODUCT_SHIFT = 12

export class Sgp30 extends Sensor {
    private serial: string
    /** seconds from iaq_init to the next measurement */
    private period = 0
    /** true after a failure until the next good measurement: the sensor may have lost power */
    private interrupted = false

    constructor(
        sink: SampleSink,
        private readonly clock: WallClock,
    ) {
        super("sgp30", sink)
    }

    /** No other sensor measures its quantities. */
    protected rank(): number {
        return 2
    }

    protected async find(): Promise<string> {
        const serial = await query(ADDRESS, GET_SERIAL_ID, GET_SERIAL_ID_MS, 3)
        const feature = await query(ADDRESS, GET_FEATURE_SET, COMMAND_MS, 1)
        if (feature[0] >> PRODUCT_SHIFT !== 0) throw new SensorError("range")
        this.serial = hexText(serial)
        return this.serial
    }

    /** measure_test must not be sent after iaq_init (6.3). */
    protected override async selfTest(): Promise<boolean> {
        return (await query(ADDRESS, MEASURE_TEST, MEASURE_TEST_MS, 1))[0] === TEST_PASSED
    }

    protected async start(): Promise<void> {
        const baseline = await restoreBaseline(this.serial, this.clock)
        this.interrupted = false
        noteHumiditySent(0)
        this.period = 1
        this.dueMs = ds.millis() + PERIOD_MS
        await command(ADDRESS, IAQ_INIT, COMMAND_MS)
        if (baseline) await command(ADDRESS, SET_IAQ_BASELINE, COMMAND_MS, baseline)
    }

    protected async measure(): Promise<Sample | "warming"> {
        const { period, interrupted } = this
        this.interrupted = true
        this.expectNext()
        const words = await query(ADDRESS, MEASURE_IAQ, MEASURE_IAQ_MS, 2)
        this.interrupted = false
        const isFixed = words[0] === FIXED_ECO2_PPM && words[1] === FIXED_TVOC_PPB
        const lostBaseline =
            isFixed && (interrupted || (period % BASELINE_CHECK_PERIODS === 0 && (await hasLostBaseline())))
        if (lostBaseline || storedBaselineBecameValid(this.clock)) {
            await this.start()
            return "warming"
        }
        if (period <= WARM_UP_PERIODS) return "warming"
        await this.maintain()
        return { eco2Ppm: words[0], tvocPpb: words[1] }
    }

    /** Schedules the next whole second since iaq_init; skips seconds that have passed. */
    private expectNext() {
        const periods = Math.max(1, Math.ceil((ds.millis() - this.dueMs) / PERIOD_MS))
        this.period += periods
        this.dueMs += periods * PERIOD_MS
    }

    /** Sends the humidity if it changed, and saves the baseline when that is due. */
    private async maintain(): Promise<void> {
        const raw = pendingHumidityRaw()
        if (raw !== undefined) {
            await command(ADDRESS, SET_ABSOLUTE_HUMIDITY, COMMAND_MS, [raw])
            noteHumiditySent(raw)
        }
        if (isBaselineDue()) await saveBaseline(this.serial, await readBaseline(), this.clock)
    }
}

async function hasLostBaseline(): Promise<boolean> {
    return (await readBaseline())[0] === 0
}

/** CO2, then TVOC; set_iaq_baseline takes the opposite order (6.3). */
async function readBaseline(): Promise<number[]> {
    return await query(ADDRESS, GET_IAQ_BASELINE, COMMAND_MS, 2)
}

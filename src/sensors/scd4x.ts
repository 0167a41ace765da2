/** Sensirion SCD40 and SCD41: CO2, temperature, humidity. Commands, times and formulas: SCD4x datasheet 1.7, table 9. */
import * as ds from "@devicescript/core"
import { sleepUntil } from "../fiber"
import { command, hexText, query } from "./sensirion"
import { Sample, Sensor, SensorError } from "./sensor"

const ADDRESS = 0x62

const STOP_PERIODIC_MEASUREMENT = 0x3f86
const STOP_MS = 500
const GET_SERIAL_NUMBER = 0x3682
const REINIT = 0x3646
const REINIT_MS = 30
const START_PERIODIC_MEASUREMENT = 0x21b1
const GET_DATA_READY_STATUS = 0xe4b8
const READ_MEASUREMENT = 0xec05
/** start takes effect at once; all that is read is there after 1 ms */
const START_MS = 0
const READ_MS = 1

const PERIOD_MS = 5000
/** A measurement that is late is asked for at this pace, and given up three periods after the last. */
const POLL_MS = 250
const LATE_MS = 2 * PERIOD_MS
/** Pause before the next try after a failure. */
const AGAIN_MS = 500

/** New data stands ready when any of these bits is set (3.9.2). */
const READY_BITS = 0x07ff
const FULL_SCALE = 65535

export class Scd4x implements Sensor {
    name = "scd4x"
    /** uptime at which the next measurement should be there */
    private dueMs = 0

    async find(): Promise<string> {
        await command(ADDRESS, STOP_PERIODIC_MEASUREMENT, STOP_MS)
        return hexText(await query(ADDRESS, GET_SERIAL_NUMBER, READ_MS, 3))
    }

    async start(): Promise<void> {
        await command(ADDRESS, REINIT, REINIT_MS)
        this.dueMs = ds.millis() + PERIOD_MS
        await command(ADDRESS, START_PERIODIC_MEASUREMENT, START_MS)
    }

    async measure(): Promise<Sample> {
        await sleepUntil(this.dueMs)
        const dueMs = this.dueMs
        this.dueMs = ds.millis() + AGAIN_MS
        const late = await this.untilReady()
        this.dueMs = PERIOD_MS + (late ? ds.millis() : dueMs)
        return toSample(await query(ADDRESS, READ_MEASUREMENT, READ_MS, 3))
    }

    /** True when the measurement was not there at the first look. */
    private async untilReady(): Promise<boolean> {
        for (let lateMs = 0; lateMs < LATE_MS; lateMs += POLL_MS) {
            const words = await query(ADDRESS, GET_DATA_READY_STATUS, READ_MS, 1)
            if (words[0] & READY_BITS) return lateMs > 0
            await ds.sleep(POLL_MS)
        }
        throw new SensorError("stale")
    }
}

/** A CO2 of 0 is no measurement (Sensirion's example programs skip it). */
function toSample(words: number[]): Sample {
    if (words[0] === 0) throw new SensorError("range")
    return {
        co2Ppm: words[0],
        temperatureC: -45 + (175 * words[1]) / FULL_SCALE,
        humidityRh: (100 * words[2]) / FULL_SCALE,
    }
}

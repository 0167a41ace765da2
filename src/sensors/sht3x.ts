/**
 * Sensirion SHT30, SHT31 and SHT35: temperature and humidity. Commands and durations: SHT3x-DIS
 * datasheet 6, chapter 4.
 */
import * as ds from "@devicescript/core"
import { command, humidityOf, query, temperatureOf } from "./sensirion"
import { Sample, SampleSink, Sensor, SensorError } from "./sensor"

/** Addresses with pin ADDR low and high. */
const ADDRESS = 0x44
const OTHER_ADDRESS = 0x45

const SOFT_RESET = 0x30a2
const RESET_MS = 2
const READ_STATUS = 0xf32d
const STATUS_MS = 1
/** Set if the last command or its checksum was invalid (table 18). */
const STATUS_FAULT_BITS = 0x0003
/** High repeatability without clock stretching; takes 15.5 ms below 2.4 V. */
const MEASURE = 0x2400
const MEASURE_MS = 16
/** One measurement per shortest interval, rare enough that the sensor does not warm itself. */
const PERIOD_MS = 5000

export class Sht3x extends Sensor {
    private address = ADDRESS

    constructor(sink: SampleSink) {
        super("sht3x", sink)
    }

    /** Temperature to 0.2 to 0.3 °C. */
    protected rank(): number {
        return 0
    }

    protected async find(): Promise<string> {
        try {
            this.address = ADDRESS
            await status(this.address)
        } catch (error) {
            const { kind, isHeld } = error as SensorError
            if (kind !== "nack" || isHeld) throw error
            this.address = OTHER_ADDRESS
            await status(this.address)
        }
        return undefined
    }

    protected override async selfTest(): Promise<boolean> {
        return ((await status(this.address)) & STATUS_FAULT_BITS) === 0
    }

    protected async start(): Promise<void> {
        await command(this.address, SOFT_RESET, RESET_MS)
        this.dueMs = ds.millis()
    }

    protected async measure(): Promise<Sample> {
        this.dueMs = Math.max(this.dueMs, ds.millis() - PERIOD_MS) + PERIOD_MS
        const words = await query(this.address, MEASURE, MEASURE_MS, 2)
        return { temperatureC: temperatureOf(words[0]), humidityRh: humidityOf(words[1]) }
    }
}

async function status(address: number): Promise<number> {
    return (await query(address, READ_STATUS, STATUS_MS, 1))[0]
}

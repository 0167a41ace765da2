/** Sensirion SGP30: TVOC and eCO2. Commands and times: SGP30 datasheet 1.0, table 10. */
import * as ds from "@devicescript/core"
import { sleepUntil } from "../fiber"
import { command, hexText, query } from "./sensirion"
import { Sample, Sensor, SensorError } from "./sensor"

const ADDRESS = 0x58

const GET_SERIAL_ID = 0x3682
const GET_SERIAL_ID_MS = 1
const GET_FEATURE_SET = 0x202f
const IAQ_INIT = 0x2003
/** get_feature_set and iaq_init */
const INIT_MS = 10
const MEASURE_IAQ = 0x2008
const MEASURE_IAQ_MS = 12

/** The part's own baseline correction wants a measurement in each second (6.3). */
const PERIOD_MS = 1000
/** For 15 s after iaq_init the answer is fixed (6.3). */
const WARM_UP_PERIODS = 15
const FIXED_ECO2_PPM = 400
const FIXED_TVOC_PPB = 0
/** Feature set: bits 15 to 12 are the product, 0 for the SGP30 (6.4). */
const PRODUCT_SHIFT = 12

export class Sgp30 implements Sensor {
    name = "sgp30"
    /** uptime of iaq_init; measurement n is due n seconds later */
    private startedMs = 0
    private period = 0
    /** true from a failure to the next good measurement: the part may have lost power */
    private interrupted = false

    async find(): Promise<string> {
        const serial = await query(ADDRESS, GET_SERIAL_ID, GET_SERIAL_ID_MS, 3)
        const feature = await query(ADDRESS, GET_FEATURE_SET, INIT_MS, 1)
        if (feature[0] >> PRODUCT_SHIFT !== 0) throw new SensorError("range")
        return hexText(serial)
    }

    async start(): Promise<void> {
        this.interrupted = false
        this.period = 0
        this.startedMs = ds.millis()
        await command(ADDRESS, IAQ_INIT, INIT_MS)
    }

    async measure(): Promise<Sample> {
        await this.nextPeriod()
        const interrupted = this.interrupted
        this.interrupted = true
        const words = await query(ADDRESS, MEASURE_IAQ, MEASURE_IAQ_MS, 2)
        this.interrupted = false
        const isFixed = words[0] === FIXED_ECO2_PPM && words[1] === FIXED_TVOC_PPB
        if (interrupted && isFixed) await this.start()
        if (this.period <= WARM_UP_PERIODS) return null
        return { eco2Ppm: words[0], tvocPpb: words[1] }
    }

    /** Waits for the next whole second since the start; those that passed meanwhile are left out. */
    private async nextPeriod(): Promise<void> {
        const elapsedMs = ds.millis() - this.startedMs
        this.period = Math.max(this.period + 1, Math.ceil(elapsedMs / PERIOD_MS))
        await sleepUntil(this.startedMs + this.period * PERIOD_MS)
    }
}

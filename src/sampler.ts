/** Averages the samples of each interval into one reading. */
import * as ds from "@devicescript/core"
import { Task } from "./fiber"
import { Sample, SampleSink } from "./sensors/sensor"
import { QUANTITY_COUNT, quantityDecimals, quantityMax, quantityMin } from "./wire"

/**
 * Called at the end of each interval.
 *
 * @param endS end of the interval, whole seconds of uptime
 * @param values mean of each quantity, scaled by 10^decimals, by the number of
 * the quantity, undefined where not measured; undefined if nothing was measured
 */
export type OnInterval = (endS: number, values: number[]) => void

/**
 * Slot of a quantity: sum f64, number of values u32, rank of their sensor u32.
 * One buffer, because arrays would take three times the heap.
 */
const COUNT_AT = 8
const RANK_AT = 12
const SLOT_BYTES = 16

/** Numbers of these quantities. */
const TEMPERATURE = 3
const HUMIDITY = 4

export class Sampler implements Task, SampleSink {
    dueMs: number
    private readonly slots = Buffer.alloc(SLOT_BYTES * QUANTITY_COUNT)

    constructor(
        private readonly intervalS: number,
        private readonly onInterval: OnInterval,
    ) {
        this.expectEnd()
    }

    /**
     * Adds each value that is within the range of its quantity.
     *
     * If several sensors measure a quantity within one interval, only the
     * values of the one with the lowest rank count.
     *
     * Humidity counts only beside a valid temperature, because it is computed from it:
     * 100 %RH at 20 °C is fog, at 130 °C a broken sensor.
     *
     * @param rank of the sensor; lower is better
     * @returns false if a value was out of range
     */
    add(sample: Sample, rank: number): boolean {
        // by the number of the quantity: names as text take two thirds of the time of a measurement
        const values = [sample.co2Ppm, sample.eco2Ppm, sample.tvocPpb, sample.temperatureC, sample.humidityRh]
        let valid = true
        for (let i = 0; i < QUANTITY_COUNT; i++) {
            const value = values[i]
            if (value === undefined) continue
            if (!isInRange(i, value)) valid = false
            else if (i !== HUMIDITY || isInRange(TEMPERATURE, sample.temperatureC)) this.take(i, value, rank)
        }
        return valid
    }

    private take(quantity: number, value: number, rank: number) {
        const at = quantity * SLOT_BYTES
        const slots = this.slots
        const known = slots.getAt(at + COUNT_AT, "u32") > 0
        if (known && rank > slots.getAt(at + RANK_AT, "u32")) return
        if (known && rank < slots.getAt(at + RANK_AT, "u32")) slots.fillAt(at, SLOT_BYTES, 0)
        slots.setAt(at, "f64", slots.getAt(at, "f64") + value)
        slots.setAt(at + COUNT_AT, "u32", slots.getAt(at + COUNT_AT, "u32") + 1)
        slots.setAt(at + RANK_AT, "u32", rank)
    }

    /** Ends an interval. Intervals end at whole multiples of their length in uptime. */
    async step(): Promise<void> {
        const endS = this.dueMs / 1000
        const means = this.means()
        this.slots.fillAt(0, this.slots.length, 0)
        this.expectEnd()
        this.onInterval(endS, means)
    }

    private expectEnd() {
        const lengthMs = this.intervalS * 1000
        this.dueMs = (Math.floor(ds.millis() / lengthMs) + 1) * lengthMs
    }

    private means(): number[] {
        const means: number[] = []
        for (let i = 0; i < QUANTITY_COUNT; i++) means.push(this.mean(i))
        return means.some(mean => mean !== undefined) ? means : undefined
    }

    private mean(quantity: number): number {
        const at = quantity * SLOT_BYTES
        const count = this.slots.getAt(at + COUNT_AT, "u32")
        if (count === 0) return undefined
        return Math.round((this.slots.getAt(at, "f64") * Math.pow(10, quantityDecimals(quantity))) / count)
    }
}

function isInRange(quantity: number, value: number): boolean {
    return value >= quantityMin(quantity) && value <= quantityMax(quantity)
}

/** Makes one reading of each interval's samples. */
import * as ds from "@devicescript/core"
import { sleepUntil } from "./fiber"
import { quantities } from "./reading"
import { Sample } from "./sensors/sensor"

/**
 * Gets the end of each interval, in whole seconds of uptime, and the mean of
 * each quantity: scaled by 10^decimals, in the order of `quantities`, undefined
 * where nothing was measured; `values` is undefined when nothing was at all.
 */
export type OnInterval = (endS: number, values: number[]) => void

export class Sampler {
    private readonly sums: number[] = []
    private readonly counts: number[] = []

    constructor(private readonly intervalS: number) {
        this.clear()
    }

    /** Takes each value that its quantity can have; false when one was out of range. */
    add(sample: Sample): boolean {
        const values = sample as { [name: string]: number }
        let valid = true
        for (let i = 0; i < quantities.length; i++) {
            const value = values[quantities[i].name]
            if (value === undefined) continue
            if (value >= quantities[i].min && value <= quantities[i].max) this.take(i, value)
            else valid = false
        }
        return valid
    }

    private take(quantity: number, value: number) {
        this.sums[quantity] += value
        this.counts[quantity]++
    }

    /** Closes an interval at each multiple of its length in uptime, for ever. */
    async run(onInterval: OnInterval): Promise<void> {
        const lengthMs = this.intervalS * 1000
        while (true) {
            const endMs = (Math.floor(ds.millis() / lengthMs) + 1) * lengthMs
            await sleepUntil(endMs)
            onInterval(endMs / 1000, this.means())
            this.clear()
        }
    }

    private means(): number[] {
        const means: number[] = []
        for (let i = 0; i < quantities.length; i++) means.push(this.mean(i))
        return means.some(mean => mean !== undefined) ? means : undefined
    }

    private mean(quantity: number): number {
        const count = this.counts[quantity]
        if (count === 0) return undefined
        return Math.round((this.sums[quantity] * Math.pow(10, quantities[quantity].decimals)) / count)
    }

    private clear() {
        for (let i = 0; i < quantities.length; i++) {
            this.sums[i] = 0
            this.counts[i] = 0
        }
    }
}

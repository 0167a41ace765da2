/**
 * CO2 of the last hour by minutes, and of the last day by quarters of an hour, filled from the samples as they come. Lost
 * with the power.
 */
import * as ds from "@devicescript/core"

export const MINUTES = 60
export const QUARTERS = 96
export const QUARTER_MIN = 15
const MS_PER_MINUTE = 60 * 1000
/** Numbers of the series. */
export const MINUTE_MEANS = 0
export const QUARTER_MEANS = 1
export const QUARTER_MAXIMA = 2

/** Mean of each minute, mean of each quarter, maximum of each quarter: u16, ppm, by minute or quarter of uptime; 0: none. */
const series = [Buffer.alloc(2 * MINUTES), Buffer.alloc(2 * QUARTERS), Buffer.alloc(2 * QUARTERS)]
/** Newest minute or quarter that has a value, and sum and number of its samples. */
const newest = [-1, -1, -1]
const sums = [0, 0, 0]
const counts = [0, 0, 0]

/** Empties the history. */
export function forgetCo2() {
    for (let i = 0; i < series.length; i++) newest[i] = -1
}

export function recordCo2(ppm: number) {
    for (let i = 0; i < series.length; i++) {
        const now = periodNow(i)
        const length = series[i].length / 2
        for (let at = Math.max(newest[i] + 1, now - length + 1); at <= now; at++) {
            series[i].setAt(2 * (at % length), "u16", 0)
            sums[i] = counts[i] = 0
        }
        newest[i] = now
        sums[i] += ppm
        counts[i]++
        const at = 2 * (now % length)
        const value = i === QUARTER_MAXIMA ? Math.max(ppm, series[i].getAt(at, "u16")) : Math.round(sums[i] / counts[i])
        series[i].setAt(at, "u16", value)
    }
}

/** Minute or quarter of uptime. */
export function periodNow(index: number): number {
    const minutes = ds.millis() / MS_PER_MINUTE
    return Math.floor(index === MINUTE_MEANS ? minutes : minutes / QUARTER_MIN)
}

/** Value of a series so many minutes or quarters ago, ppm; 0 if there was none. */
export function co2At(index: number, ago: number): number {
    const at = periodNow(index) - ago
    const length = series[index].length / 2
    return at < 0 || at > newest[index] || at <= newest[index] - length
        ? 0
        : series[index].getAt(2 * (at % length), "u16")
}

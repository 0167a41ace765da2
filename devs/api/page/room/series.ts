/** Rows of readings as columns of a chart. Does not touch the DOM. */

/** A reading, or the mean over a step, that ended at `time`. */
export interface Row {
    time: number
    co2Ppm: number | null
    eco2Ppm: number | null
    temperatureC: number | null
    humidityRh: number | null
}

export type Quantity = "co2Ppm" | "eco2Ppm" | "temperatureC" | "humidityRh"

/** Rows further apart than this many steps are not joined by a line. */
const GAP_STEPS = 3

/** Steps that the ranges are read in: so many seconds for ranges of up to so many. */
const STEPS = [
    { upToS: 26 * 3600, stepS: 300 },
    { upToS: 8 * 86_400, stepS: 1800 },
    { upToS: 32 * 86_400, stepS: 7200 },
    { upToS: Infinity, stepS: 86_400 },
]

export function stepFor(rangeS: number): number {
    return STEPS.find(({ upToS }) => rangeS <= upToS)?.stepS ?? 86_400
}

/** Where two rows are too far apart to be joined, Unix s. */
export function gapsIn(rows: Pick<Row, "time">[], stepS: number): { from: number; to: number }[] {
    return rows.slice(1).flatMap(({ time }, at) => {
        const from = rows[at]?.time ?? time
        return time - from > GAP_STEPS * stepS ? [{ from, to: time }] : []
    })
}

/**
 * Times, and values with a null in each gap.
 *
 * @param known gaps in the readings, also shorter ones, Unix s
 */
export function columnsOf(
    rows: Row[],
    quantity: Quantity,
    stepS: number,
    known: { from: number; to: number }[] = [],
): [number[], (number | null)[]] {
    const times: number[] = []
    const values: (number | null)[] = []
    const isGap = (start: number, end: number) =>
        end - start > GAP_STEPS * stepS ||
        (end - start > stepS && known.some(({ from, to }) => from < end && to > start))
    let before: number | undefined
    for (const row of rows) {
        if (before !== undefined && isGap(before, row.time)) {
            times.push(before + 1)
            values.push(null)
        }
        times.push(row.time)
        values.push(row[quantity])
        before = row.time
    }
    return [times, values]
}

/** CO2 where it is measured, and its estimate where it is not. */
export function co2Of(rows: Row[]): "co2Ppm" | "eco2Ppm" {
    const isMeasured = rows.some(({ co2Ppm }) => co2Ppm !== null)
    return isMeasured || rows.every(({ eco2Ppm }) => eco2Ppm === null) ? "co2Ppm" : "eco2Ppm"
}

/** undefined without any value */
export function extremesOf(values: (number | null)[]): { lowest: number; highest: number; last: number } | undefined {
    const known = values.filter(value => value !== null)
    const last = known.at(-1)
    return last === undefined ? undefined : { lowest: Math.min(...known), highest: Math.max(...known), last }
}

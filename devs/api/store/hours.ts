/** Sums over hours, written with the readings, so that means and minima over weeks read few rows. */
import { type QuantityValues, quantityNames, type TimeRange } from "./records.ts"

export const HOUR_S = 3600

/** Columns of the sums of a quantity; the mean is sum / count. */
export const countColumn = (name: string) => `${name}Count`
export const sumColumn = (name: string) => `${name}Sum`

/** One row of the table `hours`, without its device: the readings that ended in the hour up to `time`. */
export type HourSums = { time: number; count: number; co2PpmMin: number | null } & Record<string, number | null>

/** Sums of new readings, one per hour. */
export function hourSums(readings: { time: number; values: QuantityValues }[]): HourSums[] {
    const hours = new Map<number, HourSums>()
    for (const { time, values } of readings) {
        const end = Math.ceil(time / HOUR_S) * HOUR_S
        const hour = hours.get(end) ?? emptyHour(end)
        hours.set(end, hour)
        add(hour, values)
    }
    return [...hours.values()]
}

function emptyHour(time: number): HourSums {
    const columns = quantityNames.flatMap(name => [countColumn(name), sumColumn(name)])
    return { ...Object.fromEntries(columns.map(column => [column, 0])), time, count: 0, co2PpmMin: null }
}

function add(hour: HourSums, values: QuantityValues): void {
    hour.count++
    for (const name of quantityNames) {
        const value = values[name]
        if (value === null) continue
        hour[countColumn(name)] = (hour[countColumn(name)] ?? 0) + 1
        hour[sumColumn(name)] = (hour[sumColumn(name)] ?? 0) + value
    }
    if (values.co2Ppm !== null) hour.co2PpmMin = Math.min(hour.co2PpmMin ?? Infinity, values.co2Ppm)
}

/** A range of time in three parts: the ends of its whole hours, and the seconds before and after them. */
export interface RangeByHours {
    firstHour: number
    lastHour: number
    headFrom: number
    headTo: number
    tailFrom: number
    tailTo: number
}

/** Both ends of each part belong to it; a part whose end is before its start is empty. */
export function byHours({ from, to }: TimeRange): RangeByHours {
    const firstHour = Math.ceil((from + HOUR_S - 1) / HOUR_S) * HOUR_S
    const lastHour = Math.floor(to / HOUR_S) * HOUR_S
    const hasHours = firstHour <= lastHour
    return {
        firstHour,
        lastHour,
        headFrom: from,
        headTo: hasHours ? firstHour - HOUR_S : to,
        tailFrom: hasHours ? lastHour + 1 : 1,
        tailTo: hasHours ? to : 0,
    }
}

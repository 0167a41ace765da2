/** The last 24 hours, as the charts show them. */
import { durationText } from "./duration.js"

export const DAY_S = 86_400

/** Five minutes per point of a chart: 288 over the day, about one per pixel on a phone. */
export const STEP_S = 300

/** Describes a chart in one sentence, for screen readers; the values may contain null. */
export function summaryText(label, unit, values) {
    const measured = values.filter(value => value !== null)
    const low = Math.min(...measured)
    const high = Math.max(...measured)
    return `${label} over the last 24 hours, in means of ${durationText(STEP_S)}: lowest ${low} ${unit}, highest ${high} ${unit}, last ${measured.at(-1)} ${unit}.`
}

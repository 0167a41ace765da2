/**
 * What numbers mean, in words. No DOM here.
 */

/**
 * Levels of CO2 in indoor air: German Environment Agency (UBA), "Gesundheitliche
 * Bewertung von Kohlendioxid in der Innenraumluft", Bundesgesundheitsblatt 51,
 * 2008: below 1000 ppm, to 2000 ppm, above.
 */
export const ELEVATED_PPM = 1000
export const UNACCEPTABLE_PPM = 2000

/** Five minutes per point of a chart: 288 over the day, about one per pixel on a phone. */
export const STEP_S = 300

/** Older than this, a value says nothing about the air now. */
const STALE_S = 3_600

/** @returns {{name: "harmless"|"elevated"|"unacceptable", advice: string}} */
export function levelOf(co2Ppm) {
    if (co2Ppm < ELEVATED_PPM) return { name: "harmless", advice: "Harmless" }
    if (co2Ppm <= UNACCEPTABLE_PPM) return { name: "elevated", advice: "Elevated – air the room" }
    return { name: "unacceptable", advice: "Unacceptable – air the room now" }
}

export function isStale(ageS) {
    return ageS > STALE_S
}

/** "12 seconds", "1 minute", "3 hours", "2 days"; never more exact than it matters. */
export function durationWords(seconds) {
    const units = [
        [86_400, "day"],
        [3_600, "hour"],
        [60, "minute"],
    ]
    const [length, unit] = units.find(([length]) => seconds >= length) ?? [1, "second"]
    const count = Math.max(0, Math.floor(seconds / length))
    return `${count} ${unit}${count === 1 ? "" : "s"}`
}

/** "just now" or "3 minutes ago". */
export function ageWords(seconds) {
    return seconds < 2 ? "just now" : `${durationWords(seconds)} ago`
}

/** What will never be in the chart, by what the device says. */
export function lossWords({ lost, gap }) {
    const words = []
    if (lost > 0) words.push(`${lost} ${lost === 1 ? "reading" : "readings"} lost on the device`)
    if (gap > 0) words.push(`${gap} missing around power cuts`)
    return words.join(", ")
}

/** One sentence for those who do not see the chart; the values may hold null. */
export function summaryWords(label, unit, values) {
    const measured = values.filter(value => value !== null)
    const low = Math.min(...measured)
    const high = Math.max(...measured)
    return `${label} over the last 24 hours, in means of ${durationWords(STEP_S)}: lowest ${low} ${unit}, highest ${high} ${unit}, last ${measured.at(-1)} ${unit}.`
}

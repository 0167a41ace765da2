/**
 * The lowest CO2 of the last 7 days in text: a sensor that is right reads about
 * outdoor air when the room is aired. Does not touch the DOM, so that tests can
 * import it.
 */

/** CO2 of outdoor air; 425 ppm on average in 2024 (NOAA Global Monitoring Laboratory). */
const OUTDOOR_PPM = 420
/** Accuracy of an SCD40 at that value: 50 ppm + 5 % (datasheet 1.7, table 1). */
const TOLERANCE_PPM = 75
/** Of a week of 168 hours; with fewer, the room may simply not have been aired yet. */
const HOURS_OF_A_WEEK = 120

/**
 * @param {{ppm: number, at: number, hours: number}|null} lowest `lowestCo2` of a device
 * @returns {string} "" without CO2
 */
export function lowestCo2Text(lowest) {
    if (lowest === null) return ""
    const { ppm, hours } = lowest
    const measured = hours < HOURS_OF_A_WEEK ? `, ${hours} ${hours === 1 ? "hour" : "hours"} measured` : ""
    return `Lowest CO₂ in 7 days: ${ppm} ppm${measured}`
}

/** @returns {string} what it means; "" when it is near outdoor air, or when a week is not over */
export function lowestCo2Note(lowest) {
    if (lowest === null) return ""
    const { ppm, hours } = lowest
    if (ppm < OUTDOOR_PPM - TOLERANCE_PPM)
        return `Less than outdoor air (about ${OUTDOOR_PPM} ppm): the sensor reads too low. Recalibrate it.`
    if (ppm > OUTDOOR_PPM + TOLERANCE_PPM && hours >= HOURS_OF_A_WEEK)
        return `Outdoor air has about ${OUTDOOR_PPM} ppm: the room was never aired fully, or the sensor reads too high.`
    return ""
}

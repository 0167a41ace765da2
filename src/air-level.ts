/**
 * Logs each change of the air level: good, fair or poor.
 *
 * State is in module variables: an object for it takes 84 bytes of the chip's
 * heap, of which the firmware uses all that its budget allows.
 */
import { log } from "./log"

let fairFromPpm: number
let poorFromPpm: number
let level: string

/** Sets the CO2 thresholds: fair at or above `fairPpm`, poor at or above `poorPpm`. */
export function setAirThresholds(fairPpm: number, poorPpm: number) {
    fairFromPpm = fairPpm
    poorFromPpm = poorPpm
}

/** @param co2Ppm mean of an interval; undefined leaves the level as it is */
export function logAirLevel(co2Ppm: number) {
    if (co2Ppm === undefined) return
    const now = co2Ppm >= poorFromPpm ? "poor" : co2Ppm >= fairFromPpm ? "fair" : "good"
    if (now === level) return
    level = now
    log(`air level=${level} co2Ppm=${co2Ppm}`)
}

/** How good the air is, in a word: each change is a line of the log. */
import { log } from "./log"

let fairFromPpm: number
let poorFromPpm: number
let level: string

/** From `fairPpm` of CO2 on the air is fair, and from `poorPpm` on poor. */
export function setAirThresholds(fairPpm: number, poorPpm: number) {
    fairFromPpm = fairPpm
    poorFromPpm = poorPpm
}

/** @param co2Ppm mean of an interval; undefined changes nothing */
export function logAirLevel(co2Ppm: number) {
    if (co2Ppm === undefined) return
    const now = co2Ppm >= poorFromPpm ? "poor" : co2Ppm >= fairFromPpm ? "fair" : "good"
    if (now === level) return
    level = now
    log(`air level=${level} co2Ppm=${co2Ppm}`)
}

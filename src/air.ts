/** How good the air is, in a word: each change is a line of the log. */
import { say } from "./log"

let level: string

/**
 * @param co2Ppm mean of an interval; undefined changes nothing
 * @param fairPpm from here on the air is fair, and from `poorPpm` on poor
 */
export function judgeAir(co2Ppm: number, fairPpm: number, poorPpm: number) {
    if (co2Ppm === undefined) return
    const now = co2Ppm >= poorPpm ? "poor" : co2Ppm >= fairPpm ? "fair" : "good"
    if (now === level) return
    level = now
    say(`air level=${level} co2Ppm=${co2Ppm}`)
}

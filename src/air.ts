/** How good the air is, in a word: each change is a line of the log. */
import { say } from "./log"

export class AirLevel {
    private level: string

    /** from these on the air is fair, and poor */
    constructor(private readonly fairPpm: number, private readonly poorPpm: number) {}

    /** @param co2Ppm mean of an interval; undefined changes nothing */
    judge(co2Ppm: number) {
        if (co2Ppm === undefined) return
        const level = co2Ppm >= this.poorPpm ? "poor" : co2Ppm >= this.fairPpm ? "fair" : "good"
        if (level === this.level) return
        this.level = level
        say(`air level=${level} co2Ppm=${co2Ppm}`)
    }
}

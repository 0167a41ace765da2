/** The time of day, learned from the server: the chip has none. */

/** A difference below this is no reason to move the clock: times of readings stay evenly spaced. */
const TOLERANCE_S = 2

export class ServerClock {
    /** Unix seconds at uptime 0; undefined until the server was heard */
    offsetS: number

    /**
     * Learns from an answer's date. The server stamped it somewhere between
     * sending and receiving, so an offset that fits that span stays.
     *
     * @param dateS Unix seconds; undefined changes nothing
     * @param sentS uptime at the sending, whole seconds
     * @param receivedS uptime at the answer
     */
    learn(dateS: number, sentS: number, receivedS: number) {
        if (dateS === undefined) return
        const latest = dateS - sentS
        const earliest = dateS - receivedS
        const fits = this.offsetS < latest + TOLERANCE_S && this.offsetS > earliest - TOLERANCE_S
        if (this.offsetS === undefined || !fits) this.offsetS = latest
    }
}

/** Time of day, learned from the server's `Date` headers: the chip has no real-time clock. */

/** Smaller differences do not move the clock, so that the times of readings stay evenly spaced. */
const TOLERANCE_S = 2

export class ServerClock {
    /** Unix seconds at uptime 0; undefined until a response with a date was received */
    offsetS: number

    /**
     * Updates the clock from a response's date. The server set it at some moment
     * between sending and receiving; an offset that fits this window is kept.
     *
     * @param dateS Unix seconds; undefined is ignored
     * @param sentS uptime when the request was sent, whole seconds
     * @param receivedS uptime when the response was received, whole seconds
     */
    learn(dateS: number, sentS: number, receivedS: number) {
        if (dateS === undefined) return
        const latest = dateS - sentS
        const earliest = dateS - receivedS
        const fits = this.offsetS < latest + TOLERANCE_S && this.offsetS > earliest - TOLERANCE_S
        if (this.offsetS === undefined || !fits) this.offsetS = latest
    }
}

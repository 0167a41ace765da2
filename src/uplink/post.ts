/** Encodes a batch of readings as one HTTP request, head and JSON body. */
import { Server } from "../config"
import { decimalText } from "../decimal"
import { PendingBatch } from "../outbox/outbox"
import { Ring } from "../outbox/ring"
import { QUANTITY_COUNT, quantityDecimals, quantityName } from "../wire"

/** Space for the fixed header lines and the longest address and token that the settings allow. */
const HEAD_CAPACITY = 560
/**
 * Space for 30 readings of 5 quantities at 6 to 7 characters each, their names,
 * and 230 bytes for the other fields. The status gets what the readings leave.
 */
const BODY_CAPACITY = 1280
/** Maximum number of brackets that are open at once. */
const CLOSING_BYTES = 4
const LINE_END = "\r\n"

export class Post {
    /** holds the request from `start` to `end`; undefined once it is sent, because the response needs the heap */
    bytes: Buffer
    start: number
    end: number
    /** sequence number of its first reading */
    firstSeq: number
    /** number of its readings */
    count: number

    /** @param intervalS `step` of a batch with one reading */
    constructor(
        private readonly server: Server,
        private readonly intervalS: number,
    ) {}

    /**
     * Writes the body for the oldest `count` readings, without its closing bracket.
     *
     * @param nowS uptime, whole seconds
     * @param clockOffsetS Unix seconds at uptime 0; undefined while unknown
     */
    encode(pending: PendingBatch, count: number, nowS: number, clockOffsetS: number) {
        const { ring, header } = pending
        this.release()
        this.bytes = Buffer.alloc(HEAD_CAPACITY + BODY_CAPACITY)
        this.end = HEAD_CAPACITY
        this.firstSeq = ring.firstSeq
        this.count = count
        this.putTimes(pending, count, nowS, clockOffsetS)
        this.putCount("timeUncertaintyS", header.timeUncertaintyS)
        this.putCount("gap", header.gap)
        this.putCount("lost", header.lost)
        this.putCount("rejected", header.rejected)
        this.putCount("undated", header.undated)
        this.putCount("damaged", header.damaged)
        for (let i = 0; i < QUANTITY_COUNT; i++) this.putColumn(ring, count, i)
    }

    /** Closes the body and puts the head before it: the request is from `start` to `end`. */
    seal() {
        this.close()
        const { host, port, token } = this.server
        const head = [
            "POST /api/v1/readings HTTP/1.1",
            `Host: ${host}${port === 443 ? "" : ":" + port}`,
            `Authorization: Bearer ${token}`,
            "Content-Type: application/json",
            `Content-Length: ${this.end - HEAD_CAPACITY}`,
            LINE_END,
        ].join(LINE_END)
        this.start = HEAD_CAPACITY - head.length
        this.bytes.blitAt(this.start, head, 0, head.length)
    }

    /** Frees the request's memory. */
    release() {
        this.bytes = undefined
    }

    private putTimes(pending: PendingBatch, count: number, nowS: number, clockOffsetS: number) {
        const { ring } = pending
        const { bootId, offsetS, leadS } = pending.header
        const endS = ring.endS(0)
        this.put(`{"boot":"${bootId}","seq":${ring.firstSeq}`)
        if (offsetS !== undefined) this.put(`,"time":${offsetS + endS}`)
        const startS = offsetS === undefined ? -leadS : offsetS - clockOffsetS
        // not a number while the clock is unknown; negative if it was set back
        if (nowS - startS >= endS) this.put(`,"age":${nowS - startS - endS}`)
        this.put(`,"step":${count > 1 ? ring.stepS() : this.intervalS}`)
    }

    private putCount(name: string, count: number) {
        if (count > 0) this.put(`,"${name}":${count}`)
    }

    /** Omits a column that no reading has. */
    private putColumn(ring: Ring, count: number, quantity: number) {
        const start = this.end
        let measured = false
        for (let i = 0; i < count; i++) {
            const value = ring.value(i, quantity)
            this.put(i === 0 ? `,"${quantityName(quantity)}":[` : ",")
            this.put(value === undefined ? "null" : decimalText(value, quantityDecimals(quantity)))
            if (value !== undefined) measured = true
        }
        if (measured) this.put("]")
        else this.end = start
    }

    /** Appends text to the body if it fits. @returns false if it does not */
    offer(text: string): boolean {
        if (this.end + text.length + CLOSING_BYTES > this.bytes.length) return false
        this.put(text)
        return true
    }

    /** Closes an object that `offer` opened. */
    close() {
        this.put("}")
    }

    private put(text: string) {
        if (this.end + text.length > this.bytes.length) throw new RangeError("batch too long")
        this.bytes.blitAt(this.end, text, 0, text.length)
        this.end += text.length
    }
}

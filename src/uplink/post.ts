/** A batch of readings as the bytes of one request: head and JSON body in one buffer that is used again and again. */
import { Server } from "../config"
import { decimalText } from "../decimal"
import { PendingBatch } from "../outbox/outbox"
import { Ring } from "../outbox/ring"
import { quantities } from "../wire"

/** The head's fixed lines, and the longest address and token that the settings allow. */
const HEAD_CAPACITY = 560
/** 30 readings of 5 quantities at 6 to 7 characters each, their names, and 230 for the rest; what the readings leave is the status's. */
const BODY_CAPACITY = 1280
/** What has been opened is closed with so many brackets at most. */
const CLOSING_BYTES = 4
const LINE_END = "\r\n"

export class Post {
    /** holds the request from `start` to `end` */
    readonly bytes = Buffer.alloc(HEAD_CAPACITY + BODY_CAPACITY)
    start = 0
    end: number
    /** sequence number of its first reading */
    firstSeq: number
    /** of the head without the length of the body and the lines' ends behind it */
    private readonly headLength: number

    /** @param intervalS from one reading to the next, for a batch of one */
    constructor(
        { host, port, token }: Server,
        private readonly intervalS: number,
    ) {
        const head = [
            "POST /api/v1/readings HTTP/1.1",
            `Host: ${host}${port === 443 ? "" : ":" + port}`,
            `Authorization: Bearer ${token}`,
            "Content-Type: application/json",
            "Content-Length: ",
        ].join(LINE_END)
        this.bytes.blitAt(0, head, 0, head.length)
        this.headLength = head.length
    }

    /**
     * Writes the body of the request that brings the oldest `count` readings, not closed yet.
     *
     * @param nowS uptime, whole seconds
     */
    encode(pending: PendingBatch, count: number, nowS: number) {
        const { ring } = pending
        this.end = HEAD_CAPACITY
        this.firstSeq = ring.firstSeq
        this.putTimes(pending, count, nowS)
        this.putCount("timeUncertaintyS", pending.timeUncertaintyS)
        this.putCount("gap", pending.gap)
        this.putCount("lost", pending.lost)
        this.putCount("rejected", pending.rejected)
        this.putCount("undated", pending.undated)
        this.putCount("damaged", pending.damaged)
        for (let i = 0; i < quantities.length; i++) this.putColumn(ring, count, i)
    }

    /** Closes the body and puts the head before it: what `start` and `end` enclose is the request. */
    seal() {
        this.close()
        this.joinHead(`${this.end - HEAD_CAPACITY}${LINE_END}${LINE_END}`)
    }

    /** The head is in the buffer, and moves when the digits of the length do. */
    private joinHead(tail: string) {
        const start = HEAD_CAPACITY - tail.length - this.headLength
        if (start !== this.start)
            this.bytes.blitAt(start, this.bytes.slice(this.start, this.start + this.headLength), 0, this.headLength)
        this.start = start
        this.bytes.blitAt(HEAD_CAPACITY - tail.length, tail, 0, tail.length)
    }

    private putTimes(pending: PendingBatch, count: number, nowS: number) {
        const { ring, bootId, offsetS, leadS } = pending
        const endS = ring.endS(0)
        this.put(`{"boot":"${bootId}","seq":${ring.firstSeq}`)
        this.put(offsetS === undefined ? `,"age":${leadS + nowS - endS}` : `,"time":${offsetS + endS}`)
        this.put(`,"step":${count > 1 ? ring.stepS() : this.intervalS}`)
    }

    private putCount(name: string, count: number) {
        if (count > 0) this.put(`,"${name}":${count}`)
    }

    /** A column that no reading has is left out. */
    private putColumn(ring: Ring, count: number, quantity: number) {
        const start = this.end
        let measured = false
        for (let i = 0; i < count; i++) {
            const value = ring.value(i, quantity)
            this.put(i === 0 ? `,"${quantities[quantity].name}":[` : ",")
            this.put(value === undefined ? "null" : decimalText(value, quantities[quantity].decimals))
            if (value !== undefined) measured = true
        }
        if (measured) this.put("]")
        else this.end = start
    }

    /** Adds text to the body if there is room for it. */
    offer(text: string): boolean {
        if (this.end + text.length + CLOSING_BYTES > this.bytes.length) return false
        this.put(text)
        return true
    }

    /** Closes what `offer` opened. */
    close() {
        this.put("}")
    }

    private put(text: string) {
        if (this.end + text.length > this.bytes.length) throw new RangeError("batch too long")
        this.bytes.blitAt(this.end, text, 0, text.length)
        this.end += text.length
    }
}

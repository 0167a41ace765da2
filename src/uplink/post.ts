/** Encodes a batch of readings as one HTTP request, head and JSON body. */
import { Server } from "../config"
import { decimalText } from "../decimal"
import { PendingBatch } from "../outbox/outbox"
import { Ring } from "../outbox/ring"
import { QUANTITY_COUNT, quantityDecimals, quantityName, SHORT_PATH } from "../wire"

/** Space for the fixed header lines and the longest address and token that the settings allow. */
const HEAD_CAPACITY = 560
/**
 * Space for 30 readings of 5 quantities at 7 characters each, their names,
 * and 230 bytes for the other fields. The status gets what the readings leave.
 */
const BODY_CAPACITY = 1344
/** Maximum number of brackets that are open at once. */
const CLOSING_BYTES = 4
const SHORT_HEAD = `POST ${SHORT_PATH} HTTP/1.1`
const LONG_HEAD = "POST /api/v1/readings HTTP/1.1\r\nContent-Type:application/json"
/** s */
const USUAL_STEP_S = 60
/** letters of a quantity's name in the short form */
const SHORT_NAME = 3

export class Post {
    /** false once the server has refused the short form (`wire.ts`) */
    isShort = true
    /** check sum of the status of this post, and of the last one that the server has; undefined without */
    status: number
    knownStatus: number
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
        this.status = undefined
        this.putTimes(pending, count, nowS, clockOffsetS)
        this.offerCount("timeUncertaintyS", header.timeUncertaintyS)
        this.offerCount("gap", header.gap)
        this.offerCount("lost", header.lost)
        this.offerCount("rejected", header.rejected)
        this.offerCount("undated", header.undated)
        this.offerCount("damaged", header.damaged)
        for (let i = 0; i < QUANTITY_COUNT; i++) this.putColumn(ring, count, i)
    }

    /** Closes the body and puts the head before it: the request is from `start` to `end`. */
    seal() {
        this.close()
        const { host, port, token } = this.server
        const first = this.isShort ? SHORT_HEAD : LONG_HEAD
        const head = `${first}\r\nHost:${host}${port === 443 ? "" : ":" + port}\r\nAuthorization:Bearer ${token}\r\nContent-Length:${this.end - HEAD_CAPACITY}\r\n\r\n`
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
        const ageS = nowS - startS >= endS ? nowS - startS - endS : null
        const stepS = count > 1 ? ring.stepS() : this.intervalS
        if (ageS !== (this.isShort ? (count - 1) * stepS : null)) this.put(`,"age":${ageS}`)
        if (!this.isShort || stepS !== USUAL_STEP_S) this.put(`,"step":${stepS}`)
    }

    /** Omits a column that no reading has. */
    private putColumn(ring: Ring, count: number, quantity: number) {
        const start = this.end
        let before: number
        for (let i = 0; i < count; i++) {
            const value = ring.value(i, quantity)
            this.put(i === 0 ? `,"${quantityName(quantity).slice(0, this.isShort ? SHORT_NAME : undefined)}":[` : ",")
            const isFirst = before === undefined || !this.isShort
            if (value === undefined) this.put("null")
            else this.put(isFirst ? decimalText(value, quantityDecimals(quantity)) : "" + (value - before))
            if (value !== undefined) before = value
        }
        if (before === undefined) this.end = start
        else this.put("]")
    }

    /** Appends text to the body if it fits. @returns false if it does not */
    offer(text: string): boolean {
        if (this.end + text.length + CLOSING_BYTES > this.bytes.length) return false
        this.put(text)
        return true
    }

    /** Appends a member to the body if it fits; nothing for 0. */
    offerCount(name: string, count: number) {
        this.offer(countText(name, count))
    }

    /**
     * Removes the status again if the server has it: a short post only.
     *
     * @param start where the status begins
     * @param steady where those parts begin that are sent when they change
     * @param period also sent when this has changed
     */
    omitKnown(start: number, steady: number, period: number) {
        let sum = period
        for (let i = steady; i < this.end; i++) sum = (sum * 31 + this.bytes[i]) | 0
        this.status = sum
        if (this.isShort && sum === this.knownStatus) this.end = start
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

/** `,"name":count`; nothing for 0. */
export function countText(name: string, count: number): string {
    return count > 0 ? `,"${name}":${count}` : ""
}

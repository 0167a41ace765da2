/** A batch of readings as the bytes of one request: head and JSON body in one buffer that is used again and again. */
import { decimalText } from "../decimal"
import { Ring } from "../outbox/ring"
import { quantities } from "../reading"

/** Readings in the largest batch. */
export const MAX_BATCH = 30

/** The head's fixed lines, and the longest address and token that the settings allow. */
const HEAD_ROOM = 640
/** 30 readings of 5 quantities at 7 characters each, their names, and 150 for the rest. */
const BODY_ROOM = 1280
const LINE_END = "\r\n"

export interface PostOptions {
    host: string
    port: number
    token: string
    bootId: string
    /** seconds from one reading to the next, for a batch of one */
    intervalS: number
}

export class Post {
    /** holds the request from `start` to `end` */
    readonly bytes = Buffer.alloc(HEAD_ROOM + BODY_ROOM)
    start: number
    end: number
    private readonly head: string

    constructor(private readonly options: PostOptions) {
        const { host, port, token } = options
        this.head = [
            "POST /api/v1/readings HTTP/1.1",
            `Host: ${host}${port === 443 ? "" : ":" + port}`,
            `Authorization: Bearer ${token}`,
            "Content-Type: application/json",
            "Content-Length: ",
        ].join(LINE_END)
    }

    /**
     * Writes the request that brings the oldest `count` readings.
     *
     * @param offsetS Unix seconds at uptime 0; undefined while unknown: then the readings carry their age
     * @param nowS uptime, whole seconds
     */
    encode(ring: Ring, count: number, offsetS: number, nowS: number) {
        this.end = HEAD_ROOM
        this.putEnvelope(ring, count, offsetS, nowS)
        for (let i = 0; i < quantities.length; i++) this.putColumn(ring, count, i)
        this.put("}")
        const lines = `${this.head}${this.end - HEAD_ROOM}${LINE_END}${LINE_END}`
        this.start = HEAD_ROOM - lines.length
        this.bytes.blitAt(this.start, lines, 0, lines.length)
    }

    private putEnvelope(ring: Ring, count: number, offsetS: number, nowS: number) {
        const { bootId, intervalS } = this.options
        const endS = ring.endS(0)
        this.put(`{"boot":"${bootId}","seq":${ring.firstSeq}`)
        this.put(offsetS === undefined ? `,"age":${nowS - endS}` : `,"time":${offsetS + endS}`)
        this.put(`,"step":${count > 1 ? ring.stepS() : intervalS}`)
        if (ring.lost > 0) this.put(`,"lost":${ring.lost}`)
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

    private put(text: string) {
        if (this.end + text.length > this.bytes.length) throw new RangeError("batch too long")
        this.bytes.blitAt(this.end, text, 0, text.length)
        this.end += text.length
    }
}

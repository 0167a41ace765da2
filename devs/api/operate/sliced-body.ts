/**
 * Sends large bodies in slices, each after the client has taken the one before. TLS would otherwise encrypt a whole
 * body at once and keep as much memory for the connection as long as that is open.
 */
import { Readable } from "node:stream"
import type { FastifyInstance } from "fastify"

const SLICE_LENGTH = 64 * 1024

/** Slices what is longer than `SLICE_LENGTH`. */
export function sliceBodies(app: FastifyInstance): void {
    app.addHook("onSend", (_request, reply, payload: unknown, done) => {
        const isWhole = typeof payload === "string" || Buffer.isBuffer(payload)
        if (!isWhole || payload.length <= SLICE_LENGTH) return done(null, payload)
        const slices = new Slices(payload)
        bodies.set(reply.raw, slices)
        reply.header("content-length", Buffer.byteLength(payload))
        done(null, Readable.from(slices, { highWaterMark: 1 }))
    })
}

/** By the response (Node's own) that sends it. */
const bodies = new WeakMap<object, Slices>()

/** Length of the part of the response's body that has not been given to the connection, about in bytes. */
export function unsentBodyBytes(response: object): number {
    return bodies.get(response)?.restLength ?? 0
}

/** The whole stays in memory until the last slice is taken, as one text: most are garbage sooner than their bytes. */
class Slices implements Iterable<Buffer> {
    readonly #whole: string | Buffer
    #at = 0

    constructor(whole: string | Buffer) {
        this.#whole = whole
    }

    get restLength(): number {
        return this.#whole.length - this.#at
    }

    *[Symbol.iterator](): Generator<Buffer> {
        const whole = this.#whole
        while (this.restLength > 0) {
            let end = this.#at + SLICE_LENGTH
            if (typeof whole === "string" && isHighSurrogate(whole.charCodeAt(end - 1))) end++
            const slice = whole.slice(this.#at, end)
            this.#at = Math.min(end, whole.length)
            yield Buffer.from(slice)
        }
    }
}

/** The first half of a character that UTF-16 writes in two. */
const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

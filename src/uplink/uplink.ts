/**
 * Brings the readings of the outbox to the server, one post at a time.
 *
 * | what happened                         | state         | next try                       |
 * |---------------------------------------|---------------|--------------------------------|
 * | nothing to send yet                   | idle          | when a batch is due            |
 * | 200 with a sequence of this batch     | ok            | when the next batch is due     |
 * | no Wi-Fi                              | no-network    | 5 to 10 s                      |
 * | no name, no TCP, closed, no answer    | no-connection | back-off                       |
 * | TLS handshake failed                  | refused       | back-off, the same way         |
 * | 401, 403                              | unauthorised  | 5 min                          |
 * | 429, 503                              | busy          | Retry-After, or back-off       |
 * | 413, 400, 422                         | rejected      | back-off, half the batch       |
 * | 400, 422 for one reading, three times | rejected      | that reading is lost; at once  |
 * | any other status, no HTTP, wrong ack  | broken        | back-off                       |
 *
 * A reading leaves the outbox only when the server acknowledged it, when the
 * server rejected it alone, or when the outbox was full. A kept connection
 * that dies before a byte of the response is replaced once without waiting:
 * the server stores a batch only once.
 */
import * as ds from "@devicescript/core"
import { Server } from "../config"
import { runOnce, sleepUntil, uptimeS } from "../fiber"
import { say } from "../log"
import { Outbox } from "../outbox/outbox"
import { acknowledgedSeq } from "./answer"
import { backoffMs, retryAfterMs } from "./backoff"
import { ServerClock } from "./clock"
import { HttpConnection } from "./http"
import { MAX_BATCH, Post } from "./post"
import { Response } from "./response"
import { Trouble, UplinkState } from "./trouble"

const NO_NETWORK_PAUSE_MS = 5000
const UNAUTHORISED_PAUSE_MS = 5 * 60 * 1000
/** A connection attempt of this age is visible as one that does not come about. */
const SLOW_CONNECT_MS = 30 * 1000
/** How often a long wait is interrupted to see whether flash is to be written. */
const JOURNAL_LOOK_MS = 30 * 1000
const REJECTIONS_PER_READING = 3
/** Posts of the size that the server takes, before a larger one is tried again. */
const POSTS_BEFORE_GROWING = 100

export interface UplinkOptions {
    server: Server
    outbox: Outbox
    clock: ServerClock
    /** readings per post */
    batch: number
    intervalS: number
}

export class Uplink {
    private readonly connection: HttpConnection
    private readonly post: Post
    private state: UplinkState
    private reason: string
    /** in a row */
    private failures = 0
    /** readings per post that the server takes; smaller after a 413 */
    private limit = MAX_BATCH
    private postsAtLimit = 0
    /** readings per post while one that the server rejects is searched */
    private narrowed = MAX_BATCH
    private rejections = 0
    private connecting = false
    /** uptime at which the newest attempt to connect began */
    private connectMs = 0
    /** true while a fiber waits for an attempt to become slow */
    private watched = false
    private idleFiber: ds.Fiber

    constructor(private readonly options: UplinkOptions) {
        const { server, intervalS } = options
        this.connection = new HttpConnection(server.host, server.port)
        this.post = new Post({ host: server.host, port: server.port, token: server.token, intervalS })
    }

    /** Sends what is due, for ever. */
    async run(): Promise<void> {
        if (!this.state) this.enter("idle")
        while (true) {
            if (this.isDue()) await this.deliver()
            else await this.rest()
        }
    }

    /** To be called after each interval: a batch may be due. */
    wake() {
        if (this.idleFiber && this.idleFiber.suspended) this.idleFiber.resume(true)
    }

    private async rest(): Promise<void> {
        await this.options.outbox.settle()
        this.idleFiber = ds.Fiber.self()
        await ds.suspend(2000 * this.options.intervalS)
        this.idleFiber = undefined
    }

    /** Flash has readings, a batch is full, or its oldest reading has waited one interval longer than a batch takes. */
    private isDue(): boolean {
        const { outbox, batch, intervalS } = this.options
        if (outbox.hasBacklog()) return true
        if (outbox.inRam() === 0) return false
        return outbox.inRam() >= Math.min(batch, this.most()) || uptimeS() - outbox.oldestEndS() > batch * intervalS
    }

    private most(): number {
        return Math.min(this.limit, this.narrowed)
    }

    private async deliver(): Promise<void> {
        let waitMs = 0
        this.options.outbox.asked()
        try {
            waitMs = await this.tryOnce()
        } catch (error) {
            if (!(error instanceof Trouble)) throw error
            waitMs = this.fail(error.state, error.reason)
        }
        await this.wait(waitMs)
    }

    private async wait(waitMs: number): Promise<void> {
        const endMs = ds.millis() + waitMs
        await this.options.outbox.keepJournal()
        while (ds.millis() < endMs) {
            await sleepUntil(Math.min(endMs, ds.millis() + JOURNAL_LOOK_MS))
            await this.options.outbox.keepJournal()
        }
    }

    /** @returns pause before the next try, ms */
    private async tryOnce(): Promise<number> {
        const isReused = await this.connection.isUsable()
        if (!isReused) await this.connect()
        try {
            return await this.send()
        } catch (error) {
            if (!isReused || !(error instanceof Trouble) || this.connection.wasAnswered()) throw error
        }
        await this.connect()
        return await this.send()
    }

    private async connect(): Promise<void> {
        if (this.state !== "no-network") this.enter("connecting")
        this.connecting = true
        this.connectMs = ds.millis()
        this.watch()
        try {
            await this.connection.open()
        } finally {
            this.connecting = false
        }
    }

    /** One fiber for all attempts: one for each would fill the heap while there is no network. */
    private watch() {
        if (this.watched) return
        this.watched = true
        const uplink = this
        runOnce("slow-connect", async () => await uplink.sayWhenSlow())
    }

    private async sayWhenSlow(): Promise<void> {
        while (this.connecting && ds.millis() < this.connectMs + SLOW_CONNECT_MS) await sleepUntil(this.connectMs + SLOW_CONNECT_MS)
        this.watched = false
        if (this.connecting) this.enter("no-connection", "slow")
    }

    private async send(): Promise<number> {
        this.enter("sending")
        const sentS = uptimeS()
        const count = await this.encode(sentS)
        if (count === 0) return 0
        const { post } = this
        const response = await this.connection.exchange(post.bytes, post.start, post.end)
        this.options.clock.learn(response.dateS, sentS, uptimeS())
        return this.judge(response, post.firstSeq, count)
    }

    /** In a function of its own: what came from flash is not kept while the answer comes. */
    private async encode(nowS: number): Promise<number> {
        const { outbox } = this.options
        const consignment = await outbox.front()
        const count = consignment.ring.evenRun(this.most())
        if (count > 0) this.post.encode(consignment, count, nowS)
        outbox.forgetReplay()
        return count
    }

    private judge(response: Response, firstSeq: number, count: number): number {
        const status = response.status
        const reason = "http-" + status
        if (status === 200) return this.takeAck(acknowledgedSeq(response), firstSeq, count)
        if (status === 401 || status === 403) return this.show("unauthorised", reason, UNAUTHORISED_PAUSE_MS)
        if (status === 400 || status === 422) return this.reject(reason, firstSeq, count)
        if (status === 413) return this.halve(reason, count)
        const waitMs = this.fail(status === 429 || status === 503 ? "busy" : "broken", reason)
        return response.retryAfterS === undefined ? waitMs : retryAfterMs(response.retryAfterS)
    }

    /** An acknowledgement that moves nothing is true, but no success. */
    private takeAck(seq: number, firstSeq: number, count: number): number {
        const lastSeq = firstSeq + count - 1
        if (!(seq >= firstSeq - 1 && seq <= lastSeq)) return this.fail("broken", "wrong-ack")
        if (seq < firstSeq) return this.fail("broken", "no-ack")
        this.options.outbox.acknowledge(seq)
        say(`ack seq=${seq}`)
        this.succeed()
        return 0
    }

    private succeed() {
        this.failures = 0
        this.rejections = 0
        this.narrowed = Math.min(MAX_BATCH, 2 * this.narrowed)
        if (++this.postsAtLimit >= POSTS_BEFORE_GROWING) {
            this.postsAtLimit = 0
            this.limit = Math.min(MAX_BATCH, 2 * this.limit)
        }
        this.enter("ok")
    }

    private halve(reason: string, count: number): number {
        this.limit = Math.max(1, Math.floor(count / 2))
        this.postsAtLimit = 0
        return this.fail("rejected", reason)
    }

    /** Halves down to the reading that the server rejects, and drops that one, so that it does not block the others. */
    private reject(reason: string, firstSeq: number, count: number): number {
        this.narrowed = Math.max(1, Math.floor(count / 2))
        if (count === 1) this.rejections++
        if (this.rejections < REJECTIONS_PER_READING) return this.fail("rejected", reason)
        this.rejections = 0
        this.options.outbox.reject(firstSeq)
        return this.show("rejected", reason, 0)
    }

    /** @returns the back-off, ms */
    private fail(state: UplinkState, reason: string): number {
        this.failures++
        const waitMs = state === "no-network" ? NO_NETWORK_PAUSE_MS + retryAfterMs(0) : backoffMs(this.failures)
        return this.show(state, reason, waitMs)
    }

    private show(state: UplinkState, reason: string, waitMs: number): number {
        this.enter(state, reason)
        return waitMs
    }

    private enter(state: UplinkState, reason?: string) {
        if (state === this.state && reason === this.reason) return
        this.state = state
        this.reason = reason
        say(`uplink state=${state}${reason ? " reason=" + reason : ""}`)
    }
}

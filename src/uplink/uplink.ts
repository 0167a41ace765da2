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
 * | 413, 400, 422                         | rejected      | back-off, without the status,  |
 * |                                       |               | then half the batch            |
 * | 400, 422 for one reading, three times | rejected      | that reading is lost; at once  |
 * | any other status, no HTTP, wrong ack  | broken        | back-off                       |
 *
 * An attempt to connect that says nothing for 5 minutes means that the chip's
 * one worker hangs, in a handshake that stopped half-way for example, and all
 * later attempts wait behind it: only a restart of the chip helps. It comes
 * after 3 such attempts in a row, after 6 and at most 12 when it did not help.
 * The chip also restarts after 20 days, once all is delivered, and a day later
 * in any case: fibers stop for ever at 49.7 days (2^32 ms). Before a restart
 * all readings go to flash.
 *
 * A reading leaves the outbox only when the server acknowledged it, when the
 * server rejected it alone, or when the outbox was full. A kept connection
 * that dies before a byte of the response is replaced once without waiting:
 * the server stores a batch only once.
 */
import * as ds from "@devicescript/core"
import { OwnBoot, restart } from "../boot/boot"
import { ServerClock } from "../boot/server-clock"
import { Server } from "../config"
import { sleepUntil, uptimeS } from "../fiber"
import { log } from "../log"
import { Outbox } from "../outbox/outbox"
import { Sensor } from "../sensors/sensor"
import { Acknowledgement, MAX_BATCH, RestartReason, UplinkState } from "../wire"
import { readAck } from "./ack"
import { backoffMs, retryAfterMs } from "./backoff"
import { ConnectionState } from "./connection-state"
import { HttpConnection } from "./http"
import { Post } from "./post"
import { RemoteSettings } from "./remote-settings"
import { Response } from "./response"
import { putStatus, StatusSource } from "./status"
import { SILENT, UplinkError } from "./uplink-error"
import { wifiRssiDbm } from "./wifi-rssi"

const NO_NETWORK_PAUSE_MS = 5000
const UNAUTHORISED_PAUSE_MS = 5 * 60 * 1000
/** How often a long wait is interrupted to see whether flash is to be written. */
const JOURNAL_LOOK_MS = 30 * 1000
const REJECTIONS_PER_READING = 3
/** Posts of the size or kind that the server takes, before a larger one, or one with a status, is tried again. */
const POSTS_BEFORE_TRYING_MORE = 100
const SILENT_ATTEMPTS = 3
const MAX_STALL_DOUBLINGS = 2
const DAY_S = 24 * 3600
/** Uptime of a restart: at a quiet moment, and in any case. */
const QUIET_RESTART_S = 20 * DAY_S
const LATEST_RESTART_S = 21 * DAY_S
/** By then the reading of an interval that just ended is in the outbox; a whole second, for that is what the next start's clock counts. */
const AFTER_INTERVAL_MS = 1000

export interface UplinkOptions {
    server: Server
    boot: OwnBoot
    outbox: Outbox
    sensors: Sensor[]
    clock: ServerClock
    /** readings per post */
    batch: number
    intervalS: number
}

export class Uplink implements StatusSource {
    private readonly connection: HttpConnection
    private readonly post: Post
    readonly connectionState = new ConnectionState()
    readonly remoteSettings: RemoteSettings
    rssi: number
    /** attempts to connect in a row that said nothing */
    private silentAttempts = 0
    /** readings per post that the server takes; smaller after a 413 */
    private limit = MAX_BATCH
    private postsAtLimit = 0
    /** readings per post while one that the server rejects is searched */
    private narrowed = MAX_BATCH
    private rejections = 0
    /** posts that go without a status, because the server did not take one with it */
    private plainPosts = 0
    private idleFiber: ds.Fiber

    constructor(readonly options: UplinkOptions) {
        const { server, sensors, intervalS } = options
        this.connection = new HttpConnection(server.host, server.port)
        this.post = new Post(server, intervalS)
        this.remoteSettings = new RemoteSettings(sensors)
    }

    /** Sends what is due, for ever. */
    async run(): Promise<void> {
        const { connectionState } = this
        if (!connectionState.state) connectionState.enter("idle")
        while (true) {
            if (this.isDue()) await this.deliver()
            else await this.rest()
            const restartReason = this.restartReason()
            if (restartReason) await this.restart(restartReason)
        }
    }

    /** To be called after each interval: a batch may be due. */
    wake() {
        if (this.idleFiber && this.idleFiber.suspended) this.idleFiber.resume(true)
    }

    private async rest(): Promise<void> {
        await this.options.outbox.writeCheckpoint()
        if (this.restartReason()) return
        this.idleFiber = ds.Fiber.self()
        await ds.suspend(2000 * this.options.intervalS)
        this.idleFiber = undefined
    }

    private restartReason(): RestartReason {
        const { boot } = this.options
        if (this.silentAttempts >= SILENT_ATTEMPTS << Math.min(boot.stalls, MAX_STALL_DOUBLINGS)) return "stalled"
        if (this.remoteSettings.wantsRestart() && this.isQuiet()) return "settings"
        return uptimeS() >= (this.isQuiet() ? QUIET_RESTART_S : LATEST_RESTART_S) ? "uptime" : undefined
    }

    /** All that was taken, and all that was lost, has been told. */
    private isQuiet(): boolean {
        return this.connectionState.state === "ok" && this.options.outbox.isEmpty()
    }

    /** Right after the end of an interval when readings wait, so that as little as possible is lost of the next one. */
    private async restart(restartReason: RestartReason): Promise<void> {
        const { boot, outbox, clock, intervalS } = this.options
        if (!outbox.isEmpty())
            await sleepUntil((Math.floor(uptimeS() / intervalS) + 1) * intervalS * 1000 + AFTER_INTERVAL_MS)
        await outbox.save()
        await restart(boot, restartReason, clock)
    }

    /** Flash has readings, a batch is full, or its oldest reading has waited one interval longer than a batch takes. */
    private isDue(): boolean {
        const { outbox, batch, intervalS } = this.options
        if (outbox.hasBacklog()) return true
        if (outbox.inRam() === 0) return false
        return (
            outbox.inRam() >= Math.min(batch, this.maxReadings()) || uptimeS() - outbox.oldestEndS() > batch * intervalS
        )
    }

    private maxReadings(): number {
        return Math.min(this.limit, this.narrowed)
    }

    private async deliver(): Promise<void> {
        let waitMs = 0
        this.options.outbox.noteAttempt()
        try {
            waitMs = await this.tryOnce()
        } catch (error) {
            if (!(error instanceof UplinkError)) throw error
            waitMs = this.fail(error.state, error.reason)
        }
        await this.wait(waitMs)
    }

    private async wait(waitMs: number): Promise<void> {
        const endMs = ds.millis() + waitMs
        await this.options.outbox.tick()
        while (ds.millis() < endMs) {
            await sleepUntil(Math.min(endMs, ds.millis() + JOURNAL_LOOK_MS))
            await this.options.outbox.tick()
        }
    }

    /** @returns pause before the next try, ms */
    private async tryOnce(): Promise<number> {
        const isReused = await this.connection.isUsable()
        if (!isReused) await this.connect()
        try {
            return await this.send()
        } catch (error) {
            if (!isReused || !(error instanceof UplinkError) || this.connection.responseBegan()) throw error
        }
        await this.connect()
        return await this.send()
    }

    private async connect(): Promise<void> {
        this.connectionState.begin()
        try {
            await this.connection.open()
            this.connectionState.handshakes++
            this.silentAttempts = 0
        } catch (error) {
            this.silentAttempts = error instanceof UplinkError && error.reason === SILENT ? this.silentAttempts + 1 : 0
            throw error
        } finally {
            this.connectionState.end()
        }
    }

    private async send(): Promise<number> {
        this.connectionState.enter("sending")
        this.rssi = await wifiRssiDbm()
        await this.options.outbox.prepare()
        const sentS = uptimeS()
        const count = this.fill(sentS)
        if (count === 0) return 0
        const { post } = this
        const response = await this.connection.exchange(post.bytes, post.start, post.end)
        this.options.clock.learn(response.dateS, sentS, uptimeS())
        if (response.status !== 200) return this.handleStatus(response, post.firstSeq, count)
        return await this.takeAck(readAck(response), post.firstSeq, count)
    }

    /** In a function of its own: what came from flash is not kept while the answer comes. @returns readings in the post */
    private fill(nowS: number): number {
        const { outbox } = this.options
        const count = outbox.pending.ring.evenRun(this.maxReadings())
        if (count > 0) this.encode(count, nowS)
        outbox.releaseBacklog()
        return count
    }

    private encode(count: number, nowS: number) {
        const { post } = this
        this.remoteSettings.setReported(false)
        post.encode(this.options.outbox.pending, count, nowS)
        if (this.plainPosts === 0) putStatus(post, this, count, nowS)
        post.seal()
    }

    private handleStatus(response: Response, firstSeq: number, count: number): number {
        const status = response.status
        const reason = "http-" + status
        if (status === 401 || status === 403) return this.fail("unauthorised", reason, UNAUTHORISED_PAUSE_MS)
        if (status === 400 || status === 422) return this.reject(reason, firstSeq, count)
        if (status === 413) return this.halve(reason, count)
        const waitMs = this.fail(status === 429 || status === 503 ? "busy" : "broken", reason)
        return response.retryAfterS === undefined ? waitMs : retryAfterMs(response.retryAfterS)
    }

    /** An acknowledgement that moves nothing is true, but no success. The word of a server that acknowledges wrongly is nothing. */
    private async takeAck(ack: Acknowledgement, firstSeq: number, count: number): Promise<number> {
        const seq = ack ? ack.ack : undefined
        const lastSeq = firstSeq + count - 1
        if (!(seq >= firstSeq - 1 && seq <= lastSeq)) return this.fail("broken", "wrong-ack")
        if (seq < firstSeq) return this.fail("broken", "no-ack")
        this.options.outbox.acknowledge(seq)
        log(`ack seq=${seq}`)
        this.succeed()
        this.remoteSettings.acknowledge()
        if (ack.desired !== undefined) await this.remoteSettings.receive(ack.desired)
        return 0
    }

    private succeed() {
        this.connectionState.failures = 0
        this.options.boot.stalls = 0
        this.rejections = 0
        this.plainPosts = Math.max(0, this.plainPosts - 1)
        this.narrowed = Math.min(MAX_BATCH, 2 * this.narrowed)
        if (++this.postsAtLimit >= POSTS_BEFORE_TRYING_MORE) {
            this.postsAtLimit = 0
            this.limit = Math.min(MAX_BATCH, 2 * this.limit)
        }
        this.connectionState.enter("ok")
    }

    private halve(reason: string, count: number): number {
        this.limit = Math.max(1, Math.floor(count / 2))
        this.postsAtLimit = 0
        return this.fail("rejected", reason)
    }

    /**
     * It may be the status that the server does not take, so that is left out
     * first. Then halves down to the reading that the server rejects, and drops
     * that one, so that it does not block the others.
     */
    private reject(reason: string, firstSeq: number, count: number): number {
        if (this.plainPosts === 0) {
            this.plainPosts = POSTS_BEFORE_TRYING_MORE
            return this.fail("rejected", reason)
        }
        this.narrowed = Math.max(1, Math.floor(count / 2))
        if (count === 1) this.rejections++
        if (this.rejections < REJECTIONS_PER_READING) return this.fail("rejected", reason)
        this.rejections = 0
        this.options.outbox.reject(firstSeq)
        return this.fail("rejected", reason, 0)
    }

    /** @returns pause before the next try: the back-off unless told otherwise, ms */
    private fail(state: UplinkState, reason: string, waitMs?: number): number {
        const { connectionState } = this
        connectionState.fail(state, reason)
        if (waitMs !== undefined) return waitMs
        return state === "no-network" ? NO_NETWORK_PAUSE_MS + retryAfterMs(0) : backoffMs(connectionState.failures)
    }
}

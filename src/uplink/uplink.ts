/**
 * Sends the readings of the outbox to the server, one post at a time. States and
 * waiting times: `README.md`.
 *
 * A reading leaves the outbox only when the server acknowledged it, when the API
 * rejected it by its number, or when the outbox was full. If a reused
 * connection breaks before the first byte of the response, the post is repeated
 * once on a new connection without waiting: the server stores a batch only once.
 */
import * as ds from "@devicescript/core"
import { OwnBoot, restart } from "../boot/boot"
import { dueRestart, restartMomentMs } from "../boot/restart-policy"
import { ServerClock } from "../boot/server-clock"
import { Server } from "../config"
import { sleepUntil, uptimeS } from "../fiber"
import { log } from "../log"
import { Outbox } from "../outbox/outbox"
import { Sensor } from "../sensors/sensor"
import { Acknowledgement, RestartReason, UplinkState } from "../wire"
import { readAck, readRejection } from "./ack"
import { backoffMs, newPhaseMs, retryAfterMs } from "./backoff"
import { BatchSize } from "./batch-size"
import { ConnectionState } from "./connection-state"
import { HttpConnection } from "./http"
import { Post } from "./post"
import { RemoteSettings } from "./remote-settings"
import { Response } from "./response"
import { putStatus, StatusSource } from "./status"
import { UplinkError } from "./uplink-error"
import { wifiRssiDbm } from "./wifi-rssi"

const NO_NETWORK_PAUSE_MS = 5000
/** the lowest status that says to come back later */
const BUSY = 429
const UNAUTHORISED_PAUSE_MS = 5 * 60 * 1000
/** During a long wait, the outbox gets the chance to write flash at this interval. */
const OUTBOX_TICK_MS = 30 * 1000

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
    private readonly batchSize = new BatchSize()
    /** uptime of the first attempt since the last acknowledgement, ms; undefined if there was none */
    private tryingSinceMs: number
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
        const phaseMs = newPhaseMs(this.options.intervalS)
        while (true) {
            if (this.isDue()) await this.deliver()
            else await this.rest(phaseMs)
            const restartReason = this.restartReason()
            if (restartReason) await this.restart(restartReason)
        }
    }

    /** To be called after each interval: a batch may be due. */
    wake() {
        if (this.idleFiber && this.idleFiber.suspended) this.idleFiber.resume(true)
    }

    /** Waits for the end of an interval, and `phaseMs` more if a batch is due then. */
    private async rest(phaseMs: number): Promise<void> {
        await this.options.outbox.tick(this.tryingSinceMs)
        if (this.restartReason()) return
        this.idleFiber = ds.Fiber.self()
        await ds.suspend(2000 * this.options.intervalS)
        this.idleFiber = undefined
        if (this.isDue()) await ds.sleep(phaseMs)
    }

    private restartReason(): RestartReason {
        const { boot, outbox } = this.options
        const isQuiet = this.connectionState.state === "ok" && outbox.isEmpty()
        return dueRestart(boot, this.connection.hungAttempts, isQuiet, this.remoteSettings.wantsRestart())
    }

    private async restart(restartReason: RestartReason): Promise<void> {
        const { boot, outbox, clock, intervalS } = this.options
        if (!outbox.isEmpty()) await sleepUntil(restartMomentMs(intervalS))
        await outbox.save()
        await restart(boot, restartReason, clock)
    }

    /**
     * True if flash has readings, enough wait for a post, or the oldest has waited one interval
     * longer than a batch takes.
     */
    private isDue(): boolean {
        const { outbox, batch, intervalS } = this.options
        if (outbox.hasBacklog()) return true
        const waiting = outbox.inRam()
        if (waiting === 0) return false
        return this.batchSize.isDue(waiting, batch) || uptimeS() - outbox.oldestEndS() > batch * intervalS
    }

    private async deliver(): Promise<void> {
        let waitMs = 0
        if (this.tryingSinceMs === undefined) this.tryingSinceMs = ds.millis()
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
        await this.options.outbox.tick(this.tryingSinceMs)
        while (ds.millis() < endMs) {
            await sleepUntil(Math.min(endMs, ds.millis() + OUTBOX_TICK_MS))
            await this.options.outbox.tick(this.tryingSinceMs)
        }
    }

    /** @returns pause before the next attempt, ms */
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
        const { connectionState } = this
        connectionState.begin()
        try {
            await this.connection.open()
            connectionState.handshakes++
        } finally {
            connectionState.end()
        }
    }

    private async send(): Promise<number> {
        this.connectionState.enter("sending")
        const sentS = await this.fill(await wifiRssiDbm())
        if (sentS === undefined) return 0
        const response = await this.connection.exchange(this.post)
        // a server in trouble may be one whose clock is wrong
        if (response.status < 500) this.options.clock.learn(response.dateS, sentS, uptimeS())
        const ack = response.status === 200 ? readAck(response) : undefined
        if (!ack && this.post.isShort && response.status < BUSY) {
            // a server that does not know the short form
            this.post.isShort = false
            return 0
        }
        return ack ? await this.takeAck(ack) : this.handleStatus(response)
    }

    /**
     * Encodes the next batch. A separate function, so that no reference to readings
     * from flash stays on the heap while the response arrives.
     *
     * @returns uptime at which it was encoded, s; undefined if there is nothing to send
     */
    private async fill(rssiDbm: number): Promise<number> {
        const pending = await this.options.outbox.prepare()
        const nowS = uptimeS()
        const count = pending.ring.evenRun(this.batchSize.max())
        if (count === 0) {
            this.tryingSinceMs = undefined
            return undefined
        }
        const { post } = this
        this.remoteSettings.setReported(false)
        post.encode(pending, count, nowS, this.options.clock.offsetS)
        putStatus(post, this, pending, nowS, rssiDbm)
        post.seal()
        return nowS
    }

    private handleStatus(response: Response): number {
        const { status, retryAfterS } = response
        const reason = "http-" + status
        if (status === 401 || status === 403) return this.fail("unauthorised", reason, UNAUTHORISED_PAUSE_MS)
        if (status === 422) return this.reject(readRejection(response), reason)
        if (status === 413) {
            this.batchSize.tooLarge(this.post.count)
            return this.fail("rejected", reason)
        }
        const waitMs = this.fail(status === 429 || status === 503 ? "busy" : "broken", reason)
        return retryAfterS === undefined ? waitMs : retryAfterMs(retryAfterS)
    }

    /**
     * An ack that makes no progress counts as a failure. Settings from a server whose ack is out of
     * range are ignored.
     */
    private async takeAck(ack: Acknowledgement): Promise<number> {
        const seq = ack.ack
        const { firstSeq, count } = this.post
        if (seq < firstSeq - 1 || seq >= firstSeq + count) return this.fail("broken", "wrong-ack")
        if (seq < firstSeq) return this.fail("broken", "no-ack")
        this.options.outbox.commit(seq)
        log(`ack seq=${seq}`)
        // settings that the server repeats: it does not have the report on them
        this.post.knownStatus = ack.desired === undefined ? this.post.status : undefined
        this.succeed()
        this.remoteSettings.acknowledge()
        if (ack.desired !== undefined) await this.remoteSettings.receive(ack.desired)
        return 0
    }

    private succeed() {
        this.tryingSinceMs = undefined
        this.connectionState.failures = 0
        this.options.boot.stalls = 0
        this.batchSize.accepted()
        this.connectionState.enter("ok")
    }

    /** @param seq sequence number of the rejected reading; undefined if the response is not the API's */
    private reject(seq: number, reason: string): number {
        const { firstSeq, count } = this.post
        if (!(seq >= firstSeq && seq < firstSeq + count)) return this.fail("broken", reason)
        if (!this.batchSize.rejected(seq - firstSeq)) return this.fail("rejected", reason)
        this.options.outbox.reject(seq)
        return this.fail("rejected", reason, 0)
    }

    /** @returns pause before the next attempt, ms: `waitMs` if given, otherwise the back-off */
    private fail(state: UplinkState, reason: string, waitMs?: number): number {
        const { connectionState } = this
        connectionState.fail(state, reason)
        if (waitMs !== undefined) return waitMs
        return state === "no-network" ? NO_NETWORK_PAUSE_MS + retryAfterMs(0) : backoffMs(connectionState.failures)
    }
}

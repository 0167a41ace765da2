/**
 * Looks every ten seconds whether an alert begins or ends, and sends what is due. Nothing here is on the way of a
 * device's post: alerts follow what is stored, whichever process stored it.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { asAirpinError } from "../../../certs/error.ts"
import { Lease } from "../lease.ts"
import { readEdgeStatus } from "../pins/edge-state.ts"
import type { Database } from "../store/database.ts"
import { Turns } from "../turns.ts"
import { openAlerts, pruneAlerts, saveChanges } from "./alert-store.ts"
import { alertChanges } from "./changes.ts"
import type { Channel } from "./channels/channel.ts"
import { type Judgement, judge, judgeDevice } from "./conditions.ts"
import { sendDue } from "./deliveries.ts"
import { DeviceFactsReader } from "./device-facts.ts"
import { isQuiet } from "./quiet-hours.ts"
import { type ServerSources, ServerWatch } from "./server-watch.ts"
import type { AlertSettings } from "./settings.ts"

/** Time from one look to the next, ms; an alert is late by this at most. */
const LOOK_EVERY_MS = 10_000

/** After a longer time without a look, this process was stopped or the database away, and posts may have been too. */
const MAX_GAP_MS = 60_000

/** A command has 4 s to end after a signal (commands/signals.ts). */
const CLOSE_MS = 1_500

const PRUNE_EVERY_MS = 24 * 3_600_000

export interface AlertServiceOptions {
    db: Database
    settings: AlertSettings
    channels: Channel[]
    sources: ServerSources
    /** Unix time, ms */
    now?: () => number
    monotonicMs?: () => number
    /** told of every message that was sent or could not be */
    onDelivery?: ((channel: string, result: "delivered" | "failed") => void) | undefined
    /** told of what fails, once until it works again or fails differently; no text has a secret */
    onFailure(text: string): void
}

export class AlertService {
    readonly #options: AlertServiceOptions
    readonly #now: () => number
    readonly #monotonicMs: () => number
    readonly #lease: Lease
    readonly #devices: DeviceFactsReader
    readonly #server: ServerWatch
    readonly #sending = new Map<Channel, Promise<void>>()
    readonly #failures = new Map<string, string>()
    #reachableSinceS: number | undefined
    #lookedAtMs = Number.NEGATIVE_INFINITY
    #prunedAtMs = Number.NEGATIVE_INFINITY
    #timer: NodeJS.Timeout | undefined
    #looking: Promise<void> = Promise.resolve()
    #isClosed = false

    constructor(options: AlertServiceOptions) {
        const { db, settings, sources, now = Date.now, monotonicMs = () => performance.now() } = options
        this.#options = options
        this.#now = now
        this.#monotonicMs = monotonicMs
        this.#lease = new Lease(db, "alerts", monotonicMs)
        this.#devices = new DeviceFactsReader(db, settings.limits)
        this.#server = new ServerWatch(sources, monotonicMs)
    }

    /** True while it is this process that judges and sends. */
    get isOwner(): boolean {
        return this.#lease.isHeld
    }

    start(): void {
        const next = async (): Promise<void> => {
            this.#looking = this.look()
            await this.#looking
            if (!this.#isClosed) this.#timer = setTimeout(next, LOOK_EVERY_MS).unref()
        }
        void next()
    }

    /** Waits a little for messages that are being sent; others are sent after the next start. */
    async close(): Promise<void> {
        this.#isClosed = true
        clearTimeout(this.#timer)
        await this.#looking
        await Promise.race([this.sent(), sleep(CLOSE_MS, undefined, { ref: false })])
        await this.#lease.release().catch(() => undefined) // the others take it over by themselves
    }

    /** One look; never throws. It does not wait for messages: see `sent`. */
    async look(): Promise<void> {
        try {
            const wasHeld = this.#lease.isHeld
            if (!(await this.#lease.hold())) return
            if (!wasHeld) this.#devices.forget()
            await this.#judge()
            await this.#prune()
            if (!isQuiet(this.#options.settings.quiet, this.#nowS())) this.#send()
            this.#worksAgain("look")
        } catch (error) {
            this.#devices.forget()
            this.#fails("look", `alerts are not judged: ${asAirpinError(error).message}`)
        }
    }

    /** Resolves when nothing is being sent. */
    async sent(): Promise<void> {
        await Promise.all(this.#sending.values())
    }

    async #judge(): Promise<void> {
        const { db, settings, channels } = this.#options
        const nowS = this.#nowS()
        const server = await this.#server.look()
        const devices = await this.#devices.read()
        const reachableSinceS = this.#reachableSince(nowS, server.clockDoubt !== undefined)
        // of a later version: airpin renew --status shows it
        const edge = await readEdgeStatus(db.sql).catch(() => undefined)
        const facts = { nowS, reachableSinceS, zone: settings.quiet.zone, ...server, edge }
        const ofDevices: Judgement[] = []
        const turns = new Turns()
        for (const device of devices) {
            await turns.share()
            ofDevices.push(...judgeDevice(device, facts, settings.limits))
        }
        const judgements = judge(facts, ofDevices, settings.limits)
        const changes = alertChanges(await openAlerts(db.sql), judgements, new Set(devices.map(({ key }) => key)))
        const names = channels.map(({ name }) => name)
        await saveChanges(db, changes, names, nowS)
    }

    #reachableSince(nowS: number, isClockInDoubt: boolean): number {
        const nowMs = this.#monotonicMs()
        const isNew = nowMs - this.#lookedAtMs > MAX_GAP_MS || isClockInDoubt
        this.#lookedAtMs = nowMs
        if (isNew || this.#reachableSinceS === undefined || this.#reachableSinceS > nowS) this.#reachableSinceS = nowS
        return this.#reachableSinceS
    }

    async #prune(): Promise<void> {
        if (this.#monotonicMs() - this.#prunedAtMs < PRUNE_EVERY_MS) return
        this.#prunedAtMs = this.#monotonicMs()
        await pruneAlerts(this.#options.db, this.#nowS())
    }

    /** A channel that still sends is left alone, so that none waits for another. */
    #send(): void {
        for (const channel of this.#options.channels) {
            if (this.#sending.has(channel)) continue
            const sending = this.#sendOn(channel).finally(() => this.#sending.delete(channel))
            this.#sending.set(channel, sending)
        }
    }

    async #sendOn(channel: Channel): Promise<void> {
        const { db, onDelivery = () => undefined } = this.#options
        try {
            const sent = await sendDue({
                db,
                channel,
                nowS: () => this.#nowS(),
                maySend: () => this.#lease.isHeld && !this.#isClosed,
                onFailure: ({ name }, text, isLast) => {
                    onDelivery(name, "failed")
                    this.#fails(name, `alerts by ${name} are not delivered: ${text}${isLast ? "; given up" : ""}`)
                },
            })
            for (let count = 0; count < sent; count++) onDelivery(channel.name, "delivered")
            if (sent > 0) this.#worksAgain(channel.name)
        } catch (error) {
            this.#fails(channel.name, `alerts by ${channel.name} are not delivered: ${asAirpinError(error).message}`)
        }
    }

    #fails(what: string, text: string): void {
        if (this.#isClosed || this.#failures.get(what) === text) return
        this.#failures.set(what, text)
        this.#options.onFailure(text)
    }

    #worksAgain(what: string): void {
        this.#failures.delete(what)
    }

    #nowS(): number {
        return Math.floor(this.#now() / 1000)
    }
}

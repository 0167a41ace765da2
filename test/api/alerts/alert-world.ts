import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { AlertService } from "../../../devs/api/alerts/alert-service.ts"
import { channelsOf } from "../../../devs/api/alerts/channels/channels.ts"
import { alertSettings } from "../../../devs/api/alerts/settings.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import type { Status } from "../../../src/wire.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch } from "../support/world.ts"
import { Receiver } from "./receiver.ts"

/** 2025-01-15T12:00:00Z, a Wednesday */
export const START_MS = 1_736_942_400_000
export const SECRET = Buffer.alloc(32, 5).toString("base64")

/** A database, receivers on loopback, and services that look when they are told to, by a clock that the test sets. */
export class AlertWorld {
    readonly clock = { ms: START_MS }
    readonly webhook = new Receiver()
    readonly ntfy = new Receiver()
    readonly failures: string[] = []
    readonly services: AlertService[] = []
    clockDoubt: string | undefined
    #urls: Record<string, string> = {}
    readonly #seqs = new Map<string, number>()

    readonly folder: string
    readonly db: Database

    private constructor(folder: string, db: Database) {
        this.folder = folder
        this.db = db
    }

    /** @param place of the database; a plain name is a file in a folder of its own */
    static async open(place = ":memory:"): Promise<AlertWorld> {
        const folder = await mkdtemp(path.join(tmpdir(), "airpin-alerts-"))
        const isPlain = /^[\w.-]+$/.test(place)
        const world = new AlertWorld(folder, await openDatabase(isPlain ? path.join(folder, place) : place))
        const [webhook, ntfy] = [await world.webhook.start(createServer()), await world.ntfy.start(createServer())]
        world.#urls = {
            ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhook}/`,
            ALERT_WEBHOOK_SECRET: SECRET,
            ALERT_NTFY_URL: `http://127.0.0.1:${ntfy}/air`,
        }
        await addDevice(world.db, { id: "room-103", name: "Room 103", createdAt: START_MS / 1000 - 86_400 })
        return world
    }

    get nowS(): number {
        return Math.floor(this.clock.ms / 1000)
    }

    /** Another process, on the same database. */
    service(variables: Record<string, string> = {}, db: Database = this.db): AlertService {
        const settings = alertSettings({
            ...this.#urls,
            ALERT_NTFY_URL: "",
            ALERT_ZONE: "UTC",
            ALERT_CO2_PPM: "1400",
            ...variables,
        })
        const service = new AlertService({
            db,
            settings,
            channels: channelsOf(settings),
            sources: {
                clockDoubt: () => this.clockDoubt,
                certificatePem: () => undefined,
                pinsFolder: path.join(this.folder, "pinned"),
                diskFolder: undefined,
            },
            now: () => this.clock.ms,
            monotonicMs: () => this.clock.ms,
            onFailure: text => this.failures.push(text),
        })
        this.services.push(service)
        return service
    }

    /** The variables that also send to ntfy. */
    get both(): Record<string, string> {
        return { ALERT_NTFY_URL: this.#urls["ALERT_NTFY_URL"] ?? "" }
    }

    pass(seconds: number): void {
        this.clock.ms += seconds * 1000
    }

    /** Stores readings a minute apart, the last of which ends now. */
    async post(ppms: number[], status?: Status, device = "room-103"): Promise<void> {
        const seq = this.#seqs.get(device) ?? 1
        this.#seqs.set(device, seq + ppms.length)
        const batch = co2Batch(seq, this.nowS - (ppms.length - 1) * 60, ppms)
        const reported = status && { status, unread: [] }
        await storedIn(this.db).append(device, batch, this.nowS, reported)
    }

    /** One look, and what it sends. */
    async look(service: AlertService): Promise<void> {
        await service.look()
        await service.sent()
    }

    /** What the webhook has received: event and text. */
    messages(receiver = this.webhook): string[] {
        return receiver.received.map(({ body }) => {
            const { event, text, message } = JSON.parse(body)
            return event === undefined ? message : `${event}: ${text}`
        })
    }

    async end(): Promise<void> {
        this.webhook.stop()
        this.ntfy.stop()
        for (const service of this.services) await service.close()
        await this.db.close()
        await rm(this.folder, { recursive: true })
    }
}

/** As many readings of one value. */
export const of = (count: number, ppm: number): number[] => Array.from({ length: count }, () => ppm)

/** Sends the changes of devices to everyone who listens. */
import { AirpinError } from "../../../certs/error.ts"
import {
    ChangePolls,
    type Changes,
    type DeviceShown,
    type DeviceSource,
    type PartShown,
    POLL_INTERVAL_MS,
    partsOf,
} from "./changes.ts"
import { type StreamEvent, Subscription } from "./subscription.ts"

/** Listeners of one view at once: each costs a connection and about 20 kB. */
const MAX_LISTENERS = 500

/** 10 s: how often listeners get the time, which shows them that the server and its database respond. */
const POLLS_PER_TIME = 5

/** Where a listener went away, devices that were seen so long before are sent again: clocks of servers differ. */
const OVERLAP_S = 10

/** Names of a stream's events, the second also of what it shows in the data. */
export interface EventNames {
    /** which there are */
    all: "devices" | "rooms"
    /** one of them */
    one: "device" | "room"
}

export interface LiveOptions {
    names: EventNames
    source: DeviceSource
    /** ms since 1970 */
    now: () => number
    /** called with what a poll failed with */
    onError: (error: unknown) => void
    /** default: `POLL_INTERVAL_MS` */
    pollIntervalMs?: number | undefined
}

export class Live {
    readonly #options: LiveOptions
    readonly #polls: ChangePolls
    readonly #listeners = new Set<Subscription>()
    #timer: NodeJS.Timeout | undefined
    #count = 0

    constructor(options: LiveOptions) {
        this.#options = options
        this.#polls = new ChangePolls(options.source)
    }

    /**
     * Begins to collect events for a listener.
     *
     * @param device id of the only device that it may see; null: every device
     * @throws AirpinError READS_BUSY
     */
    async listen(device: string | null): Promise<Subscription> {
        if (this.#listeners.size >= MAX_LISTENERS)
            throw new AirpinError(
                "READS_BUSY",
                `${MAX_LISTENERS} streams are open, as many as this server takes at once`,
            )
        const subscription = new Subscription(device)
        this.#listeners.add(subscription)
        if (this.#listeners.size > 1) return subscription
        try {
            await this.#polls.start()
        } catch (error) {
            this.leave(subscription)
            // for those that came meanwhile
            this.#schedule()
            throw error
        }
        this.#schedule()
        return subscription
    }

    leave(subscription: Subscription): void {
        subscription.end()
        this.#listeners.delete(subscription)
        if (this.#listeners.size > 0) return
        clearTimeout(this.#timer)
        this.#timer = undefined
    }

    /** Ends every stream. */
    close(): void {
        for (const listener of this.#listeners) this.leave(listener)
    }

    #schedule(): void {
        if (this.#listeners.size === 0) return
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => void this.#poll(), this.#options.pollIntervalMs ?? POLL_INTERVAL_MS)
    }

    async #poll(): Promise<void> {
        try {
            this.#send(await this.#polls.poll())
        } catch (error) {
            this.#options.onError(error)
        }
        this.#schedule()
    }

    #send({ changed, ids, isOtherSet }: Changes): void {
        const nowS = Math.floor(this.#options.now() / 1000)
        const { names } = this.#options
        const events = changed.map(part => ({ id: part.id, event: partEvent(names, part, nowS) }))
        const isTime = ++this.#count % POLLS_PER_TIME === 0
        for (const listener of this.#listeners) {
            if (isOtherSet) listener.push(idsEvent(names, ids, listener.device, nowS))
            for (const { id, event } of events) if (mayHear(listener.device, id)) listener.push(event)
            if (isTime) listener.push(timeEvent(nowS))
        }
    }
}

/**
 * What a listener gets first: which devices there are, and each that was seen since the position it had reached, or
 * every one without a position.
 *
 * @param devices that it may see
 */
export function firstEvents(
    names: EventNames,
    devices: DeviceShown[],
    nowS: number,
    position: number | undefined,
): StreamEvent[] {
    const since = position === undefined ? -Infinity : position - OVERLAP_S
    const shown = devices.filter(({ lastSeenAt }) => position === undefined || (lastSeenAt ?? 0) >= since)
    const ids = devices.map(({ id }) => id)
    const parts = partsOf(shown).map(part => partEvent(names, part, nowS))
    return [idsEvent(names, ids, null, nowS), ...parts, timeEvent(nowS)]
}

function mayHear(device: string | null, id: string): boolean {
    return device === null || device === id
}

function partEvent({ one }: EventNames, { id, part, shown, lastSeenAt }: PartShown, nowS: number): StreamEvent {
    const data = JSON.stringify({ now: nowS, [one]: shown })
    return { name: one, key: `${one} ${part} ${id}`, data, position: lastSeenAt ?? undefined }
}

function idsEvent({ all }: EventNames, ids: string[], device: string | null, nowS: number): StreamEvent {
    const data = JSON.stringify({ now: nowS, ids: ids.filter(id => mayHear(device, id)) })
    return { name: all, key: all, data }
}

function timeEvent(nowS: number): StreamEvent {
    return { name: "time", key: "time", data: JSON.stringify({ now: nowS }) }
}

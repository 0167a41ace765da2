/**
 * Keeps Home Assistant informed: every device's discovery, latest values and availability are retained messages on the
 * broker. It follows what is stored, so nothing here is on the way of a device's post.
 */
import { asAirpinError } from "../../../certs/error.ts"
import { DeviceWatch, silenceOf, type WatchedDevice } from "../device-watch.ts"
import { Lease } from "../lease.ts"
import type { Database } from "../store/database.ts"
import { Turns } from "../turns.ts"
import { type Message, MqttConnection } from "./connection.ts"
import { deviceTopics, discoveryOf, serverTopic, stateOf, type Topics } from "./discovery.ts"
import { latestValues, measuredQuantities } from "./latest.ts"
import { type Published, readPublished, savePublished } from "./published.ts"
import type { MqttSettings } from "./settings.ts"

/** Time from one look to the next, ms, if this process does not hear of a post before. */
const LOOK_EVERY_MS = 5_000

/** … and if it heard of one during a look: posts are then published together. */
const LOOK_AGAIN_MS = 200

/** Longest wait for the broker when this process ends, ms. */
const CLOSE_MS = 1_000

/** A device is not silent before this, s. */
const MIN_SILENCE_S = 900

export interface PublisherOptions {
    db: Database
    settings: MqttSettings
    /** Unix time, ms */
    now?: () => number
    monotonicMs?: () => number
    /** told of what fails, once until it works again or fails differently; no text has a secret */
    onFailure(text: string): void
}

export class MqttPublisher {
    readonly #options: PublisherOptions
    readonly #now: () => number
    readonly #lease: Lease
    readonly #watch: DeviceWatch
    readonly #connection: MqttConnection
    /** payloads by topic that this connection has published */
    #sent = new Map<string, string>()
    /** discovery and values of each device as last read */
    #descriptions = new Map<number, { signature: string; messages: Message[] }>()
    /** as noted in the database; undefined: not read since this process became the one that publishes */
    #published: Published | undefined
    /** what failed last; undefined: everything is published */
    #failure: string | undefined = ""
    #timer: NodeJS.Timeout | undefined
    #looking: Promise<void> | undefined
    /** a device has posted since the look began */
    #isWoken = false
    #isClosed = false

    constructor(options: PublisherOptions) {
        const { db, settings, now = Date.now, monotonicMs = () => performance.now() } = options
        this.#options = options
        this.#now = now
        this.#lease = new Lease(db, "mqtt", monotonicMs)
        this.#watch = new DeviceWatch(db)
        this.#connection = new MqttConnection({
            settings,
            monotonicMs,
            onConnect: () => this.wake(),
            onFailure: text => this.#fails(text),
        })
    }

    /** True if everything that was known at the last look is on the broker. */
    get isPublished(): boolean {
        return this.#failure === undefined
    }

    start(): void {
        void this.look()
    }

    /** A device has posted to this process. */
    wake(): void {
        this.#isWoken = true
        if (this.#looking === undefined) void this.look()
    }

    /** Publishes what has changed; never throws. Looks again by itself. */
    async look(): Promise<void> {
        if (this.#isClosed) return
        clearTimeout(this.#timer)
        this.#looking ??= this.#publish().finally(() => {
            this.#looking = undefined
            if (this.#isClosed) return
            const pauseMs = this.#isWoken ? LOOK_AGAIN_MS : LOOK_EVERY_MS
            this.#timer = setTimeout(() => void this.look(), pauseMs).unref()
        })
        await this.#looking
    }

    /** Declares the devices unavailable, because nobody follows them any more. */
    async close(): Promise<void> {
        this.#isClosed = true
        clearTimeout(this.#timer)
        // the broker then publishes the last will, which says the same
        const late = setTimeout(() => this.#connection.cut(), CLOSE_MS)
        await this.#looking
        const offline = { topic: serverTopic(this.#options.settings.topics), payload: "offline" }
        if (this.#connection.isConnected) await this.#connection.publish([offline]).catch(() => undefined)
        clearTimeout(late)
        await this.#connection.close().catch(() => undefined)
        await this.#lease.release().catch(() => undefined) // the others take it over by themselves
    }

    async #publish(): Promise<void> {
        this.#isWoken = false
        try {
            if (!(await this.#lease.hold())) {
                this.#forget()
                return await this.#connection.close()
            }
            if (!this.#connection.isConnected) {
                this.#forget()
                return this.#connection.open()
            }
            await this.#publishChanges()
            this.#failure = undefined
        } catch (error) {
            this.#forget()
            this.#fails(`nothing is published by MQTT: ${asAirpinError(error).message}`)
        }
    }

    /** The broker may have lost what it kept, and another process may have published meanwhile. */
    #forget(): void {
        this.#sent.clear()
        this.#descriptions.clear()
        this.#published = undefined
        this.#failure ??= ""
    }

    async #publishChanges(): Promise<void> {
        const { topics } = this.#options.settings
        const devices = await this.#watch.look()
        const messages: Message[] = []
        const turns = new Turns()
        for (const device of devices) {
            await turns.share()
            messages.push(...(await this.#messagesOf(device)))
        }
        const { gone, isNew } = await this.#compare(devices)
        // noted before it is published: what is on the broker is always known
        if (isNew) await this.#save([...gone.ids, ...devices.map(({ id }) => id)])
        const gathered = [...removalOf(gone, topics), ...messages, { topic: serverTopic(topics), payload: "online" }]
        await this.#send(gathered)
        if (gone.ids.length > 0) await this.#save(devices.map(({ id }) => id))
    }

    /** What is on the broker but is not to be, and whether something is to be there that is not noted yet. */
    async #compare(devices: WatchedDevice[]): Promise<{ gone: Published; isNew: boolean }> {
        const { topics } = this.#options.settings
        this.#published ??= (await readPublished(this.#options.db.sql)) ?? { topics, ids: [] }
        const { ids, topics: former } = this.#published
        const isMoved = former.base !== topics.base || former.discovery !== topics.discovery
        const wanted = new Set(devices.map(({ id }) => id))
        const noted = new Set(isMoved ? [] : ids)
        return {
            gone: { topics: former, ids: ids.filter(id => isMoved || !wanted.has(id)) },
            isNew: (!isMoved || ids.length === 0) && devices.some(({ id }) => !noted.has(id)),
        }
    }

    async #save(ids: string[]): Promise<void> {
        this.#published = { topics: this.#options.settings.topics, ids }
        await savePublished(this.#options.db, this.#published)
    }

    /** Discovery, latest values and availability of a device. */
    async #messagesOf(device: WatchedDevice): Promise<Message[]> {
        if (device.newestAt === null) return [] // Home Assistant has nothing to show
        const silentAfterS = silenceOf(device, MIN_SILENCE_S)
        const { availability } = deviceTopics(this.#options.settings.topics, device.id)
        const isSilent = this.#nowS() - (device.lastSeenAt ?? 0) > silentAfterS
        const described = await this.#described(device, silentAfterS)
        return [...described, { topic: availability, payload: isSilent ? "offline" : "online" }]
    }

    /** Read anew only after a post, or a change of the device. */
    async #described(device: WatchedDevice, expireAfterS: number): Promise<Message[]> {
        const { key, id, name, newestAt, lastSeenAt } = device
        const signature = JSON.stringify([id, name, newestAt, lastSeenAt, expireAfterS])
        const known = this.#descriptions.get(key)
        if (known?.signature === signature) return known.messages
        const { db, settings } = this.#options
        const topics = deviceTopics(settings.topics, id)
        const quantities = await measuredQuantities(db.sql, key)
        const config = discoveryOf(settings.topics, { id, name, quantities, expireAfterS })
        const messages = [{ topic: topics.config, payload: JSON.stringify(config) }]
        const values = newestAt === null ? undefined : await latestValues(db.sql, key, newestAt)
        // what a device delivers after an outage is not the air now
        if (newestAt !== null && values !== undefined && this.#nowS() - newestAt <= expireAfterS)
            messages.push({ topic: topics.state, payload: JSON.stringify(stateOf(newestAt, values)) })
        this.#descriptions.set(key, { signature, messages })
        return messages
    }

    /** Publishes what this connection has not published yet. */
    async #send(messages: Message[]): Promise<void> {
        const fresh = messages.filter(({ topic, payload }) => this.#sent.get(topic) !== payload)
        await this.#connection.publish(fresh)
        for (const { topic, payload } of fresh) this.#sent.set(topic, payload)
    }

    #nowS(): number {
        return Math.floor(this.#now() / 1000)
    }

    #fails(text: string): void {
        if (this.#isClosed || this.#failure === text) return
        this.#failure = text
        this.#options.onFailure(text)
    }
}
/** Empty retained messages: Home Assistant forgets the devices, and this server at its former topic. */
function removalOf({ topics, ids }: Published, current: Topics): Message[] {
    const former = topics.base === current.base ? [] : [serverTopic(topics)]
    const gone = [...ids.flatMap(id => Object.values(deviceTopics(topics, id))), ...former]
    return gone.map(topic => ({ topic, payload: "" }))
}

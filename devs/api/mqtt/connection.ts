/** One connection at a time to an MQTT broker, with pauses between attempts. This file touches the network. */
import { createHash } from "node:crypto"
import { connect, type IClientOptions, type MqttClient } from "mqtt"
import { serverTopic } from "./discovery.ts"
import type { MqttSettings } from "./settings.ts"

const CONNECT_MS = 10_000
const KEEP_ALIVE_S = 30

/** Longest wait for the acknowledgement of a message, ms. */
const PUBLISH_MS = 20_000

/** Pause before the next attempt, ms: it doubles with each failure, by a random share so that clients spread. */
const MIN_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

/** Longest wait until the broker has closed the connection after the goodbye, ms. */
const CLOSE_MS = 1_000

/** Messages that are sent before the first is acknowledged. */
const MAX_OPEN = 100

export interface Message {
    topic: string
    /** "" deletes a retained message */
    payload: string
}

export interface ConnectionOptions {
    settings: MqttSettings
    monotonicMs(): number
    onConnect(): void
    /** told when a connection fails or ends, with a text without any secret */
    onFailure(text: string): void
}

export class MqttConnection {
    readonly #options: ConnectionOptions
    #client: MqttClient | undefined
    #failures = 0
    #nextAttemptMs = 0
    /** aborted when the client is gone */
    #gone = new AbortController()

    constructor(options: ConnectionOptions) {
        this.#options = options
    }

    get isConnected(): boolean {
        return this.#client?.connected === true
    }

    /** Starts to connect, unless it does so already, or it is too early after a failure. */
    open(): void {
        if (this.#client !== undefined || this.#options.monotonicMs() < this.#nextAttemptMs) return
        const client = connect(clientOptions(this.#options.settings))
        this.#client = client
        this.#gone = new AbortController()
        let reason = "the broker closed the connection"
        client.on("error", error => (reason = error.message))
        client.on("connect", () => {
            this.#failures = 0
            this.#options.onConnect()
        })
        client.on("close", () => this.#end(client, reason))
    }

    /**
     * Publishes retained messages in order; each is acknowledged by the broker when it resolves.
     *
     * @throws Error if the connection ends before
     */
    async publish(messages: Message[]): Promise<void> {
        for (let at = 0; at < messages.length; at += MAX_OPEN) {
            const client = this.#client
            if (client === undefined) throw new Error("there is no connection to the broker")
            const sent = messages
                .slice(at, at + MAX_OPEN)
                .map(({ topic, payload }) => client.publishAsync(topic, payload, { qos: 1, retain: true }))
            await this.#unlessGone(Promise.all(sent))
        }
    }

    /** Says goodbye to the broker, which then does not publish the last will. */
    async close(): Promise<void> {
        const client = this.#client
        if (client === undefined) return
        this.#client = undefined
        this.#gone.abort()
        const late = setTimeout(() => client.stream.destroy(), CLOSE_MS)
        await client.endAsync(!client.connected).finally(() => clearTimeout(late))
    }

    /** Ends the connection without a goodbye; what is being published fails. */
    cut(): void {
        this.#client?.stream.destroy()
    }

    #end(client: MqttClient, reason: string): void {
        if (this.#client !== client) return
        this.#client = undefined
        this.#gone.abort()
        client.end(true)
        const longestMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#failures++)
        this.#nextAttemptMs = this.#options.monotonicMs() + longestMs * (0.5 + Math.random() / 2)
        const { host, port } = this.#options.settings
        this.#options.onFailure(`MQTT broker ${host}:${port}: ${reason}`)
    }

    #unlessGone(work: Promise<unknown>): Promise<void> {
        const client = this.#client
        const { signal } = this.#gone
        return new Promise((resolve, reject) => {
            const fail = () => reject(new Error("the connection to the broker has ended"))
            const late = setTimeout(() => client?.stream.destroy(), PUBLISH_MS)
            signal.addEventListener("abort", fail, { once: true })
            work.then(() => resolve(), reject).finally(() => {
                clearTimeout(late)
                signal.removeEventListener("abort", fail)
            })
        })
    }
}

/**
 * The client id follows from the topic: a broker ends the connection of a client with the same id, and publishes its
 * last will, before it accepts the new one (MQTT 3.1.1 section 3.1.4). So a process that was stopped and lost its lease
 * cannot declare this server offline later.
 */
function clientOptions({ host, port, isTls, login, ca, topics }: MqttSettings): IClientOptions {
    return {
        protocol: isTls ? "mqtts" : "mqtt",
        host,
        port,
        clientId: `airpin${createHash("sha256").update(topics.base).digest("hex").slice(0, 16)}`,
        ...(login && { username: login.user, password: login.pass }),
        ...(isTls && { servername: host, minVersion: "TLSv1.2", ...(ca && { ca }) }),
        will: { topic: serverTopic(topics), payload: Buffer.from("offline"), qos: 1, retain: true },
        reconnectPeriod: 0,
        connectTimeout: CONNECT_MS,
        keepalive: KEEP_ALIVE_S,
        queueQoSZero: false,
    }
}

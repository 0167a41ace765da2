/**
 * A device without a chip: it keeps readings until the server has them, and posts them over HTTPS as the firmware does
 * (src/uplink): oldest first, from the same reading again until that is acknowledged, one connection kept open.
 */
import https from "node:https"
import { setTimeout as sleep } from "node:timers/promises"
import { MAX_BATCH } from "../../../src/wire.ts"
import { postJson } from "./post-json.ts"
import { batchOf, type Reading, readingOf } from "./reading.ts"

/** As EXCHANGE_MS of src/uplink/http.ts. */
const EXCHANGE_MS = 20_000
/** Full jitter below this after a failure. The firmware starts with 2 s and doubles it; here the server is measured. */
const MAX_PAUSE_MS = 500
/** How often it looks for new readings, and whether it was stopped. */
const IDLE_MS = 50

export interface LightDeviceOptions {
    id: string
    token: string
    /** port of the service on this machine, and the root that the device trusts */
    port: number
    rootPem: string
    /** end of the first reading, Unix seconds */
    startS: number
    /** real time from one reading to the next; it posts what it has after each third one */
    everyMs: number
    onPost(post: Post): void
}

/** A post that has ended. */
export interface Post {
    /** monotonic times, ms */
    beganMs: number
    endedMs: number
    /** readings that it acknowledged; 0 for a failed one */
    acknowledged: number
    /** why it failed: the code of the API's error, or the status, or the connection's error */
    failure?: string
}

export class LightDevice {
    readonly id: string
    readonly startS: number
    readonly #options: LightDeviceOptions
    readonly #agent: https.Agent
    readonly #bornMs = performance.now()
    /** readings taken; fixed once it takes no more */
    #taken: number | undefined
    #acknowledged = 0
    #isStopped = false
    readonly #running: Promise<void>

    constructor(options: LightDeviceOptions) {
        this.id = options.id
        this.startS = options.startS
        this.#options = options
        this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: options.rootPem })
        this.#running = this.#run()
    }

    /** Readings that the server has acknowledged, counted over all boots: it must have exactly the first so many. */
    get acknowledged(): number {
        return this.#acknowledged
    }

    /** True once the server has acknowledged all that the device has taken. */
    get isEmpty(): boolean {
        return this.#acknowledged === this.#takenNow()
    }

    /** Takes no further readings. */
    takeNoMore(): void {
        this.#taken = this.#takenNow()
    }

    async close(): Promise<void> {
        this.#isStopped = true
        this.#agent.destroy()
        await this.#running
    }

    #takenNow(): number {
        return this.#taken ?? Math.floor((performance.now() - this.#bornMs) / this.#options.everyMs)
    }

    async #run(): Promise<void> {
        while (!this.#isStopped) {
            const waiting = this.#takenNow() - this.#acknowledged
            const isDue = waiting >= 3 || (waiting > 0 && this.#taken !== undefined)
            if (isDue && !(await this.#post(waiting))) await sleep(Math.random() * MAX_PAUSE_MS)
            else if (!isDue) await sleep(IDLE_MS)
        }
    }

    /** True if something was acknowledged. */
    async #post(waiting: number): Promise<boolean> {
        const beganMs = performance.now()
        const before = this.#acknowledged
        const failure = await this.#send(Math.min(waiting, MAX_BATCH)).catch(failureText)
        const acknowledged = this.#acknowledged - before
        const post = { beganMs, endedMs: performance.now(), acknowledged, ...(failure && { failure }) }
        if (!this.#isStopped) this.#options.onPost(post)
        return acknowledged > 0
    }

    /** @returns why nothing was acknowledged; undefined if something was */
    async #send(count: number): Promise<string | undefined> {
        const { token, port, startS } = this.#options
        const reading = (at: number) => readingOf(this.id, this.#acknowledged + 1 + at, startS)
        const first = reading(0)
        const others = Array.from({ length: count - 1 }, (_, at) => reading(1 + at))
        const readings: [Reading, ...Reading[]] = [first, ...others.filter(({ boot }) => boot === first.boot)]
        const response = await postJson({
            agent: this.#agent,
            port,
            path: "/api/v1/readings",
            token,
            body: batchOf(readings),
            timeoutMs: EXCHANGE_MS,
        })
        if (response.status !== 200) return codeOf(response.body) ?? `http-${response.status}`
        const { ack } = JSON.parse(response.body) as { ack: number }
        const acknowledged = ack - first.seq + 1
        if (!(acknowledged > 0 && acknowledged <= readings.length)) return `WRONG_ACK ${ack}`
        this.#acknowledged += acknowledged
        return undefined
    }
}

/** The code of an error of the API. */
function codeOf(body: string): string | undefined {
    return body.match(/"code":"([A-Z_]+)"/)?.[1]
}

function failureText(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return "code" in error && typeof error.code === "string" ? error.code : error.message
}

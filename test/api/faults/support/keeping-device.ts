/** Devices that measure all the time and, as the firmware does, keep every reading until it is acknowledged. */
import { createSecureContext, type SecureContext } from "node:tls"
import { Connection, DEVICE_CIPHER, postText, type Response } from "../../../../devs/bench/api/connection.ts"

const INTERVAL_MS = 20
/** a device may post 1,200 times a minute, and a fault's rounds may take minutes */
const MIN_POST_INTERVAL_MS = 60
const MAX_BATCH = 30
/** a device waits 20 s; here nothing is so slow */
const RESPONSE_TIMEOUT_MS = 5000
const MIN_PAUSE_MS = 50
const MAX_PAUSE_MS = 200

/** What takes longer never happens. */
const MAX_WAIT_MS = 30_000

export interface KeepingOptions {
    id: string
    token: string
    port: number
    context: SecureContext
}

/** One reading a second by its own clock, which goes faster than the true one. */
class KeepingDevice {
    readonly id: string
    /** last sequence number that was measured, and acknowledged */
    measured = 0
    acknowledged = 0
    /** status of each response, and "none" for each lost connection, in order */
    readonly outcomes: string[] = []
    /** error codes of the refusals */
    readonly codes = new Set<string>()
    readonly #options: KeepingOptions
    readonly #startS = Math.floor(Date.now() / 1000) - 20 * 86_400
    #connection: Connection | undefined

    constructor(options: KeepingOptions) {
        this.id = options.id
        this.#options = options
    }

    get boot(): string {
        return `boot-${this.id}`
    }

    /** What was measured as this sequence number. */
    static co2Ppm(seq: number): number {
        return 400 + (seq % 1000)
    }

    timeOf(seq: number): number {
        return this.#startS + seq
    }

    /** Returns when everything is delivered, after it measures no more; or at once when it is broken off. */
    async run(phase: () => "measuring" | "delivering" | "broken off"): Promise<void> {
        const timer = setInterval(() => this.measured++, INTERVAL_MS)
        while (phase() === "measuring" || (phase() === "delivering" && this.acknowledged < this.measured)) {
            if (phase() !== "measuring") clearInterval(timer)
            if (this.acknowledged === this.measured) await sleep(INTERVAL_MS)
            else if (await this.#post()) await sleep(MIN_POST_INTERVAL_MS)
            else await sleep(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS))
        }
        clearInterval(timer)
        this.#connection?.close()
    }

    async #post(): Promise<boolean> {
        const seq = this.acknowledged + 1
        const count = Math.min(MAX_BATCH, this.measured - this.acknowledged)
        const co2Ppm = Array.from({ length: count }, (_, at) => KeepingDevice.co2Ppm(seq + at))
        const time = this.timeOf(seq)
        const age = Math.floor(Date.now() / 1000) - time
        const status = { uptimeS: seq }
        const response = await this.#ask(JSON.stringify({ boot: this.boot, seq, time, age, step: 1, co2Ppm, status }))
        this.outcomes.push(response === undefined ? "none" : String(response.status))
        if (response === undefined) return false
        const body: { ack?: number; code?: string } = JSON.parse(response.body)
        if (response.status === 200 && body.ack === seq + count - 1) this.acknowledged = body.ack
        else this.codes.add(body.code ?? "")
        return response.status === 200
    }

    async #ask(body: string): Promise<Response | undefined> {
        try {
            this.#connection ??= await Connection.open(this.#options.port, this.#options.context)
            const timeout = sleep(RESPONSE_TIMEOUT_MS).then(() => undefined)
            const response = await Promise.race([this.#connection.ask(postText(this.#options.token, body)), timeout])
            if (response !== undefined) return response
        } catch {
            // as any lost connection
        }
        this.#connection?.close()
        this.#connection = undefined
        return undefined
    }
}

/** Devices under way. */
export class Load {
    readonly devices: KeepingDevice[]
    readonly #runs: Promise<void>[]
    #phase: "measuring" | "delivering" | "broken off" = "measuring"

    /** @param tokens by device id */
    constructor(port: number, ca: string, tokens: Map<string, string>) {
        const context = createSecureContext({ ca, ciphers: DEVICE_CIPHER })
        this.devices = [...tokens].map(([id, token]) => new KeepingDevice({ id, token, port, context }))
        this.#runs = this.devices.map(device => device.run(() => this.#phase))
    }

    get acknowledged(): number {
        return this.devices.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    }

    /** Waits until every device has had another batch acknowledged. */
    async progress(): Promise<void> {
        await this.#untilMore("acknowledged", ({ acknowledged }) => acknowledged)
    }

    /** Waits until every device has had another post refused, and returns the error codes so far. */
    async refusals(): Promise<string[]> {
        await this.#untilMore("refused", ({ outcomes }) => outcomes.filter(outcome => outcome !== "200").length)
        return [...new Set(this.devices.flatMap(({ codes }) => [...codes]))].sort()
    }

    /** Waits until a count of every device has risen. */
    async #untilMore(what: string, countOf: (device: KeepingDevice) => number): Promise<void> {
        const before = this.devices.map(countOf)
        const endMs = performance.now() + MAX_WAIT_MS
        while (this.devices.some((device, at) => countOf(device) === before[at])) {
            if (performance.now() > endMs) {
                const last = this.devices.map(({ id, outcomes, codes }) => `${id}: ${outcomes.slice(-3)} ${[...codes]}`)
                throw new Error(`not every device had a post ${what} in ${MAX_WAIT_MS} ms; ${last.join("; ")}`)
            }
            await sleep(10)
        }
    }

    /** The devices measure no more; resolves when all they had is acknowledged. */
    async deliver(): Promise<void> {
        this.#phase = "delivering"
        await Promise.all(this.#runs)
    }

    /** The devices stop, whatever they still have. */
    async breakOff(): Promise<void> {
        this.#phase = "broken off"
        await Promise.all(this.#runs)
    }

    /** The readings that were measured: "device boot seq time co2Ppm", sorted. */
    expected(): string[] {
        return this.devices
            .flatMap(device =>
                Array.from({ length: device.measured }, (_, at) => {
                    const seq = at + 1
                    return [device.id, device.boot, seq, device.timeOf(seq), KeepingDevice.co2Ppm(seq)].join(" ")
                }),
            )
            .sort()
    }
}

export function sleep(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms))
}

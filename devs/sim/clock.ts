/** Time in the simulator: milliseconds since the epoch, whole ones, as the VM needs them. */

/** Lets one wait end early: something happened on a socket. */
export class Wakeup {
    #wake: (() => void) | undefined

    notify(): void {
        this.#wake?.()
    }

    /** Resolves at the next beat, or after `timeoutMs` of real time. */
    async wait(timeoutMs: number): Promise<void> {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>(resolve => {
            this.#wake = resolve
            timer = setTimeout(resolve, timeoutMs)
        })
        clearTimeout(timer)
        this.#wake = undefined
    }
}

/** What a simulation needs of its time. */
export interface Clock {
    /** true: time stands still while a device waits for an answer */
    readonly pausesForServer: boolean
    now(): number
    /** Lets time pass up to `atMs`, or to the next beat; a promise where that takes real time. */
    advance(atMs: number, wakeup: Wakeup): Promise<void> | undefined
}

/** The longest stretch of a virtual clock without a look at the sockets, in real milliseconds. */
const YIELD_AFTER_MS = 20

/**
 * A clock of its own: time jumps to the next thing that is due, and what a
 * device or a server takes to compute counts for nothing. At most `speed`
 * times as fast as real time; as fast as there is work when that is Infinity.
 */
export class VirtualClock implements Clock {
    readonly pausesForServer = true
    readonly #startMs: number
    readonly #speed: number
    /** real time of the first pass */
    #startedAtMs: number | undefined
    #nowMs: number
    #yieldedAtMs = 0

    constructor(startMs: number, speed = Infinity) {
        this.#startMs = this.#nowMs = Math.trunc(startMs)
        this.#speed = speed
    }

    now(): number {
        return this.#nowMs
    }

    advance(atMs: number, wakeup: Wakeup): Promise<void> | undefined {
        const realMs = performance.now()
        this.#startedAtMs ??= realMs
        if (this.#speed !== Infinity || realMs - this.#yieldedAtMs > YIELD_AFTER_MS)
            return this.#advanceInRealTime(atMs, wakeup)
        this.#moveTo(atMs)
        return undefined
    }

    async #advanceInRealTime(atMs: number, wakeup: Wakeup): Promise<void> {
        const aheadMs = (atMs - this.#startMs) / this.#speed - this.#wallMs()
        if (aheadMs > 0) await wakeup.wait(aheadMs)
        else if (performance.now() - this.#yieldedAtMs > YIELD_AFTER_MS) await this.#yield()
        this.#moveTo(this.#speed === Infinity ? atMs : Math.min(atMs, this.#startMs + this.#wallMs() * this.#speed))
    }

    /** Real time since the first pass. */
    #wallMs(): number {
        return performance.now() - this.#startedAtMs!
    }

    #moveTo(atMs: number): void {
        this.#nowMs = Math.max(this.#nowMs, Math.trunc(atMs))
    }

    async #yield(): Promise<void> {
        await new Promise(resolve => setImmediate(resolve))
        this.#yieldedAtMs = performance.now()
    }
}

/** The time of this machine, which goes on whatever the devices do. */
export class RealClock implements Clock {
    readonly pausesForServer = false

    now(): number {
        return Date.now()
    }

    async advance(atMs: number, wakeup: Wakeup): Promise<void> {
        await wakeup.wait(Math.max(0, atMs - Date.now()))
    }
}

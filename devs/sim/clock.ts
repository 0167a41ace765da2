/** Time in the simulator: whole milliseconds since the Unix epoch, as the VM needs them. */

/** Ends a wait early, because something happened on a socket. */
export class Wakeup {
    #wake: (() => void) | undefined

    notify(): void {
        this.#wake?.()
    }

    /** Resolves at the next `notify`, or after `timeoutMs` of real time. */
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

export interface Clock {
    /** whether time stands still while a device waits for a response */
    readonly pausesForServer: boolean
    now(): number
    /** Advances to `atMs`, or less if `wakeup` is notified first; returns a promise if that takes real time. */
    advance(atMs: number, wakeup: Wakeup): Promise<void> | undefined
}

/** The longest a virtual clock runs before sockets get their turn, in real milliseconds. */
const YIELD_AFTER_MS = 20

/** The longest wait in real milliseconds after which a new speed, or an event entered meanwhile, takes effect. */
const MAX_WAIT_MS = 100

/**
 * Time that jumps to the next event; the computing time of devices and servers
 * does not count. It runs at most `speed` times as fast as real time, and as
 * fast as the machine can when `speed` is Infinity.
 */
export class VirtualClock implements Clock {
    readonly pausesForServer = true
    /** since when it has had its speed */
    #startMs: number
    #speed: number
    /** real time of the first advance at this speed; NaN before */
    #startedAtMs = NaN
    #nowMs: number
    #yieldedAtMs = 0

    constructor(startMs: number, speed = Infinity) {
        this.#startMs = this.#nowMs = Math.trunc(startMs)
        this.#speed = speed
    }

    now(): number {
        return this.#nowMs
    }

    get speed(): number {
        return this.#speed
    }

    /** @param speed times real time; 0: it stands still */
    set speed(speed: number) {
        this.#startMs = this.#nowMs
        this.#startedAtMs = NaN
        this.#speed = speed
    }

    advance(atMs: number, wakeup: Wakeup): Promise<void> | undefined {
        const realMs = performance.now()
        if (Number.isNaN(this.#startedAtMs)) this.#startedAtMs = realMs
        if (this.#speed !== Infinity || realMs - this.#yieldedAtMs > YIELD_AFTER_MS)
            return this.#advanceInRealTime(atMs, wakeup)
        this.#moveTo(atMs)
        return undefined
    }

    async #advanceInRealTime(atMs: number, wakeup: Wakeup): Promise<void> {
        const aheadMs = (atMs - this.#startMs) / this.#speed - this.#wallMs()
        if (aheadMs > 0) await wakeup.wait(Math.min(aheadMs, MAX_WAIT_MS))
        else if (performance.now() - this.#yieldedAtMs > YIELD_AFTER_MS) await this.#yield()
        if (Number.isNaN(this.#startedAtMs)) return // the speed has changed meanwhile
        this.#moveTo(this.#speed === Infinity ? atMs : Math.min(atMs, this.#startMs + this.#wallMs() * this.#speed))
    }

    /** Real time since the first advance. */
    #wallMs(): number {
        return performance.now() - this.#startedAtMs
    }

    #moveTo(atMs: number): void {
        this.#nowMs = Math.max(this.#nowMs, Math.trunc(atMs))
    }

    async #yield(): Promise<void> {
        await new Promise(resolve => setImmediate(resolve))
        this.#yieldedAtMs = performance.now()
    }
}

/** The time of this machine. */
export class RealClock implements Clock {
    readonly pausesForServer = false

    now(): number {
        return Date.now()
    }

    async advance(atMs: number, wakeup: Wakeup): Promise<void> {
        await wakeup.wait(Math.max(0, atMs - Date.now()))
    }
}

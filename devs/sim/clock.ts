/** Time in the simulator: milliseconds since the epoch, whole ones, as the VM needs them. */

/** Lets one wait end early: something happened on a socket. */
export class Pulse {
    #wake: (() => void) | undefined

    beat(): void {
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

export interface Clock {
    /** true: time stands still while a device waits for an answer */
    readonly holds: boolean
    now(): number
    /** Lets time pass up to `atMs`, or to the next beat. */
    pass(atMs: number, pulse: Pulse): Promise<void>
}

/** The longest stretch of a virtual clock without a look at the sockets, in real milliseconds. */
const YIELD_AFTER_MS = 20

/** A clock of its own that runs as fast as there is work: time jumps to the next thing that is due. */
export class VirtualClock implements Clock {
    readonly holds = true
    #nowMs: number
    #yieldedAtMs = performance.now()

    constructor(startMs: number) {
        this.#nowMs = Math.trunc(startMs)
    }

    now(): number {
        return this.#nowMs
    }

    async pass(atMs: number): Promise<void> {
        this.#nowMs = Math.max(this.#nowMs, Math.trunc(atMs))
        if (performance.now() - this.#yieldedAtMs < YIELD_AFTER_MS) return
        await new Promise(resolve => setImmediate(resolve))
        this.#yieldedAtMs = performance.now()
    }
}

/** A clock that runs `speed` times as fast as real time. */
export class PacedClock implements Clock {
    readonly holds = false
    readonly #speed: number
    readonly #startMs: number
    readonly #startedAtMs = performance.now()

    constructor(speed = 1, startMs = Date.now()) {
        this.#speed = speed
        this.#startMs = startMs
    }

    now(): number {
        return Math.trunc(this.#startMs + (performance.now() - this.#startedAtMs) * this.#speed)
    }

    async pass(atMs: number, pulse: Pulse): Promise<void> {
        await pulse.wait(Math.max(0, (atMs - this.now()) / this.#speed))
    }
}

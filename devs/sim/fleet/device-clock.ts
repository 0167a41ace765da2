import type { Clock } from "../clock.ts"

/** The time of one device of a fleet, which may be ahead of that of the others. Whoever runs the device moves it. */
export class DeviceClock implements Clock {
    readonly pausesForServer = true
    #nowMs: number

    constructor(startMs: number) {
        this.#nowMs = startMs
    }

    now(): number {
        return this.#nowMs
    }

    advance(atMs: number): undefined {
        this.#nowMs = Math.max(this.#nowMs, Math.trunc(atMs))
    }
}

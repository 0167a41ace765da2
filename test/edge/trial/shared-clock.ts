/** The virtual clock of the trial's device, shared with the programs of airpin: see virtual-time.mjs. */
import { openSync, writeSync } from "node:fs"
import { type Clock, VirtualClock, type Wakeup } from "../../../devs/sim/clock.ts"

const PRELOAD = new URL("./virtual-time.mjs", import.meta.url).href

export class SharedClock implements Clock {
    readonly pausesForServer = true
    readonly #file: string
    readonly #descriptor: number
    readonly #clock: VirtualClock
    readonly #bytes = Buffer.alloc(8)

    /**
     * Starts with the time of this machine.
     *
     * @param file in which the time is kept
     * @param speed at most so many times as fast as real time
     */
    constructor(file: string, speed: number) {
        this.#file = file
        this.#descriptor = openSync(file, "w")
        this.#clock = new VirtualClock(Date.now(), speed)
        this.#write()
    }

    now(): number {
        return this.#clock.now()
    }

    advance(atMs: number, wakeup: Wakeup): Promise<void> | undefined {
        const advancing = this.#clock.advance(atMs, wakeup)
        if (advancing) return advancing.then(() => this.#write())
        this.#write()
        return undefined
    }

    /** For a command that runs in this time. @param isService its monotonic clock is this one too */
    environment(isService: boolean): Record<string, string> {
        return {
            NODE_OPTIONS: `--import=${PRELOAD}`,
            AIRPIN_TRIAL_CLOCK: this.#file,
            ...(isService && { AIRPIN_TRIAL_MONOTONIC: "1" }),
        }
    }

    #write(): void {
        this.#bytes.writeDoubleLE(this.now())
        writeSync(this.#descriptor, this.#bytes, 0, this.#bytes.length, 0)
    }
}

/** Events at moments of virtual time. */
import type { Clock } from "./clock.ts"

interface Entry {
    atMs: number
    act(): void
}

export class EventQueue {
    readonly #clock: Clock
    /** in order of time */
    readonly #entries: Entry[] = []

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** Calls `act` at `atMs`. Events of one moment happen in the order in which they were entered. */
    enter(atMs: number, act: () => void): void {
        const before = this.#entries.findLastIndex(entry => entry.atMs <= atMs)
        this.#entries.splice(before + 1, 0, { atMs, act })
    }

    /** When `tick` is next due; Infinity if the queue is empty. */
    get dueMs(): number {
        return this.#entries[0]?.atMs ?? Infinity
    }

    /** Handles all events that are due. */
    tick(): undefined {
        const now = this.#clock.now()
        while (this.dueMs <= now) this.#entries.shift()?.act()
    }
}

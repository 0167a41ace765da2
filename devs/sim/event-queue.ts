/** What is to happen at moments of the virtual time. */
import type { Clock } from "./clock.ts"

interface Entry {
    atMs: number
    act(): void
}

export class EventQueue {
    readonly #clock: Clock
    /** by their moments */
    readonly #entries: Entry[] = []

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** Does this then; what is due at one moment is done in the order in which it was entered. */
    enter(atMs: number, act: () => void): void {
        const before = this.#entries.findLastIndex(entry => entry.atMs <= atMs)
        this.#entries.splice(before + 1, 0, { atMs, act })
    }

    /** When `tick` is next due; Infinity when nothing is to come. */
    get dueMs(): number {
        return this.#entries[0]?.atMs ?? Infinity
    }

    /** Does everything that is due. */
    tick(): undefined {
        const now = this.#clock.now()
        while (this.dueMs <= now) this.#entries.shift()!.act()
    }
}

/** What is to happen at moments of the virtual time. */
import type { Clock } from "./clock.ts"

interface Entry {
    atMs: number
    act(): void
}

export class Agenda {
    readonly #clock: Clock
    #entries: Entry[] = []

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** Does this then; what is due at one moment is done in the order in which it was entered. */
    enter(atMs: number, act: () => void): void {
        this.#entries.push({ atMs, act })
    }

    /** When `round` is next due; Infinity when nothing is to come. */
    get dueMs(): number {
        return Math.min(...this.#entries.map(({ atMs }) => atMs))
    }

    /** Does everything that is due. */
    round(): undefined {
        const now = this.#clock.now()
        const due = this.#entries.filter(({ atMs }) => atMs <= now)
        this.#entries = this.#entries.filter(({ atMs }) => atMs > now)
        for (const { act } of due.sort((a, b) => a.atMs - b.atMs)) act()
    }
}

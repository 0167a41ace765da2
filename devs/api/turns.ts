import { setImmediate as nextTurn } from "node:timers/promises"

/** How long work holds the event loop, ms: a device's post waits no longer than that. */
const MAX_TURN_MS = 5

/** Ends the turn of long work now and then. Queries on SQLite do not: they are done when they are awaited. */
export class Turns {
    #startMs = performance.now()

    /** To be called between two pieces of the work. */
    async share(): Promise<void> {
        if (performance.now() - this.#startMs < MAX_TURN_MS) return
        await nextTurn()
        this.#startMs = performance.now()
    }
}

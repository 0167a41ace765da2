/** Runs devices on one clock. */
import type { ChipNetwork } from "./chip/network.ts"
import type { Clock, Wakeup } from "./clock.ts"

/** How often a stopped clock checks whether the wait for a response is over, in real milliseconds. */
const POLL_MS = 200

/** How far the clock advances at most before `until` is asked again, in simulated milliseconds. */
const MAX_STEP_MS = 1000

/** A device, or a queue of events. */
export interface Actor {
    /** when `tick` is next due; Infinity if never */
    readonly dueMs: number
    tick(): Promise<unknown> | undefined
    readonly network?: Pick<ChipNetwork, "hasEvents" | "responseDue">
}

/**
 * Runs the actors until `until` returns true.
 *
 * A virtual clock stands still while a device waits for a response: the server
 * takes real time, which must not count towards the device's timeouts.
 */
export async function runActors(actors: Actor[], clock: Clock, wakeup: Wakeup, until: () => boolean): Promise<void> {
    while (!until()) {
        const now = clock.now()
        for (const actor of actors) {
            const starting = actor.dueMs <= now || actor.network?.hasEvents ? actor.tick() : undefined
            if (starting) await starting
        }
        const { nextMs, hasEvents, responseDue } = nextWork(actors, now + MAX_STEP_MS)
        if (hasEvents) continue
        const advancing = clock.pausesForServer && responseDue ? wakeup.wait(POLL_MS) : clock.advance(nextMs, wakeup)
        // Usually there is nothing to wait for, and a promise would cost more than the tick.
        if (advancing) await advancing
    }
}

/** When any of the actors is next due, `latestMs` at most, and whether one has events or awaits a response. */
function nextWork(actors: Actor[], latestMs: number) {
    let nextMs = latestMs
    let hasEvents = false
    let responseDue = false
    for (const { dueMs, network } of actors) {
        if (dueMs < nextMs) nextMs = dueMs
        if (!network) continue
        hasEvents ||= network.hasEvents
        responseDue ||= network.responseDue
    }
    return { nextMs, hasEvents, responseDue }
}

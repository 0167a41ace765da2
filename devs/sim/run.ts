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
    /** until then it is busy, and its network's events wait */
    readonly busyUntilMs?: number
    tick(): Promise<unknown> | undefined
    readonly network?: Pick<ChipNetwork, "eventsAtMs" | "responseDue">
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
            const starting = nextTickMs(actor) <= now ? actor.tick() : undefined
            if (starting) await starting
        }
        const { nextMs, responseDue } = nextWork(actors, now)
        if (nextMs <= now) continue
        const advancing = clock.pausesForServer && responseDue ? wakeup.wait(POLL_MS) : clock.advance(nextMs, wakeup)
        // Usually there is nothing to wait for, and a promise would cost more than the tick.
        if (advancing) await advancing
    }
}

/** When the actor is due, or can take an event of its network. */
export function nextTickMs({ dueMs, network, busyUntilMs = 0 }: Actor): number {
    return network ? Math.min(dueMs, Math.max(network.eventsAtMs, busyUntilMs)) : dueMs
}

/** When any of the actors is next to be run, after a step at most, and whether one awaits a response. */
function nextWork(actors: Actor[], now: number) {
    let nextMs = now + MAX_STEP_MS
    let responseDue = false
    for (const actor of actors) {
        nextMs = Math.min(nextMs, nextTickMs(actor))
        responseDue ||= actor.network?.responseDue ?? false
    }
    return { nextMs, responseDue }
}

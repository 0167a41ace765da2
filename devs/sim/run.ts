/** Lets devices live on one clock. */
import type { ChipNetwork } from "./chip/network.ts"
import type { Clock, Wakeup } from "./clock.ts"

/** How often a standing clock looks whether a device's patience has ended, in real milliseconds. */
const POLL_MS = 200

/** The longest stretch of time without asking whether that is the end, where nothing is due. */
const MAX_STEP_MS = 1000

/** What lives on the clock: a device, or what happens around it. */
export interface Actor {
    /** when `tick` is next due; Infinity for never */
    readonly dueMs: number
    tick(): Promise<unknown> | undefined
    readonly network?: Pick<ChipNetwork, "hasEvents" | "responseDue">
}

/**
 * Runs the actors until `until` says so.
 *
 * While a device waits for an answer, a virtual clock stands still: what the
 * server needs is real time, and the device must not count it.
 */
export async function run(actors: Actor[], clock: Clock, wakeup: Wakeup, until: () => boolean): Promise<void> {
    while (!until()) {
        const now = clock.now()
        for (const actor of actors) {
            const starting = actor.dueMs <= now || actor.network?.hasEvents ? actor.tick() : undefined
            if (starting) await starting
        }
        const { nextMs, hasEvents, responseDue } = nextWork(actors, now + MAX_STEP_MS)
        if (hasEvents) continue
        const passing = clock.pausesForServer && responseDue ? wakeup.wait(POLL_MS) : clock.advance(nextMs, wakeup)
        // Most often there is nothing to wait for, and a promise would cost more than the round.
        if (passing) await passing
    }
}

/** What is to come for any of them, up to `latestMs`. */
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

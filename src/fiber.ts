import * as ds from "@devicescript/core"
import { say, wordOf } from "./log"

/** Pause before a fiber that failed runs again: long enough that a fault in a loop floods nothing. */
const AGAIN_AFTER_MS = 5000

/**
 * Runs `body` in a fiber of its own, for ever: when it ends, it starts anew.
 * An exception in any fiber would stop the whole program, so it ends here.
 */
export function keepRunning(name: string, body: () => Promise<void>) {
    repeat.start(name, body)
}

async function repeat(name: string, body: () => Promise<void>) {
    while (true) await guarded(name, body)
}

/** Runs `body` in a fiber of its own until it ends without an exception. */
export function runOnce(name: string, body: () => Promise<void>) {
    retry.start(name, body)
}

async function retry(name: string, body: () => Promise<void>) {
    while (true) if (await guarded(name, body)) return
}

/** False when `body` threw: that is logged, and some time has passed. */
async function guarded(name: string, body: () => Promise<void>): Promise<boolean> {
    try {
        await body()
        return true
    } catch (error) {
        say(`fault fiber=${name} error=${wordOf(error as Error)}`)
        await ds.sleep(AGAIN_AFTER_MS)
        return false
    }
}

/** Returns at `atMs` of uptime; at once when that is past. */
export async function sleepUntil(atMs: number) {
    const restMs = atMs - ds.millis()
    if (restMs > 0) await ds.sleep(restMs)
}

/** Whole seconds of uptime. */
export function uptimeS(): number {
    return Math.floor(ds.millis() / 1000)
}

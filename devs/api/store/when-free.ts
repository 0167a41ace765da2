import { setTimeout as sleep } from "node:timers/promises"
import { AirpinError } from "../../../certs/error.ts"

/** Longer than `airpin device add` holds the file, and far shorter than the 20 s after which a device gives up. */
const MAX_WAIT_MS = 1000
const PAUSE_MS = 20

/**
 * Does work that writes to the store; while another process holds the file, it
 * is tried again for a second. The event loop is free meanwhile.
 *
 * @throws AirpinError STORE_BUSY; what the work throws
 */
export async function whenFree<Result>(work: () => Result): Promise<Result> {
    const endMs = performance.now() + MAX_WAIT_MS
    for (;;) {
        try {
            return work()
        } catch (error) {
            if (!isBusy(error) || performance.now() >= endMs) throw error
        }
        await sleep(PAUSE_MS)
    }
}

function isBusy(error: unknown): boolean {
    return error instanceof AirpinError && error.code === "STORE_BUSY"
}

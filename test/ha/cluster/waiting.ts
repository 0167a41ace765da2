/** Waiting with a bound. */
import { setTimeout as sleep } from "node:timers/promises"

export { sleep }

const POLL_MS = 100

/**
 * Asks `probe` again and again until it gives something other than undefined; a probe that throws is asked again.
 *
 * @returns what it gave
 * @throws Error that names `what`, after `limitMs`, with what the probe threw last as its cause
 */
export async function until<Result>(
    what: string,
    limitMs: number,
    probe: () => Promise<Result | undefined> | Result | undefined,
): Promise<Result> {
    const endMs = performance.now() + limitMs
    let cause: unknown
    while (performance.now() < endMs) {
        try {
            const result = await probe()
            if (result !== undefined) return result
            cause = undefined
        } catch (error) {
            cause = error
        }
        await sleep(POLL_MS)
    }
    throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause })
}

/**
 * Loaded into `airpin` by NODE_OPTIONS: its clock is the trial's. AIRPIN_TRIAL_CLOCK names the file in which the trial
 * keeps the time, a little-endian double, ms since 1970. With AIRPIN_TRIAL_MONOTONIC=1 the monotonic clock follows it too:
 * a service compares both, and a round of `airpin renew` waits by it for programs that run in real time.
 */
import { openSync, readSync } from "node:fs"

const { AIRPIN_TRIAL_CLOCK: name, AIRPIN_TRIAL_MONOTONIC: isMonotonic } = process.env
if (name !== undefined) {
    const file = openSync(name, "r")
    const bytes = Buffer.alloc(8)
    const nowMs = () => {
        readSync(file, bytes, 0, bytes.length, 0)
        return Math.trunc(bytes.readDoubleLE())
    }
    const RealDate = Date
    globalThis.Date = class extends RealDate {
        constructor(...given) {
            if (given.length === 0) super(nowMs())
            else super(...given)
        }
        static now() {
            return nowMs()
        }
    }
    if (isMonotonic === "1") {
        const startMs = nowMs()
        performance.now = () => nowMs() - startMs
    }
}

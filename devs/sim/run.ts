/** Lets devices live on one clock. */
import type { Clock, Pulse } from "./clock.ts"
import type { VirtualDevice } from "./device.ts"

/** How often a standing clock looks whether a device's patience has ended, in real milliseconds. */
const LOOK_AGAIN_MS = 200

/**
 * Runs the devices until `until` says so.
 *
 * While a device waits for an answer, a virtual clock stands still: what the
 * server needs is real time, and the device must not count it.
 */
export async function run(devices: VirtualDevice[], clock: Clock, pulse: Pulse, until: () => boolean): Promise<void> {
    while (!until()) {
        const now = clock.now()
        for (const device of devices) if (device.dueMs <= now || device.network.hasEvents) await device.round()
        if (devices.some(device => device.network.hasEvents)) continue
        if (clock.holds && devices.some(device => device.network.answerDue)) await pulse.wait(LOOK_AGAIN_MS)
        else await clock.pass(Math.min(...devices.map(device => device.dueMs)), pulse)
    }
}

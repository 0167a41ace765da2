/** The devices of one thread. */
import type { Exchange } from "../chip/http-tracker.ts"
import { Wakeup } from "../clock.ts"
import { FleetDevice } from "./fleet-device.ts"
import type { FleetDeviceResult, FleetPlan, FleetProgress } from "./plan.ts"

/** The longest that devices run before sockets get their turn, real milliseconds. */
const YIELD_AFTER_MS = 5
/** How often it is checked whether a device that waits has waited long enough, real milliseconds. */
const POLL_MS = 200

export class Shard {
    readonly #devices: FleetDevice[]
    readonly #wakeup = new Wakeup()
    readonly #statuses: Record<string, number> = {}
    #responseMs: number[] = []

    constructor({ devices, ...surroundings }: FleetPlan) {
        const onExchange = (exchange: Exchange) => this.#count(exchange)
        this.#devices = devices.map(
            plan => new FleetDevice(plan, { ...surroundings, wakeup: this.#wakeup, onExchange }),
        )
    }

    #count({ status, realMs }: Exchange): void {
        this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
        this.#responseMs.push(realMs)
    }

    /** Runs every device until `untilMs`. Devices that wait for the server do not hold up the others. */
    async runUntil(untilMs: number): Promise<void> {
        let yieldedAtMs = performance.now()
        let waiting: FleetDevice[] = []
        for (const device of this.#devices) {
            if (!device.runUntil(untilMs)) waiting.push(device)
            if (performance.now() - yieldedAtMs < YIELD_AFTER_MS) continue
            await new Promise(resolve => setImmediate(resolve))
            yieldedAtMs = performance.now()
        }
        for (;;) {
            waiting = waiting.filter(device => !device.runUntil(untilMs))
            if (waiting.length === 0) return
            await this.#wakeup.wait(POLL_MS)
        }
    }

    /** Unplugs the sensors of all devices: from now on they only deliver. */
    endMeasuring(): void {
        for (const device of this.#devices) device.endMeasuring()
    }

    /** What the devices have done so far, and the waits for responses since the last call. */
    progress(): FleetProgress {
        const responseMs = this.#responseMs
        this.#responseMs = []
        const sum = (of: (device: FleetDevice) => number) => this.#devices.reduce((total, each) => total + of(each), 0)
        return {
            running: sum(({ isRunning }) => (isRunning ? 1 : 0)),
            taken: sum(({ taken }) => taken),
            acknowledged: sum(({ acknowledged }) => acknowledged),
            lost: sum(({ lost }) => lost),
            refusals: sum(({ refusals }) => refusals),
            statuses: this.#statuses,
            responseMs,
        }
    }

    /** Powers the devices off. @returns what each did */
    finish(): FleetDeviceResult[] {
        const results = this.#devices.map(device => device.result())
        for (const device of this.#devices) device.powerOff()
        return results
    }
}

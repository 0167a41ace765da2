/** The devices of one thread. */
import type { Exchange } from "../chip/http-tracker.ts"
import { Wakeup } from "../clock.ts"
import { FleetDevice } from "./fleet-device.ts"
import type { FleetDeviceResult, FleetPlan, FleetProgress } from "./plan.ts"

/**
 * How far a device runs ahead of the others while it does not speak with its server. The next device's memory is in no
 * cache, so changing from one to the other costs more than what a device does in a second.
 */
const MAX_AHEAD_MS = 120_000
/** How far a device may fall behind the others while it waits for its server: as if the network were that slow. */
const MAX_LAG_MS = 5000
/** The longest that devices run before sockets get their turn, real milliseconds. */
const YIELD_AFTER_MS = 5
/** How often it is checked whether a device that waits has waited long enough, real milliseconds. */
const POLL_MS = 200

export class Shard {
    readonly #devices: FleetDevice[]
    /** when each device is next due; what arrives on its sockets meanwhile waits until then */
    readonly #dueMs: Float64Array
    readonly #wakeup = new Wakeup()
    readonly #statuses: Record<string, number> = {}
    #responseMs: number[] = []
    #yieldedAtMs = 0

    constructor({ devices, ...surroundings }: FleetPlan) {
        const onExchange = (exchange: Exchange) => this.#count(exchange)
        this.#devices = devices.map(
            plan => new FleetDevice(plan, { ...surroundings, wakeup: this.#wakeup, onExchange }),
        )
        this.#dueMs = new Float64Array(devices.length)
    }

    #count({ status, realMs }: Exchange): void {
        this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
        this.#responseMs.push(realMs)
    }

    /**
     * Runs every device until `untilMs`; one that waits for its server may be `MAX_LAG_MS` behind.
     *
     * @param endMs no device goes beyond it
     */
    async runUntil(untilMs: number, endMs: number): Promise<void> {
        const aheadMs = Math.min(untilMs + MAX_AHEAD_MS, endMs)
        const behind: FleetDevice[] = []
        for (const [at, device] of this.#devices.entries()) {
            if ((this.#dueMs[at] ?? 0) > untilMs) continue
            const dueMs = (this.#dueMs[at] = device.runUntil(untilMs, aheadMs))
            if (dueMs < untilMs - MAX_LAG_MS) behind.push(device)
            if (performance.now() - this.#yieldedAtMs < YIELD_AFTER_MS) continue
            await new Promise(resolve => setImmediate(resolve))
            this.#yieldedAtMs = performance.now()
        }
        await this.#wait(behind, untilMs)
    }

    /** Waits until every device has reached `endMs`. */
    async catchUp(endMs: number): Promise<void> {
        await this.#wait(this.#devices, endMs)
    }

    async #wait(devices: FleetDevice[], untilMs: number): Promise<void> {
        for (;;) {
            const behind = devices.filter(device => device.runUntil(untilMs, untilMs) <= untilMs)
            if (behind.length === 0) return
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

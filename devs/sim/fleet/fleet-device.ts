/**
 * One device of a fleet: with a clock, an injector and counters of its own, so that it runs ahead of the others, up to
 * the end of a window, or waits for the server while they go on.
 */
import { Room } from "../air/room.ts"
import type { VirtualDevice } from "../chip/device.ts"
import type { DeviceEvent } from "../chip/device-log.ts"
import type { Exchange } from "../chip/http-tracker.ts"
import type { Wakeup } from "../clock.ts"
import { acknowledgedOf } from "../counters.ts"
import { FaultInjector } from "../faults/injector.ts"
import { mix, Random } from "../random.ts"
import { nextTickMs } from "../run.ts"
import { newSensor } from "../sensors/parts.ts"
import { newDevice, powerUp, type SimulatedDevice } from "../simulation.ts"
import { DeviceClock } from "./device-clock.ts"
import type { FleetDevicePlan, FleetDeviceResult, FleetPlan } from "./plan.ts"

/** Somebody takes the device to a computer, flashes its bundle, and takes it back. */
const REPIN_MS = 120_000

/** What the devices of one thread have in common. */
export type FleetSurroundings = Pick<FleetPlan, "startMs" | "startHour" | "bytecode" | "bundle" | "rotation"> & {
    /** notified when a device that waits may go on */
    wakeup: Wakeup
    onExchange(exchange: Exchange): void
}

export class FleetDevice {
    readonly #plan: FleetDevicePlan
    readonly #surroundings: FleetSurroundings
    readonly #clock: DeviceClock
    readonly #injector: FaultInjector
    readonly #device: SimulatedDevice
    #chip: VirtualDevice | undefined
    /** until the chip has started */
    #starting: Promise<unknown> | undefined
    #boots = 0
    readonly #statuses: Record<string, number> = {}
    readonly #backAfterS: number[] = []
    /** when the power came back for which `#backAfterS` has no time yet */
    #backAtMs: number | undefined
    #powerCuts = 0
    /** which its server has, ms since the Unix epoch */
    #serverMs = 0
    #onServerTime: (() => void) | undefined

    constructor(plan: FleetDevicePlan, surroundings: FleetSurroundings) {
        const { seed, startMs, faults, sensors } = plan
        this.#plan = plan
        this.#surroundings = surroundings
        this.#clock = new DeviceClock(startMs)
        this.#injector = new FaultInjector({ faults, clock: this.#clock, seed })
        const { startHour } = surroundings
        const air = new Room({ seed, kind: plan.room, startMs: surroundings.startMs, startHour })
        this.#device = newDevice({
            ...this.#simulated,
            sensors: sensors.map((name, at) =>
                newSensor(name, { air, poweredAtMs: startMs, noise: new Random(mix(seed, at + 1)) }),
            ),
        })
    }

    get #simulated() {
        const { id, chip, settings } = this.#plan
        return { id, chip, memory: { bytecode: this.#surroundings.bytecode, settings }, sensors: [] }
    }

    /**
     * Runs until `untilMs`, and in one go on to `aheadMs`, or until it has to wait for a socket or its own start. What it
     * sends after `untilMs` waits until the others have come that far.
     *
     * @returns when it is next due; not after `untilMs` if it has not got there
     */
    runUntil(untilMs: number, aheadMs: number): number {
        if (this.#plan.startMs > untilMs) return this.#plan.startMs
        this.#serverMs = untilMs
        if (this.now() <= untilMs) this.#onServerTime?.()
        if (!this.#chip && !this.#starting) this.#start(this.#powerUp())
        const { events } = this.#injector
        let limitMs = untilMs
        while (this.#chip && !this.#starting) {
            const chip = this.#chip
            const now = this.now()
            const chipMs = nextTickMs(chip)
            const nextMs = Math.min(chipMs, events.dueMs)
            if (nextMs > now && chip.network.responseDue) return now
            if (nextMs > limitMs) return nextMs
            limitMs = aheadMs
            this.#clock.advance(nextMs)
            if (events.dueMs <= nextMs) events.tick()
            else this.#tick(chip)
        }
        return this.now()
    }

    /** Resolves when the time of the server has come to its own; undefined if it is not ahead. */
    #serverTime(): Promise<void> | undefined {
        if (this.now() <= this.#serverMs) return undefined
        return new Promise(resolve => (this.#onServerTime = resolve))
    }

    /** The time that it has reached, ms since the Unix epoch. */
    now(): number {
        return this.#clock.now()
    }

    #tick(chip: VirtualDevice): void {
        const starting = chip.tick()
        this.#countPowerCuts(chip)
        if (starting) this.#start(starting)
    }

    #countPowerCuts({ powerCuts }: VirtualDevice): void {
        if (powerCuts === this.#powerCuts) return
        this.#powerCuts = powerCuts
        this.#backAtMs = this.#clock.now()
    }

    #start(starting: Promise<unknown>): void {
        this.#starting = starting.then(() => {
            this.#starting = undefined
            this.#surroundings.wakeup.notify()
        })
    }

    async #powerUp(): Promise<void> {
        const { wakeup, onExchange } = this.#surroundings
        this.#chip = await powerUp(
            { ...this.#device, plan: this.#simulated },
            mix(this.#plan.seed),
            {
                clock: this.#clock,
                bundle: this.#bundle,
                onEvent: (_, event) => this.#count(event),
                serverTime: () => this.#serverTime(),
                onExchange: exchange => {
                    this.#statuses[exchange.status] = (this.#statuses[exchange.status] ?? 0) + 1
                    onExchange(exchange)
                },
            },
            this.#injector,
            wakeup,
        )
        this.#injector.start()
        this.#enterRotation(this.#chip)
    }

    /** As flashed by now. */
    get #bundle(): Uint8Array {
        const { bundle, rotation } = this.#surroundings
        return rotation && this.now() >= (this.#plan.repinnedMs ?? Infinity) ? rotation.bundle : bundle
    }

    #enterRotation(chip: VirtualDevice): void {
        const { rotation } = this.#surroundings
        const { repinnedMs = Infinity } = this.#plan
        const { events } = this.#injector
        // just after it, when the server has the new chain
        if (rotation && rotation.atMs > this.now()) events.enter(rotation.atMs + 1, () => chip.network.hangUp())
        if (repinnedMs <= this.now() || repinnedMs === Infinity) return
        events.enter(repinnedMs, () => {
            chip.cutPower(this.now() + REPIN_MS)
            chip.network.bundle = this.#bundle
            this.#countPowerCuts(chip)
        })
    }

    #count({ event }: DeviceEvent): void {
        if (event === "boot") this.#boots++
        if (event !== "ack" || this.#backAtMs === undefined) return
        this.#backAfterS.push((this.#clock.now() - this.#backAtMs) / 1000)
        this.#backAtMs = undefined
    }

    /** Unplugs the sensors: from now on it only delivers. */
    endMeasuring(): void {
        for (const sensor of this.#device.sensors) sensor.faults.unplugged = true
    }

    powerOff(): void {
        this.#chip?.powerOff()
    }

    get isRunning(): boolean {
        return this.#chip !== undefined
    }

    get taken(): number {
        return this.#device.counters.readings
    }

    get acknowledged(): number {
        return acknowledgedOf(this.#device.counters)
    }

    get lost(): number {
        return Object.values(this.#device.counters.lostBy).reduce((sum, count) => sum + count, 0)
    }

    get refusals(): number {
        return this.#chip?.traffic.refusals ?? 0
    }

    result(): FleetDeviceResult {
        const { handshakes = 0, refusals = 0, bytesUp = 0, bytesDown = 0 } = this.#chip?.traffic ?? {}
        return {
            id: this.#plan.id,
            taken: this.taken,
            lostBy: this.#device.counters.lostBy,
            boots: this.#boots,
            restarts: this.#chip?.restarts ?? 0,
            panics: this.#chip?.panics ?? 0,
            powerCuts: this.#powerCuts,
            handshakes,
            refusals,
            bytesUp,
            bytesDown,
            statuses: this.#statuses,
            backAfterS: this.#backAfterS,
        }
    }
}

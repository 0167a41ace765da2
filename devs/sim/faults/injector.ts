/** Plays device: lets the faults of a list happen to the devices of a simulation, each at its time or by its chance. */

import type { Clock } from "../clock.ts"
import { EventQueue } from "../event-queue.ts"
import { mix } from "../random.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import { DeviceFaults } from "./device-faults.ts"
import type { Fault } from "./fault.ts"
import type { FaultyServer } from "./faulty-server.ts"
import { findKind } from "./kinds.ts"
import { type Window, windowsOf } from "./windows.ts"

export interface FaultNote {
    fault: Fault
    /** begins and ends: for all its devices; strikes: one of them, now */
    state: "starts" | "ends" | "triggers"
    device?: string
}

export interface FaultInjectorOptions {
    faults: Fault[]
    clock: Clock
    /** of what happens by chance */
    seed: number
    onFault?(note: FaultNote): void
}

export class FaultInjector {
    readonly events: EventQueue
    /** to be set before a device connects, if `needsServer` */
    server: FaultyServer | undefined
    readonly #options: FaultInjectorOptions
    readonly #devices: DeviceFaults[] = []
    #serverOffsetMs = 0

    constructor(options: FaultInjectorOptions) {
        this.#options = options
        this.events = new EventQueue(options.clock)
    }

    /** The simulation begins now: from here on faults count their time. */
    start(): void {
        const startMs = this.#options.clock.now()
        for (const fault of this.#options.faults) this.#enter(windowsOf(fault, startMs))
    }

    /** True when a fault is among them that a server must play. */
    get needsServer(): boolean {
        return this.#options.faults.some(({ kind }) => findKind(kind)!.ownServer)
    }

    /** The clock of the server, which may be wrong. */
    serverNow(): number {
        return this.#options.clock.now() + this.#serverOffsetMs
    }

    /** What is between a device and the world; to be given to it, and then told which device it is. */
    addDevice(id: string, sensors: SimulatedSensor[]): DeviceFaults {
        const { clock, faults, seed, onFault } = this.#options
        const device = new DeviceFaults({
            id,
            sensors,
            faults: faults.filter(({ devices }) => !devices || devices.includes(id)),
            seed: mix(seed, this.#devices.length),
            events: this.events,
            now: () => clock.now(),
            serverNow: () => this.serverNow(),
            server: () => this.server,
            onTrigger: fault => onFault?.({ fault, state: "triggers", device: id }),
        })
        this.#devices.push(device)
        return device
    }

    #enter(windows: Window[]): void {
        for (const window of windows) {
            this.events.enter(window.fromMs, () => this.#start(window, window === windows[0]))
            if (window.untilMs < Infinity)
                this.events.enter(window.untilMs, () => this.#end(window, window === windows.at(-1)))
        }
    }

    #start(window: Window, isFirst: boolean): void {
        if (isFirst) this.#options.onFault?.({ fault: window.fault, state: "starts" })
        if (window.effect === "server-clock") this.#serverOffsetMs += 1000 * window.fault.by!
        for (const device of this.#devices) device.start(window)
    }

    #end(window: Window, isLast: boolean): void {
        if (window.effect === "server-clock") this.#serverOffsetMs -= 1000 * window.fault.by!
        for (const device of this.#devices) device.end(window)
        if (isLast) this.#options.onFault?.({ fault: window.fault, state: "ends" })
    }
}

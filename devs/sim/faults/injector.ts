/** Plays fate: lets the faults of a list happen to the devices of a simulation, each at its time or by its chance. */

import type { Clock } from "../clock.ts"
import { EventQueue } from "../event-queue.ts"
import { mix } from "../random.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import { DeviceFaults } from "./device-faults.ts"
import type { Fault } from "./fault.ts"
import type { FaultyServer } from "./faulty-server.ts"
import { factsOf } from "./kinds.ts"
import { type Window, windowsOf } from "./windows.ts"

export interface FaultNote {
    fault: Fault
    /** begins and ends: for all its devices; strikes: one of them, now */
    state: "begins" | "ends" | "strikes"
    device?: string
}

export interface FaultPlayOptions {
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
    readonly #options: FaultPlayOptions
    readonly #fates: DeviceFaults[] = []
    #serverOffsetMs = 0

    constructor(options: FaultPlayOptions) {
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
        return this.#options.faults.some(({ kind }) => factsOf(kind)!.ownServer)
    }

    /** The clock of the server, which may be wrong. */
    serverNow(): number {
        return this.#options.clock.now() + this.#serverOffsetMs
    }

    /** What is between a device and the world; to be given to it, and then told which device it is. */
    surround(id: string, sensors: SimulatedSensor[]): DeviceFaults {
        const { clock, faults, seed, onFault } = this.#options
        const fate = new DeviceFaults({
            id,
            sensors,
            faults: faults.filter(({ devices }) => !devices || devices.includes(id)),
            seed: mix(seed, this.#fates.length),
            events: this.events,
            now: () => clock.now(),
            serverNow: () => this.serverNow(),
            server: () => this.server,
            onTrigger: fault => onFault?.({ fault, state: "strikes", device: id }),
        })
        this.#fates.push(fate)
        return fate
    }

    #enter(windows: Window[]): void {
        for (const window of windows) {
            this.events.enter(window.fromMs, () => this.#begin(window, window === windows[0]))
            if (window.untilMs < Infinity)
                this.events.enter(window.untilMs, () => this.#end(window, window === windows.at(-1)))
        }
    }

    #begin(window: Window, isFirst: boolean): void {
        if (isFirst) this.#options.onFault?.({ fault: window.fault, state: "begins" })
        if (window.effect === "server-clock") this.#serverOffsetMs += 1000 * window.fault.by!
        for (const fate of this.#fates) fate.begin(window)
    }

    #end(window: Window, isLast: boolean): void {
        if (window.effect === "server-clock") this.#serverOffsetMs -= 1000 * window.fault.by!
        for (const fate of this.#fates) fate.end(window)
        if (isLast) this.#options.onFault?.({ fault: window.fault, state: "ends" })
    }
}

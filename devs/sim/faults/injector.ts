/** Injects a list of faults into the devices of a simulation, each at its time or with its chance. */
import type { Clock } from "../clock.ts"
import { EventQueue } from "../event-queue.ts"
import { mix } from "../random.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import { DeviceFaults } from "./device-faults.ts"
import type { FaultyServer } from "./faulty-server.ts"
import { type Fault, kindOf } from "./kinds.ts"
import { type Window, windowsOf } from "./windows.ts"

export interface FaultNote {
    fault: Fault
    /** starts, ends: for all its devices; triggers: for one of them, now */
    state: "starts" | "ends" | "triggers"
    device?: string
}

export interface FaultInjectorOptions {
    faults: Fault[]
    clock: Clock
    /** of the faults with a chance */
    seed: number
    /** faults of any kind may start by `startNow` */
    live?: boolean
    onFault?(note: FaultNote): void
}

export class FaultInjector {
    readonly events: EventQueue
    /** to be set before a device connects, if `needsServer` */
    server: FaultyServer | undefined
    readonly #options: FaultInjectorOptions
    readonly #devices: DeviceFaults[] = []
    readonly #liveWindows = new Map<Fault, Window>()
    #serverOffsetMs = 0

    constructor(options: FaultInjectorOptions) {
        this.#options = options
        this.events = new EventQueue(options.clock)
    }

    /** The simulation starts now: the faults' `at` counts from here. */
    start(): void {
        const startMs = this.#options.clock.now()
        for (const fault of this.#options.faults) this.#enter(windowsOf(fault, startMs))
    }

    /**
     * Starts a fault now; its `at` does not count. It ends after its `for`, or by `stop`.
     *
     * @throws Error if the injector is not `live`
     */
    startNow(fault: Fault): void {
        if (!this.#options.live) throw new Error("the injector takes no live faults")
        const now = this.#options.clock.now()
        const window = { fault, fromMs: now, untilMs: now + 1000 * (fault.for ?? Infinity) }
        for (const device of this.#devices) device.add(fault)
        this.#liveWindows.set(fault, window)
        this.events.enter(now, () => this.#start(window, true))
        if (window.untilMs < Infinity) this.events.enter(window.untilMs, () => this.#endLive(window))
    }

    /** Ends a fault of `startNow`; does nothing if it has ended. */
    stop(fault: Fault): void {
        const window = this.#liveWindows.get(fault)
        if (!window) return
        this.#liveWindows.delete(fault)
        this.events.enter(this.#options.clock.now(), () => this.#end(window, true))
    }

    /** The faults of `startNow` that have not ended and were not stopped. */
    get liveFaults(): Fault[] {
        return [...this.#liveWindows.keys()]
    }

    #endLive(window: Window): void {
        if (this.#liveWindows.delete(window.fault)) this.#end(window, true)
    }

    /** True if a fault is among them that only the simulation's own server can do. */
    get needsServer(): boolean {
        return this.#options.live || this.#options.faults.some(fault => kindOf(fault).ownServer)
    }

    /** The server's clock, which a fault may set wrong; milliseconds since the Unix epoch. */
    serverNow(): number {
        return this.#options.clock.now() + this.#serverOffsetMs
    }

    /** Monotonic time: seconds of the simulation, which no fault changes. */
    monotonicS(): number {
        return this.#options.clock.now() / 1000
    }

    /** The faults of one device, which must be given its `device` once that is powered up. */
    addDevice(id: string, sensors: SimulatedSensor[]): DeviceFaults {
        const { clock, faults, seed, live = false, onFault } = this.#options
        const device = new DeviceFaults({
            id,
            sensors,
            faults: faults.filter(({ devices }) => !devices || devices.includes(id)),
            live,
            seed: mix(seed, this.#devices.length),
            events: this.events,
            now: () => clock.now(),
            serverNow: () => this.serverNow(),
            server: () => this.#requireServer(),
            onTrigger: fault => onFault?.({ fault, state: "triggers", device: id }),
        })
        this.#devices.push(device)
        return device
    }

    #requireServer(): FaultyServer {
        if (!this.server) throw new Error("a fault needs the simulation's own server")
        return this.server
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
        this.#serverOffsetMs += serverOffsetMs(window.fault)
        for (const device of this.#devices) device.start(window)
    }

    #end(window: Window, isLast: boolean): void {
        this.#serverOffsetMs -= serverOffsetMs(window.fault)
        for (const device of this.#devices) device.end(window)
        if (isLast) this.#options.onFault?.({ fault: window.fault, state: "ends" })
    }
}

function serverOffsetMs(fault: Fault): number {
    const kind = kindOf(fault)
    return kind.scope === undefined ? 1000 * (kind.serverOffsetS?.(fault) ?? 0) : 0
}

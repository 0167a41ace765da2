/** Simulates a number of devices with their sensors, and sums up what they did. */
import { type DeviceMemory, type DeviceOptions, VirtualDevice } from "./chip/device.ts"
import type { DeviceEvent } from "./chip/device-log.ts"
import type { Traffic } from "./chip/network.ts"
import { type Clock, Wakeup } from "./clock.ts"
import { acknowledgedOf, type Counters, count, newCounters, sumByReason, type UplinkFailure } from "./counters.ts"
import { FaultInjector } from "./faults/injector.ts"
import { mix, Random } from "./random.ts"
import { runActors } from "./run.ts"
import { I2cBus } from "./sensors/i2c.ts"
import type { SimulatedSensor } from "./sensors/sensirion.ts"

export interface DevicePlan {
    /** the id by which its server knows it */
    id: string
    memory: DeviceMemory
    /** the parts on its I2C bus */
    sensors: SimulatedSensor[]
    /** as for a `VirtualDevice` */
    chip?: DeviceOptions["chip"]
    panel?: DeviceOptions["panel"]
}

export interface SimulationRunOptions {
    clock: Clock
    bundle: Uint8Array
    devices: DevicePlan[]
    /** for the chips' random numbers and ids */
    seed: number
    /** no faults if absent */
    injector?: FaultInjector
    /** as for a `VirtualDevice` */
    watchHeap?: boolean
    onEvent?(device: SimulatedDevice, event: DeviceEvent, atMs: number): void
    onLog?(device: SimulatedDevice, line: string): void
    /** each response of the server */
    onExchange?: DeviceOptions["onExchange"]
    serverTime?: DeviceOptions["serverTime"]
}

export interface SimulationOptions extends SimulationRunOptions {
    /** asked before every round */
    until(counters: Counters[], devices: readonly VirtualDevice[]): boolean
}

export interface SimulatedDevice {
    id: string
    bus: I2cBus
    sensors: SimulatedSensor[]
    counters: Counters
}

export interface SimulationSummary extends Traffic {
    readings: number
    acknowledged: number
    /** readings dropped by the devices, in all and by reason */
    lost: number
    lostBy: Record<string, number>
    /** the latest of a device that had one */
    uplinkFailure?: UplinkFailure
    /** restarts by the firmware, resets by the task watchdog and by panics, and power cuts */
    restarts: number
    watchdogResets: number
    panics: number
    powerCuts: number
    simulatedSeconds: number
    wallSeconds: number
    /** peak use of a chip's 64 kB heap; 0 if it was not measured */
    heapPeakBytes: number
}

/** Runs the devices until `until` returns true, powers them off, and returns the sums over all devices. */
export async function simulate(options: SimulationOptions): Promise<SimulationSummary> {
    const simulation = await Simulation.start(options)
    try {
        await simulation.runUntil(options.until)
        return simulation.summary()
    } finally {
        simulation.powerOff()
    }
}

/** Running devices on one clock, for callers that run them step by step. */
export class Simulation {
    readonly devices: readonly VirtualDevice[]
    readonly #options: SimulationRunOptions
    readonly #injector: FaultInjector
    readonly #wakeup: Wakeup
    readonly #counters: Counters[]
    readonly #startMs: number
    readonly #startedAtMs: number

    private constructor(
        options: SimulationRunOptions,
        injector: FaultInjector,
        wakeup: Wakeup,
        devices: VirtualDevice[],
        counters: Counters[],
    ) {
        this.#options = options
        this.#injector = injector
        this.#wakeup = wakeup
        this.devices = devices
        this.#counters = counters
        this.#startMs = options.clock.now()
        this.#startedAtMs = performance.now()
    }

    /** Powers the devices up and starts the faults. */
    static async start(options: SimulationRunOptions): Promise<Simulation> {
        const wakeup = new Wakeup()
        const injector = options.injector ?? new FaultInjector({ faults: [], clock: options.clock, seed: options.seed })
        const simulated = options.devices.map(plan => ({ ...newDevice(plan), plan }))
        const devices = await Promise.all(
            simulated.map((device, at) => powerUp(device, mix(options.seed, at), options, injector, wakeup)),
        )
        injector.start()
        return new Simulation(
            options,
            injector,
            wakeup,
            devices,
            simulated.map(device => device.counters),
        )
    }

    runUntil(until: SimulationOptions["until"]): Promise<void> {
        return runActors([this.#injector.events, ...this.devices], this.#options.clock, this.#wakeup, () =>
            until(this.#counters, this.devices),
        )
    }

    summary(): SimulationSummary {
        return {
            ...sumUp(this.#counters, this.devices),
            simulatedSeconds: (this.#options.clock.now() - this.#startMs) / 1000,
            wallSeconds: (performance.now() - this.#startedAtMs) / 1000,
        }
    }

    powerOff(): void {
        for (const device of this.devices) device.powerOff()
    }
}

/** A device with its parts on its bus, without power. */
export function newDevice({ id, sensors }: DevicePlan): SimulatedDevice {
    const bus = new I2cBus()
    for (const sensor of sensors) bus.attach(sensor)
    return { id, bus, sensors, counters: newCounters() }
}

/** @param seed of its chip's random numbers and id */
export async function powerUp(
    { plan: { memory, chip, panel }, ...device }: SimulatedDevice & { plan: DevicePlan },
    seed: number,
    options: Omit<SimulationRunOptions, "devices" | "seed">,
    injector: FaultInjector,
    wakeup: Wakeup,
): Promise<VirtualDevice> {
    const random = new Random(seed)
    const randomBytes = (length: number) => Uint8Array.from({ length }, () => random.next() * 256)
    const faults = injector.addDevice(device.id, device.sensors)
    return (faults.device = await VirtualDevice.powerUp({
        chipId: Buffer.from(randomBytes(8)).toString("hex"),
        ...memory,
        ...(chip && { chip }),
        ...(panel && { panel }),
        bundle: options.bundle,
        bus: faults.faultyBus(device.bus),
        connectTcp: (...to) => faults.connectTcp(...to),
        clock: options.clock,
        wakeup,
        randomBytes,
        watchHeap: options.watchHeap ?? false,
        ...(options.onExchange && { onExchange: options.onExchange }),
        ...(options.serverTime && { serverTime: options.serverTime }),
        onEvent: (event, atMs) => {
            count(device.counters, event)
            options.onEvent?.(device, event, atMs)
        },
        onLog: line => options.onLog?.(device, line),
    }))
}

function sumUp(counters: Counters[], devices: readonly VirtualDevice[]) {
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    const traffic = devices.map(device => device.traffic)
    const lostBy = sumByReason(counters.map(each => each.lostBy))
    const uplinkFailure = counters.map(each => each.uplinkFailure).find(failure => failure !== undefined)
    return {
        ...(uplinkFailure && { uplinkFailure }),
        readings: sum(counters.map(({ readings }) => readings)),
        acknowledged: sum(counters.map(acknowledgedOf)),
        lost: sum(Object.values(lostBy)),
        lostBy,
        restarts: sum(devices.map(device => device.restarts)),
        watchdogResets: sum(devices.map(device => device.watchdogResets)),
        panics: sum(devices.map(device => device.panics)),
        powerCuts: sum(devices.map(device => device.powerCuts)),
        handshakes: sum(traffic.map(each => each.handshakes)),
        refusals: sum(traffic.map(each => each.refusals)),
        bytesUp: sum(traffic.map(each => each.bytesUp)),
        bytesDown: sum(traffic.map(each => each.bytesDown)),
        heapPeakBytes: Math.max(...devices.map(device => device.heapPeakBytes)),
    }
}

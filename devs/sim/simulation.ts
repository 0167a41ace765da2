/** A number of virtual devices in their rooms, what they say, and what it comes to. */
import type { Traffic } from "./chip-network.ts"
import { Pulse, type Clock } from "./clock.ts"
import type { DeviceEvent } from "./device-log.ts"
import { VirtualDevice, type DeviceMemory } from "./device.ts"
import { I2cBus } from "./i2c.ts"
import { mix, Random } from "./random.ts"
import { run } from "./run.ts"
import type { SimulatedSensor } from "./sensirion.ts"

export interface DevicePlan {
    /** the id its server knows it by */
    id: string
    memory: DeviceMemory
    /** what hangs on its I2C bus */
    sensors: SimulatedSensor[]
}

export interface SimulationOptions {
    clock: Clock
    bundle: Uint8Array
    devices: DevicePlan[]
    /** of the chips' random numbers and ids */
    seed: number
    /** asked before every round */
    until(tallies: Tally[]): boolean
    onEvent?(device: SimulatedDevice, event: DeviceEvent): void
    onLog?(device: SimulatedDevice, line: string): void
}

/** What one device has said of its readings. */
export interface Tally {
    readings: number
    /** sequence number of the newest reading, and of the newest acknowledged one */
    lastSeq: number
    acknowledgedSeq: number
    /** dropped by the device before the server had them */
    lost: number
}

export interface SimulatedDevice {
    id: string
    bus: I2cBus
    sensors: SimulatedSensor[]
    tally: Tally
}

export interface SimulationSummary extends Traffic {
    readings: number
    acknowledged: number
    lost: number
    simulatedSeconds: number
    wallSeconds: number
    /** the most of a chip's 64 kB heap that was needed at once */
    heapPeakBytes: number
}

/** Runs the devices until `until`, and sums them up. */
export async function simulate(options: SimulationOptions): Promise<SimulationSummary> {
    const pulse = new Pulse()
    const startMs = options.clock.now()
    const startedAtMs = performance.now()
    const simulated = options.devices.map(plan => newDevice(plan))
    const devices = await Promise.all(simulated.map((device, at) => powerUp(device, at, options, pulse)))
    try {
        const tallies = simulated.map(device => device.tally)
        await run(devices, options.clock, pulse, () => options.until(tallies))
        return {
            ...sumUp(tallies, devices),
            simulatedSeconds: (options.clock.now() - startMs) / 1000,
            wallSeconds: (performance.now() - startedAtMs) / 1000,
        }
    } finally {
        for (const device of devices) device.powerOff()
    }
}

function newDevice({ id, sensors }: DevicePlan): SimulatedDevice {
    const bus = new I2cBus()
    for (const sensor of sensors) bus.attach(sensor)
    return { id, bus, sensors, tally: { readings: 0, lastSeq: 0, acknowledgedSeq: 0, lost: 0 } }
}

function powerUp(device: SimulatedDevice, at: number, options: SimulationOptions, pulse: Pulse): Promise<VirtualDevice> {
    const random = new Random(mix(options.seed, at))
    const randomBytes = (length: number) => Uint8Array.from({ length }, () => random.next() * 256)
    return VirtualDevice.powerUp({
        chipId: Buffer.from(randomBytes(8)).toString("hex"),
        ...options.devices[at]!.memory,
        bundle: options.bundle,
        bus: device.bus,
        clock: options.clock,
        pulse,
        randomBytes,
        onEvent: event => {
            count(device.tally, event)
            options.onEvent?.(device, event)
        },
        onLog: line => options.onLog?.(device, line),
    })
}

function count(tally: Tally, { event, values }: DeviceEvent): void {
    if (event === "reading") {
        tally.readings++
        tally.lastSeq = Number(values.seq)
    }
    if (event === "ack") tally.acknowledgedSeq = Number(values.seq)
    if (event === "lost") tally.lost = Number(values.total)
}

function sumUp(tallies: Tally[], devices: VirtualDevice[]) {
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    const traffic = devices.map(device => device.traffic)
    return {
        readings: sum(tallies.map(tally => tally.readings)),
        // The newest acknowledged one is newer than every dropped one.
        acknowledged: sum(tallies.map(tally => Math.max(0, tally.acknowledgedSeq - tally.lost))),
        lost: sum(tallies.map(tally => tally.lost)),
        handshakes: sum(traffic.map(each => each.handshakes)),
        refusals: sum(traffic.map(each => each.refusals)),
        bytesUp: sum(traffic.map(each => each.bytesUp)),
        bytesDown: sum(traffic.map(each => each.bytesDown)),
        heapPeakBytes: Math.max(...devices.map(device => device.heapPeakBytes)),
    }
}

/** Runs the devices of a soak under their faults, and records what they log. */
import type { Clock } from "../sim/clock.ts"
import type { FaultInjector } from "../sim/faults/injector.ts"
import { mix } from "../sim/random.ts"
import { type SimulationSummary, simulate } from "../sim/simulation.ts"
import type { DeviceHistory } from "./device-history.ts"
import type { PlannedDevice } from "./plan.ts"
import { type FlashedDevice, SoakDevice } from "./soak-device.ts"

const DAY_MS = 86_400_000
/** Time until the owner of a device notices that its store is lost, and flashes it again. */
const REFLASH_DELAY_MS = 3_600_000
/**
 * After the last fault everything must be delivered within this time: a hung
 * connection is given up after an hour, 40 hours of readings take 100 posts.
 */
const MAX_DELIVERY_MS = 4 * 3_600_000
/** The runtime logs this when it mounts a store that a power cut has torn (jacdac-c `source/jd_fstor.c`). */
const STORE_LOST = "fstor: formatting"

export interface SoakDevicesOptions {
    seed: number
    days: number
    devices: FlashedDevice[]
    clock: Clock
    injector: FaultInjector
    bundle: Uint8Array
    onReading?(): void
}

export interface SoakRun {
    summary: SimulationSummary
    devices: { planned: PlannedDevice; history: DeviceHistory }[]
    /** when the sensors were unplugged, ms since the epoch; afterwards devices only deliver */
    endMs: number
}

/** Runs the devices for `days` days of the clock, and then until everything must be delivered. */
export async function soakDevices(options: SoakDevicesOptions): Promise<SoakRun> {
    const { clock, injector, seed } = options
    const startMs = clock.now()
    const endMs = startMs + options.days * DAY_MS
    const devices = options.devices.map((device, at) => new SoakDevice(device, mix(seed, at), startMs))
    const byId = new Map(devices.map(device => [device.planned.id, device]))
    const summary = await simulate({
        clock,
        injector,
        seed,
        bundle: options.bundle,
        devices: devices.map(device => device.simulationPlan),
        onEvent: ({ id }, event, atMs) => {
            byId.get(id)?.recorder.record(event, atMs)
            if (event.event === "reading") options.onReading?.()
        },
        onLog: ({ id }, line) => {
            if (!line.includes(STORE_LOST)) return
            const device = byId.get(id)
            device?.recorder.recordLostStore()
            injector.events.enter(clock.now() + REFLASH_DELAY_MS, () => device?.flashAgain(clock.now()))
        },
        until: (_, chips) => {
            const nowMs = clock.now()
            devices.forEach((device, at) => {
                const chip = chips[at]
                if (chip) device.watch(chip, nowMs)
                if (nowMs >= endMs) device.endMeasuring()
            })
            return nowMs >= endMs + MAX_DELIVERY_MS
        },
    })
    return {
        summary,
        devices: devices.map(({ planned, recorder }) => ({ planned, history: recorder.finish(clock.now()) })),
        endMs,
    }
}

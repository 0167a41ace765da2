/** Days of several devices with everything going wrong that a list of faults says, and the histories of what they said. */

import { Room } from "../sim/air/room.ts"
import type { VirtualDevice } from "../sim/chip/device.ts"
import { FlashCut } from "../sim/chip/flash-operations.ts"
import type { Clock } from "../sim/clock.ts"
import type { FaultInjector } from "../sim/faults/injector.ts"
import { mix, Random } from "../sim/random.ts"
import { newSensor, type PartName } from "../sim/sensors/parts.ts"
import type { SimulatedSensor } from "../sim/sensors/sensirion.ts"
import { type SimulationSummary, simulate } from "../sim/simulation.ts"
import { DeviceHistory } from "./device-history.ts"
import type { PlannedDevice } from "./plan.ts"

const DAY_MS = 86_400_000
/** How long the owner of a device needs to see that its store is lost, and to flash it anew. */
const FLASHED_AGAIN_MS = 3_600_000
/**
 * After the last fault all must be delivered within this time: a connection
 * that hangs is given up after an hour, 40 hours of readings take 100 posts.
 */
const DELIVERED_WITHIN_MS = 4 * 3_600_000
/** The runtime's word when it mounts a store that a power cut has torn (jacdac-c `source/jd_fstor.c`). */
const STORE_LOST = "fstor: formatting"
/** No operation of flash has this number: a cut that waits for it never comes. */
const NO_OPERATION = Number.MAX_SAFE_INTEGER

export interface SoakDevicesOptions {
    seed: number
    days: number
    devices: (PlannedDevice & { store: Uint8Array })[]
    clock: Clock
    injector: FaultInjector
    bundle: Uint8Array
    onReading?(): void
}

export interface SoakRun {
    summary: SimulationSummary
    /** by the devices' ids */
    histories: Map<string, DeviceHistory>
    /** ms since the epoch */
    startMs: number
    /** when the sensors were unplugged: from then on what was taken was only delivered */
    endMs: number
}

/** Runs the devices for so many days of the clock, and as long again as delivery may take. */
export async function soakDevices(options: SoakDevicesOptions): Promise<SoakRun> {
    const { clock, injector, devices, seed, days } = options
    const startMs = clock.now()
    const endMs = startMs + days * DAY_MS
    const histories = new Map(devices.map(({ id }) => [id, new DeviceHistory()]))
    const plans = devices.map(({ id, parts, store }, at) => ({
        id,
        memory: { store },
        sensors: newSensors(parts, mix(seed, at), startMs),
    }))
    const watch = new PowerWatch([...histories.values()], clock)
    const chips = new Map<string, VirtualDevice>()
    const summary = await simulate({
        clock,
        injector,
        seed,
        bundle: options.bundle,
        devices: plans,
        watchHeap: false,
        onEvent: ({ id }, event, atMs) => {
            histories.get(id)!.record(event, atMs)
            if (event.event === "reading") options.onReading?.()
        },
        onLog: ({ id }, line) => {
            if (!line.includes(STORE_LOST)) return
            histories.get(id)!.loseStore()
            const { store } = devices.find(device => device.id === id)!
            injector.events.enter(clock.now() + FLASHED_AGAIN_MS, () => flashAgain(chips.get(id)!, store, clock))
        },
        until: (_, running) => {
            if (chips.size === 0) running.forEach((chip, at) => chips.set(devices[at]!.id, chip))
            watch.look(running)
            if (clock.now() >= endMs)
                endMeasuring(
                    plans.flatMap(({ sensors }) => sensors),
                    running,
                )
            return clock.now() >= endMs + DELIVERED_WITHIN_MS
        },
    })
    for (const history of histories.values()) history.close(clock.now())
    return { summary, histories, startMs, endMs }
}

/** Notes in the histories when a device loses its power. */
class PowerWatch {
    readonly #histories: DeviceHistory[]
    readonly #clock: Clock
    readonly #cuts: number[]
    readonly #torn: number[]

    constructor(histories: DeviceHistory[], clock: Clock) {
        this.#histories = histories
        this.#clock = clock
        this.#cuts = histories.map(() => 0)
        this.#torn = histories.map(() => 0)
    }

    look(devices: readonly VirtualDevice[]): void {
        for (const [at, { powerCuts, tornWrites }] of devices.entries()) {
            if (powerCuts === this.#cuts[at]) continue
            this.#histories[at]!.cut(this.#clock.now(), tornWrites > this.#torn[at]!)
            this.#cuts[at] = powerCuts
            this.#torn[at] = tornWrites
        }
    }
}

function flashAgain(device: VirtualDevice, store: Uint8Array, clock: Clock): void {
    device.flash = store
    device.cutPower(clock.now())
}

/** Nothing is taken and nothing goes wrong any more. */
function endMeasuring(sensors: SimulatedSensor[], devices: readonly VirtualDevice[]): void {
    for (const sensor of sensors) sensor.faults.unplugged = true
    for (const device of devices) device.cutPowerIn(new FlashCut(NO_OPERATION, 0), () => undefined)
}

function newSensors(parts: PartName[], seed: number, startMs: number): SimulatedSensor[] {
    const air = new Room({ seed, startMs })
    return parts.map((part, at) => newSensor(part, { air, poweredAtMs: startMs, noise: new Random(mix(seed, at)) }))
}

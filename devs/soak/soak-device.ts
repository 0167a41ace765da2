/** One device of a soak: its sensors, its history, and how its power fails and comes back. */
import { Room } from "../sim/air/room.ts"
import type { VirtualDevice } from "../sim/chip/device.ts"
import { FlashCut } from "../sim/chip/flash-operations.ts"
import type { VirtualPanel } from "../sim/panel/virtual-panel.ts"
import { mix, Random } from "../sim/random.ts"
import { newSensor, type PartName } from "../sim/sensors/parts.ts"
import type { SimulatedSensor } from "../sim/sensors/sensirion.ts"
import type { DevicePlan } from "../sim/simulation.ts"
import { HistoryRecorder } from "./device-history.ts"
import type { PlannedDevice } from "./plan.ts"

/** No flash operation has this number: a cut that waits for it never happens. */
const NO_OPERATION = Number.MAX_SAFE_INTEGER

/** A device with the contents of its settings store, as `airpin flash` writes them. */
export type FlashedDevice = PlannedDevice & { store: Uint8Array; panel?: VirtualPanel }

export class SoakDevice {
    readonly planned: PlannedDevice
    readonly recorder = new HistoryRecorder()
    readonly sensors: SimulatedSensor[]
    readonly #store: Uint8Array
    readonly #panel: VirtualPanel | undefined
    #chip: VirtualDevice | undefined
    #powerCuts = 0
    #tornWrites = 0

    /** @param seed of its room and its sensors' noise */
    constructor({ store, panel, ...planned }: FlashedDevice, seed: number, startMs: number) {
        this.planned = planned
        this.#store = store
        this.#panel = panel
        this.sensors = newSensors(planned.parts, seed, startMs)
    }

    get simulationPlan(): DevicePlan {
        const { id, chip } = this.planned
        return {
            id,
            memory: { store: this.#store },
            sensors: this.sensors,
            ...(chip && { chip }),
            ...(this.#panel && { panel: this.#panel }),
        }
    }

    /** Records power cuts and resets by the watchdog, which end a boot alike; to be called before every round. */
    watch(chip: VirtualDevice, nowMs: number): void {
        this.#chip = chip
        const { tornWrites } = chip
        const powerCuts = chip.powerCuts + chip.watchdogResets
        if (powerCuts === this.#powerCuts) return
        this.recorder.recordPowerCut(nowMs, tornWrites > this.#tornWrites)
        this.#powerCuts = powerCuts
        this.#tornWrites = tornWrites
    }

    /** What its owner does when the store is lost: flashes the device again and restarts it. */
    flashAgain(nowMs: number): void {
        if (!this.#chip) return
        this.#chip.flash = this.#store
        this.#chip.cutPower(nowMs)
    }

    /** Unplugs the sensors and cancels a power cut that still waits for a flash operation. */
    endMeasuring(): void {
        for (const sensor of this.sensors) sensor.faults.unplugged = true
        this.#chip?.cutPowerIn(new FlashCut(NO_OPERATION, 0), () => undefined)
    }
}

function newSensors(parts: PartName[], seed: number, startMs: number): SimulatedSensor[] {
    const air = new Room({ seed, startMs })
    return parts.map((part, at) => newSensor(part, { air, poweredAtMs: startMs, noise: new Random(mix(seed, at)) }))
}

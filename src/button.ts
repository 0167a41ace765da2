/**
 * The board's button: holding it for 5 seconds in fresh air recalibrates the CO2
 * sensors, by any step; the server's RECALIBRATE_PPM does so by 200 ppm at most.
 */
import * as ds from "@devicescript/core"
import { pins } from "@dsboard/m5stack_core"
import { Task } from "./fiber"
import { log } from "./log"
import { recalibrateAll, Sensor } from "./sensors/sensor"

const POLL_MS = 250
const HOLD_MS = 5000
/** CO2 outdoors, ppm: global mean of 2025 (NOAA GML, "Trends in CO2"). */
const FRESH_AIR_PPM = 425
/** Level of a pressed button: on every supported board it connects its pin to ground. */
const PRESSED = 0

/** A pin of the runtime, without the additions of `@devicescript/gpio`, which take heap. */
export interface ButtonPin {
    value: number
    setMode(mode: ds.GPIOMode): void
}

/**
 * The pin of the board's first button. The runtime resolves pins by label at
 * start, so one program serves every board.
 *
 * @returns undefined if the board has no button; the simulator has none
 */
export function buttonPin(): ButtonPin {
    const labels = pins as unknown as { [label: string]: ButtonPin }
    const pin = labels["BTNA"] ?? labels["BOOT"]
    if (pin) pin.setMode(ds.GPIOMode.InputPullUp)
    return pin
}

export class Button implements Task {
    dueMs = 0
    /** uptime at which it was pressed, ms; undefined while it is released */
    private pressedMs: number
    /** true once this press has started a recalibration */
    private handled = false

    constructor(
        private readonly pin: ButtonPin,
        private readonly sensors: Sensor[],
    ) {}

    async step(): Promise<void> {
        this.dueMs = ds.millis() + POLL_MS
        if (this.pin.value !== PRESSED) {
            this.pressedMs = undefined
            this.handled = false
        } else if (this.pressedMs === undefined) this.pressedMs = ds.millis()
        else if (!this.handled && ds.millis() - this.pressedMs >= HOLD_MS) this.recalibrate()
    }

    private recalibrate() {
        this.handled = true
        log(`button held=${HOLD_MS / 1000} recalibrating=${recalibrateAll(this.sensors, FRESH_AIR_PPM)}`)
    }
}

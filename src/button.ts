/**
 * The board's button. Held for 5 seconds in fresh air it recalibrates the CO2
 * sensors, as the server's RECALIBRATE_PPM does.
 */
import * as ds from "@devicescript/core"
import { pins } from "@dsboard/m5stack_core"
import { Task } from "./fiber"
import { log } from "./log"
import { recalibrateAll, Sensor } from "./sensors/sensor"

const POLL_MS = 250
const HOLD_MS = 5000
/** CO2 outdoors: the global mean of 2025 (NOAA GML, "Trends in CO2"). */
const FRESH_AIR_PPM = 425
/** All boards' buttons connect their pin to ground. */
const PRESSED = 0

/** A pin of the runtime, without what `@devicescript/gpio` adds to it, which takes heap. */
export interface ButtonPin {
    value: number
    setMode(mode: ds.GPIOMode): void
}

/**
 * The pin of the board's first button, whatever the board: the runtime looks
 * for it by its label when the program starts. undefined where there is none,
 * as in the simulator.
 */
export function buttonPin(): ButtonPin {
    const labels = pins as any
    const pin: ButtonPin = labels["BTNA"] ?? labels["BOOT"]
    if (pin) pin.setMode(ds.GPIOMode.InputPullUp)
    return pin
}

export class Button implements Task {
    dueMs = 0
    /** uptime at which it was pressed; undefined while it is not */
    private pressedMs: number
    /** true once that has had its effect */
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

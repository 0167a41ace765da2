/**
 * The board's button: holding it for 5 seconds in fresh air recalibrates the CO2
 * sensors, by any step; the server's RECALIBRATE_PPM does so by 200 ppm at most.
 */
import * as ds from "@devicescript/core"
import { Task } from "./fiber"
import { log } from "./log"
import { boardPin, Pin, pinLevel, setPinMode } from "./pins"
import { recalibrateAll, Sensor } from "./sensors/sensor"

const POLL_MS = 250
const HOLD_MS = 5000
/** CO2 outdoors, ppm: global mean of 2025 (NOAA GML, "Trends in CO2"). */
const FRESH_AIR_PPM = 425
/** Level of a pressed button: on every supported board it connects its pin to ground. */
const PRESSED = 0

/** The pin of the board's first button; undefined if it has none. */
export function buttonPin(): Pin {
    const pin = boardPin("BTNA") ?? boardPin("BOOT")
    if (pin) setPinMode(pin, ds.GPIOMode.InputPullUp)
    return pin
}

export class Button implements Task {
    dueMs = 0
    /** uptime at which it was pressed, ms; undefined while it is released */
    private pressedMs: number
    /** true once this press has started a recalibration */
    private handled = false

    constructor(
        private readonly pin: Pin,
        private readonly sensors: Sensor[],
    ) {}

    async step(): Promise<void> {
        this.dueMs = ds.millis() + POLL_MS
        if (pinLevel(this.pin) !== PRESSED) {
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

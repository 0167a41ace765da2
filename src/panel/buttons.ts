/**
 * The buttons of a board: a short press counts when it is released, a long one after a second. The time between two
 * looks is longer than a contact bounces (5 to 20 ms), so a press is seen once.
 */
import * as ds from "@devicescript/core"
import { Task } from "../fiber"
import { boardPin, Pin, pinLevel, setPinMode } from "../pins"

const POLL_MS = 65
/** A press of so many looks, 1 s, is a long one. */
const HELD_POLLS = 16
/** Level of a pressed button: on every supported board it connects its pin to ground. */
const PRESSED = 0

/** @param button 0, 1 or 2: A, B or C. @param held true for a long press, while it lasts */
export type OnPress = (button: number, held: boolean) => void

export class Buttons implements Task {
    dueMs = 0
    private readonly pins: Pin[] = []
    /** looks for which each has been pressed */
    private readonly polls = Buffer.alloc(3)

    constructor(private readonly onPress: OnPress) {
        this.open(boardPin("BTNA") ?? boardPin("BOOT"))
        this.open(boardPin("BTNB"))
        this.open(boardPin("BTNC"))
    }

    private open(pin: Pin) {
        if (!pin) return
        setPinMode(pin, ds.GPIOMode.InputPullUp)
        this.pins.push(pin)
    }

    async step(): Promise<void> {
        this.dueMs = ds.millis() + POLL_MS
        for (let i = 0; i < this.pins.length; i++) this.look(i, pinLevel(this.pins[i]) === PRESSED)
    }

    private look(button: number, isPressed: boolean) {
        const polls = this.polls[button]
        if (!isPressed) {
            this.polls[button] = 0
            if (polls > 0 && polls < HELD_POLLS) this.onPress(button, false)
        } else if (polls < HELD_POLLS) {
            this.polls[button] = polls + 1
            if (polls + 1 === HELD_POLLS) this.onPress(button, true)
        }
    }
}

/**
 * The board's pins by label. On the chip the runtime resolves labels at start, so one program serves
 * several boards; the simulator's runtime has no pins, and the host stands in for them.
 *
 * Frame: start, "G", status (0 done, 1 no such pin), operation (0 find, 1 read, 2 set), mode or level, label.
 */
import * as ds from "@devicescript/core"
import { pins } from "@dsboard/m5stack_core"
import { newFrame, sendToHost } from "./host"

const FRAME_KIND = 0x47
const FIND = 0
const READ = 1
const SET = 2
const STATUS_AT = 2
const VALUE_AT = 4
const LABEL_AT = 5

/** A pin of the runtime, without the additions of `@devicescript/gpio`, which take heap. */
export interface Pin {
    label: string
    gpio: number
    /** level of an input; use `pinLevel` */
    value?: number
    setMode?(mode: ds.GPIOMode): void
}

/** Undefined if the board has no pin of this label, or uses it for its status light. */
export function boardPin(label: string): Pin {
    if (!ds.isSimulator()) return (pins as unknown as { [label: string]: Pin })[label]
    const frame = exchange(FIND, 0, label)
    return frame[STATUS_AT] === 0 ? { label, gpio: frame[VALUE_AT] } : undefined
}

/** Level of an input: 0 or 1. */
export function pinLevel(pin: Pin): number {
    return ds.isSimulator() ? exchange(READ, 0, pin.label)[VALUE_AT] : pin.value
}

export function setPinMode(pin: Pin, mode: ds.GPIOMode) {
    if (ds.isSimulator()) exchange(SET, mode, pin.label)
    else pin.setMode(mode)
}

/** Drives an output. */
export function drivePin(pin: Pin, level: number) {
    setPinMode(pin, level ? ds.GPIOMode.OutputHigh : ds.GPIOMode.OutputLow)
}

function exchange(operation: number, value: number, label: string): Buffer {
    const frame = newFrame(FRAME_KIND, LABEL_AT + label.length)
    frame[3] = operation
    frame[VALUE_AT] = value
    frame.blitAt(LABEL_AT, Buffer.from(label), 0, label.length)
    sendToHost(frame)
    return frame
}

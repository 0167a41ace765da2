/** The pins of the chip: what drives them, and what a read gives. */

/** GPIO modes of DeviceScript (jacdac `gpio` service). */
export const GPIO_MODE = {
    off: 0,
    input: 0x01,
    inputPullUp: 0x11,
    inputPullDown: 0x21,
    outputHigh: 0x12,
    outputLow: 0x22,
} as const

export type Level = 0 | 1

/** Level that the chip drives a pin to in this mode; undefined: it does not. */
export function drivenLevel(mode: number): Level | undefined {
    if (mode === GPIO_MODE.outputHigh) return 1
    return mode === GPIO_MODE.outputLow ? 0 : undefined
}

/** Level of a line that nothing but the chip's weak pull-up or pull-down holds: low without one. */
export const pulledLevel = (mode: number): Level => (mode === GPIO_MODE.inputPullUp ? 1 : 0)

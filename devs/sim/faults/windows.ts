/** When faults are in force. */

import type { Fault } from "./fault.ts"
import type { FaultKind } from "./kinds.ts"

const DEFAULT_CUTS = { cuts: 3, every: 5, off: 1 }

/** A span of time in which a fault is in force. */
export interface Window {
    fault: Fault
    /** what happens in it: the fault's own kind, or what it consists of */
    effect: FaultKind
    fromMs: number
    untilMs: number
}

/** When a fault of a simulation that began at `startMs` is in force. */
export function windowsOf(fault: Fault, startMs: number): Window[] {
    const fromMs = startMs + 1000 * (fault.at ?? 0)
    const untilMs = fromMs + 1000 * (fault.for ?? Infinity)
    if (fault.kind === "sensor-hot-plug")
        return [{ fault, effect: "sensor-unplugged", fromMs: startMs, untilMs: fromMs }]
    if (fault.kind === "flash-cut") return [{ fault, effect: "flash-cut", fromMs, untilMs: Infinity }]
    if (fault.kind !== "brown-out") return [{ fault, effect: fault.kind, fromMs, untilMs }]
    const { cuts, every, off } = { ...DEFAULT_CUTS, ...fault }
    return Array.from({ length: cuts }, (_, at) => {
        const cutMs = fromMs + 1000 * every * at
        return { fault, effect: "power-cut", fromMs: cutMs, untilMs: cutMs + 1000 * off }
    })
}

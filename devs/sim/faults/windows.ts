/** When faults hold. */
import type { Span } from "./kind.ts"
import { type Fault, kindOf } from "./kinds.ts"

/** A span of time in which a fault holds. */
export interface Window extends Span {
    fault: Fault
}

/** When a fault holds in a simulation that started at `startMs`: one window, or several for a fault in parts. */
export function windowsOf(fault: Fault, startMs: number): Window[] {
    const kind = kindOf(fault)
    const fromMs = startMs + 1000 * (fault.at ?? 0)
    const span = { fromMs, untilMs: fromMs + 1000 * (fault.for ?? Infinity) }
    const spans = (kind.scope === undefined && kind.spans?.(fault, span, startMs)) || [span]
    return spans.map(each => ({ fault, ...each }))
}

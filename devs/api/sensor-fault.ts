import type { SensorStatus } from "../../src/wire.ts"

/** What is wrong with a sensor as its device last reported it, and what to do; undefined: nothing. */
export function sensorFault({ state, selfTestFailed = false }: SensorStatus): string | undefined {
    if (state === "absent") return "does not respond: check its wiring"
    if (state === "failed") return "has failed: check its wiring, or replace it"
    return selfTestFailed ? "failed its self-test: replace it" : undefined
}

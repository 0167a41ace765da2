import { AirpinError } from "../../../certs/error.ts"

/** 366 days: one mean over a year. */
const MAX_STEP_S = 31_622_400

/** The parameter `step`, s. @throws AirpinError STEP_INVALID */
export function stepOf(text: string): number {
    const step = /^\d{1,8}$/.test(text) ? Number(text) : 0
    if (step >= 1 && step <= MAX_STEP_S) return step
    throw new AirpinError("STEP_INVALID", `step is ${JSON.stringify(text)}: must be 1 to ${MAX_STEP_S} whole seconds`)
}

/** Whether a simulation did what it was run for. */
import { AirpinError } from "../../certs/error.ts"
import { termOf, uplinkErrorTerms } from "../api/terms.ts"
import type { SimulationSummary } from "../sim/simulation.ts"
import type { ServerSummary } from "./sim-environment.ts"

/** What the devices of a simulation were to do. */
export interface SimulationTask {
    /** the server; undefined if an image names none */
    url: string | undefined
    /** the recorded air ended, so every reading of it must have been stored */
    isReplay: boolean
    /** as texts */
    faults: string[]
}

/** Why the simulation failed; undefined if a reading was acknowledged, and of a recording every one stored. */
export function failureOf(
    { url, isReplay, faults }: SimulationTask,
    summary: SimulationSummary & ServerSummary,
): AirpinError | undefined {
    const { readings, acknowledged, stored = readings, uplinkFailure } = summary
    if (acknowledged > 0)
        return isReplay && stored !== readings
            ? new AirpinError("REPLAY_INCOMPLETE", `${stored} of ${readings} readings are on the server`)
            : undefined
    const withFaults =
        faults.length > 0 ? ` with ${faults.length === 1 ? "the fault" : "the faults"} ${faults.join(", ")}` : ""
    if (!uplinkFailure && readings === 0 && withFaults)
        return new AirpinError("NOTHING_ACKNOWLEDGED", takenText(readings) + withFaults, END_FAULTS)
    if (!uplinkFailure)
        return url === undefined
            ? undefined // a program of somebody else's, without a server
            : new AirpinError(
                  "NOTHING_ACKNOWLEDGED",
                  `${takenText(readings)}: the simulation ended before the first post`,
              )
    const { state, reason } = uplinkFailure
    const why = `${takenText(readings)}: ${termOf(uplinkErrorTerms, state)}${reason ? ` (${reason})` : ""}`
    if (state === "refused" || summary.refusals > 0)
        return new AirpinError(
            "DEVICE_REFUSES",
            why,
            "see why: airpin rehearse HOST, or --log for the chip's own words",
        )
    return new AirpinError("NOTHING_ACKNOWLEDGED", why + withFaults, nextStepFor(state, url, faults))
}

const END_FAULTS = "end the fault with for=, and let the simulation go on for a batch of intervals after it"

const takenText = (readings: number) =>
    readings === 0 ? "no reading was taken" : `not one of ${readings} readings was acknowledged`

function nextStepFor(state: string, url = "a server", faults: string[]): string {
    if (state === "unconfigured") return "give the server's address as https://HOST[:PORT], and the device's token"
    if (state === "unauthorised")
        return "run airpin device add NAME at the server, and give the new token as API_TOKEN or with --token FILE"
    const next =
        state === "no-connection" || state === "no-network"
            ? `check that the server runs, and that this machine reaches ${url}`
            : "see the server's log, or --log for the device's"
    return faults.length > 0 ? `${END_FAULTS}; if that fails too, ${next}` : next
}

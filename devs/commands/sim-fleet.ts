/** The fleets of `airpin sim`: many devices over worker threads, at full speed. */
import { availableParallelism } from "node:os"
import { AirpinError } from "../../certs/error.ts"
import { FleetDisplay } from "../display/fleet.ts"
import type { Terminal } from "../display/terminal.ts"
import { writeWhole } from "../files.ts"
import type { Resources } from "../resources.ts"
import { type FleetDeviceBooks, runFleet } from "../testbed/fleet-run.ts"
import { parseScenario, readScenario, type Scenario } from "../testbed/scenario.ts"
import { exitCodes, exitStatusOf } from "./command.ts"
import { stopRequest } from "./signals.ts"

/** More devices than these run as a fleet. */
export const MAX_SINGLE_THREADED = 100

export interface FleetOptions {
    scenario?: string
    devices?: number
    interval?: number
    batch?: number
    for?: number
    seed: number
    threads?: number
    export?: string
}

/** Options that fleets do not have. */
export const SINGLE_OPTIONS = [
    "replay",
    "speed",
    "board",
    "api",
    "image",
    "token",
    "pinned",
    "env",
    "heap",
    "log",
    "panel",
    "screenshot",
    "fault",
    "faults",
] as const

/** @throws AirpinError FLEET_OPTION_INVALID */
export function isFleet(options: Pick<FleetOptions, "scenario" | "devices">): boolean {
    const { scenario, devices = 1 } = options
    if (scenario === undefined && devices <= MAX_SINGLE_THREADED) return false
    const single = SINGLE_OPTIONS.find(name => Reflect.get(options, name) !== undefined)
    if (single)
        throw new AirpinError("FLEET_OPTION_INVALID", `--${single} is for at most ${MAX_SINGLE_THREADED} devices`)
    return true
}

export async function simFleet(
    resources: Resources,
    options: FleetOptions,
    directory: string,
    terminal: Terminal,
): Promise<number> {
    const scenario = await scenarioOf(options)
    const threads = options.threads ?? availableParallelism()
    const display = new FleetDisplay(terminal)
    display.started(scenario.title, scenario.devices, threads, scenario.for)
    display.registering()
    const stop = stopRequest()
    const outcome = await runFleet(resources, {
        scenario,
        seed: options.seed,
        threads,
        directory,
        onProgress: report => display.progress(report),
        stopped: () => stop.status !== undefined,
    })
    if (options.export) await writeWhole(options.export, csvOf(outcome.books))
    display.summary(outcome)
    if (outcome.discrepancies.length === 0) {
        terminal.result(outcome)
        return stop.status ?? exitCodes.fine
    }
    const failure = new AirpinError(
        "FLEET_UNBALANCED",
        `the books of ${outcome.discrepancies.length} of ${outcome.devices} devices do not balance`,
    )
    terminal.error(failure, outcome)
    return exitStatusOf(failure)
}

/** The scenario named, or one of the options alone; options given change what it says. */
async function scenarioOf({ scenario: named, devices, interval, batch, for: forS }: FleetOptions): Promise<Scenario> {
    const base = named
        ? await readScenario(named)
        : parseScenario(
              JSON.stringify({ title: "devices of their own rooms", devices, for: forS ?? 86_400 }),
              "the options",
          )
    return {
        ...base,
        ...(devices && { devices, steps: base.steps.filter(step => step.devices < devices) }),
        ...(forS && { for: forS }),
        settings: {
            ...base.settings,
            ...(interval && { INTERVAL_S: `${interval}` }),
            ...(batch && { BATCH: `${batch}` }),
        },
    }
}

/** A line per device. */
function csvOf(books: FleetDeviceBooks[]): string {
    const columns = [
        "id",
        "taken",
        "stored",
        "lost",
        "onlyInRam",
        "boots",
        "restarts",
        "powerCuts",
        "panics",
        "handshakes",
        "refusals",
        "bytesUp",
        "bytesDown",
    ] as const
    return [columns.join(","), ...books.map(book => columns.map(column => book[column]).join(",")), ""].join("\n")
}

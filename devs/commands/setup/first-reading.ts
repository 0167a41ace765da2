/** The end of `airpin setup`: the server has a reading of the device. */
import { setTimeout as sleep } from "node:timers/promises"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import type { Terminal } from "../../display/terminal.ts"
import type { ServerDevice } from "../../fleet/server.ts"
import { mainFileFor } from "../../image/board-program.ts"
import type { Board } from "../../image/boards.ts"
import type { EnvSettings } from "../../image/store-entries.ts"
import { withResources } from "../../resources.ts"
import { Room } from "../../sim/air/room.ts"
import { RealClock } from "../../sim/clock.ts"
import type { Counters } from "../../sim/counters.ts"
import { FaultInjector } from "../../sim/faults/injector.ts"
import { VirtualPanel } from "../../sim/panel/virtual-panel.ts"
import { mix, Random } from "../../sim/random.ts"
import { Scd4x } from "../../sim/sensors/scd4x.ts"
import { simulate } from "../../sim/simulation.ts"
import { openLocalEnvironment } from "../../testbed/local-environment.ts"
import { openRemoteEnvironment } from "../../testbed/remote-environment.ts"
import type { SimEnvironment } from "../../testbed/sim-environment.ts"

const MIN_WAIT_S = 300
/** start, Wi-Fi, warming up and TLS, beside the interval */
const START_S = 120
const ASK_EVERY_MS = 2000
const SEED = 18

/** How long the first reading is waited for: 5 minutes, or longer if the interval alone takes most of that. */
export const waitSeconds = (intervalS: number): number => Math.max(MIN_WAIT_S, intervalS + START_S)

export interface Waiting {
    intervalS: number
    terminal: Terminal
}

/**
 * Resolves when the server has something of the device that is newer than `sinceS`.
 *
 * @param sinceS Unix seconds
 * @throws AirpinError SETUP_NO_READING
 */
export async function waitForDevice(
    { list, id, sinceS }: { list(): Promise<ServerDevice[]>; id: string | undefined; sinceS: number },
    { intervalS, terminal }: Waiting,
): Promise<void> {
    const maxS = waitSeconds(intervalS)
    let problem = ""
    for (let beganAtMs = performance.now(); ; ) {
        const goneS = Math.floor((performance.now() - beganAtMs) / 1000)
        try {
            const devices = (await list()).filter(device => id === undefined || device.id === id)
            if (devices.some(({ lastSeenAt }) => (lastSeenAt ?? 0) >= sinceS)) return
            problem = "the server responds, but the device has not posted"
        } catch (error) {
            problem = asAirpinError(error).message
        }
        if (goneS > maxS) throw noReading(problem, maxS)
        terminal.progress(`waiting for the first reading: ${goneS} of at most ${maxS} s; ${problem}`)
        await sleep(ASK_EVERY_MS)
    }
}

const noReading = (problem: string, maxS: number, next?: string) =>
    new AirpinError("SETUP_NO_READING", `no reading after ${maxS} s: ${problem}`, next)

export interface Simulated {
    name: string
    board: Board
    settings: EnvSettings
    /** undefined: a server of the simulation's own */
    server?: { url: string; token: string; pinned: string } | undefined
}

/** Runs a simulated device until the server has acknowledged a reading. @throws AirpinError SETUP_NO_READING */
export function simulateFirstReading(device: Simulated, { intervalS, terminal }: Waiting): Promise<void> {
    return withResources(async resources => {
        const environment = await openEnvironment(device)
        resources.add(() => environment.close())
        if (!device.server) {
            terminal.line("server", `${environment.url}, with a CA of its own, until this ends`)
            terminal.line("", "airpin serve runs one that stays")
        }
        terminal.progress("compiling the firmware …")
        const program = await environment.program()
        const { board, name } = device
        const id = /^[a-z0-9-]{1,32}$/.test(name) ? name : "room"
        const clock = new RealClock()
        const air = new Room({ seed: SEED, startMs: clock.now() })
        const noise = new Random(mix(SEED, 1))
        const sensors = [new Scd4x({ air, poweredAtMs: clock.now(), noise })]
        const maxS = waitSeconds(intervalS)
        const endMs = clock.now() + 1000 * maxS
        let last: Counters | undefined
        await simulate({
            clock,
            bundle: environment.bundle,
            devices: [
                { id, chip: board.chip, memory: await program.memory(id), panel: new VirtualPanel(board), sensors },
            ],
            seed: SEED,
            until: ([counters]) => {
                last = counters
                return (counters?.acknowledgedSeq ?? 0) > 0 || clock.now() > endMs
            },
            onEvent: (_device, { event, values }) => {
                const { state = "", reason = "" } = values
                terminal.progress(`simulated device: ${[event, state, reason].filter(Boolean).join(" ")}`)
            },
        })
        if (last && last.acknowledgedSeq > 0) return
        const failure = last?.uplinkFailure
        throw noReading(failure ? `the device's uplink: ${failure.state} ${failure.reason}` : "none was sent", maxS)
    })
}

function openEnvironment({ board, settings, server }: Simulated): Promise<SimEnvironment> {
    const mainFile = mainFileFor(board)
    if (server) return openRemoteEnvironment({ ...server, settings, mainFile })
    const injector = new FaultInjector({ faults: [], clock: new RealClock(), seed: SEED })
    return openLocalEnvironment({ directory: ".airpin", settings, mainFile, injector })
}

/** `airpin sim`: runs virtual devices against an API of their own or yours, or boots one from a flash image. */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import { decodeText } from "../../certs/read/text.ts"
import { MAX_BATCH, quantities } from "../../src/wire.ts"
import { SimDisplay } from "../display/sim.ts"
import { isOutputGone } from "../display/standard-output.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { mainFileFor } from "../image/board-program.ts"
import { readBoard } from "../image/boards.ts"
import { chipNames } from "../image/chip.ts"
import { readDeviceEnv } from "../image/settings/device-env.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { RECORDING_HELP, readReplay } from "../sim/air/recording/read-replay.ts"
import type { Replay } from "../sim/air/recording/replay.ts"
import { Room } from "../sim/air/room.ts"
import { type Clock, RealClock, VirtualClock } from "../sim/clock.ts"
import type { Counters } from "../sim/counters.ts"
import { faultText } from "../sim/faults/fault.ts"
import { FaultInjector } from "../sim/faults/injector.ts"
import { type Fault, faultTable } from "../sim/faults/kinds.ts"
import { mix, Random } from "../sim/random.ts"
import { Scd4x } from "../sim/sensors/scd4x.ts"
import { Sgp30 } from "../sim/sensors/sgp30.ts"
import { type SimulationSummary, simulate } from "../sim/simulation.ts"
import { openImageEnvironment } from "../testbed/image-environment.ts"
import { openLocalEnvironment } from "../testbed/local-environment.ts"
import { openRemoteEnvironment } from "../testbed/remote-environment.ts"
import { judgeServer } from "../testbed/server-trust.ts"
import type { DeviceProgram, ServerSummary, SimEnvironment } from "../testbed/sim-environment.ts"
import { readFaults } from "../testbed/sim-faults.ts"
import { failureOf } from "../testbed/sim-outcome.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { type Command, command, exitCodes, exitStatusOf, type OptionsOf, run } from "./command.ts"
import { collect, wholeNumber } from "./option-values.ts"
import { stopRequest } from "./signals.ts"

const declared = command()
    .option("--replay <csv>", "use the recorded air of a CSV file instead of a modelled room; see below")
    .option(
        "--columns <names>",
        "columns of the recording, such as 'time=Zeit,co2=CO2 innen'; may be repeated",
        collect,
    )
    .option("--date-format <tokens>", "format of its times, such as 'dd.MM.yyyy HH:mm'")
    .option("--zone <name>", "time zone of its times, such as Europe/Berlin or +01:00 (default: UTC)")
    .option("--temperature-unit <unit>", "C or F (default: as the column's name says, otherwise C)")
    .option("--speed <n>", "times real time, or max", speed)
    .option("--devices <n>", "number of devices", wholeNumber(1, 100), 1)
    .option("--board <id>", "the devices' board: its program, with its light and its screen, and its chip")
    .addOption(
        new Option("--chip <name>", "the devices' chip: it decides how long a held I2C line blocks them")
            .choices(chipNames)
            .default("esp32")
            .conflicts("board"),
    )
    .option("--interval <s>", "seconds per reading", wholeNumber(5, 3600))
    .option("--batch <n>", "readings per post", wholeNumber(1, MAX_BATCH))
    .option("--for <s>", "stop after so many simulated seconds", wholeNumber(1, 1e9))
    .option("--seed <n>", "seed of rooms and chips", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--export <csv>", "write what the server has stored at the end")
    .option(
        "--api <url>",
        "send to this server, trusted by what is in --pinned (default: an API and a CA of the simulation's own)",
    )
    .addOption(
        new Option(
            "--image <file>",
            "boot one device from a flash image: program, settings and trust from its bytes alone",
        ).conflicts(["api", "token", "pinned", "interval", "batch", "board", "devices", "export", "env"]),
    )
    .option("--token <file>", "file with the device's token for --api (default: API_TOKEN of .env.local)")
    .option("--pinned <folder>", "the folder of the anchors for --api (default: certs/pinned)")
    .option("--env <file>", "settings over those of .env.local")
    .option("--log", "show every line of the chip's log")
    .option("--fault <text>", "inject a fault: 'wifi-off at=2h for=30m'; may be given again", collect)
    .option("--faults <file>", 'inject a list of faults in JSON5: [{ kind: "wifi-off", at: "2h", for: "30m" }]')
    .addHelpText("after", () => `\n${RECORDING_HELP}\n\n${faultTable()}`)

type SimOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => sim(options, terminal)))

function speed(text: string): number {
    if (text === "max") return Infinity
    const value = Number(text)
    if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0, or max.")
    return value
}

/** The default of --pinned. */
const PINNED_FOLDER = "certs/pinned"
/** Holds the CA and the pins of the simulation's own API. */
const LOCAL_DIRECTORY = ".airpin"
/** After the recorded air ends, a device completes its interval, an hour at most, and then sends what it holds. */
const MAX_INTERVAL_MS = 3_600_000
/** Simulated time that this may take at most. */
const MAX_REPLAY_END_MS = 6 * 3_600_000
/** Quantities of recorded air. */
const RECORDED = ["co2Ppm", "temperatureC", "humidityRh"]

const sim: Command<SimOptions> = async (options, terminal) => {
    const replay = await openReplay(options)
    const clock = newClock(options, replay)
    const display = new SimDisplay(terminal, clock, { chipLog: Boolean(options.log), live: options.speed !== Infinity })
    const ids = deviceIds(options)
    const faults = await readFaults(options, ids)
    const injector = new FaultInjector({ faults, clock, seed: options.seed, onFault: note => display.fault(note) })
    const board = options.board === undefined ? undefined : await readBoard(options.board)
    const environment = await openEnvironment(options, mainFileFor(board), injector, display)
    try {
        const program = await loadProgram(environment, display)
        const devices = await Promise.all(
            ids.map(async (id, at) => ({
                id,
                chip: environment.chip ?? board?.chip ?? options.chip,
                memory: await program.memory(id),
                sensors: replay ? [new Scd4x({ air: replay })] : roomSensors(mix(options.seed, at), clock.now()),
            })),
        )
        const done = replay ? replayDone(replay, clock) : timeIsUp(clock, options.for)
        await judge(environment, display, options.image)
        const stop = stopRequest()
        if (replay) display.replay(replay.facts)
        display.started(environment.page ?? (environment.url && `${environment.url}/`))
        const summary = await simulate({
            clock,
            bundle: environment.bundle,
            devices,
            seed: options.seed,
            injector,
            until: counters => stop.status !== undefined || isOutputGone() || done(counters),
            onEvent: (device, event) => display.event(device, event),
            onLog: (device, line) => display.log(device, line),
        })
        const server = await fetchRecords(environment, ids, options)
        const result = {
            ...summary,
            ...acknowledged(summary, server),
            ...server,
            ...impostorBytes(faults, injector),
            bytecodeBytes: program.bytecodeBytes,
            ...(replay && { replay: replay.facts }),
        }
        display.summary(result)
        const task = { url: environment.url, isReplay: replay !== undefined, faults: faults.map(faultText) }
        const failure = failureOf(task, result)
        // Stopped before anything could fail: neither success nor failure.
        if (failure && !result.uplinkFailure && stop.status !== undefined) return stop.status
        if (failure) terminal.error(failure, result)
        else terminal.result(result)
        return failure ? exitStatusOf(failure) : exitCodes.fine
    } finally {
        await environment.close()
    }
}

/** Says whether a device will trust a server that is not the simulation's own. */
async function judge(
    { url, bundle, anchorCount }: SimEnvironment,
    display: SimDisplay,
    image: string | undefined,
): Promise<void> {
    if (anchorCount === undefined || !url || !URL.canParse(url)) return // the device itself says so
    display.judging()
    const pinned = `airpin pin ${new URL(url).host}`
    display.judged(
        await judgeServer(url, bundle),
        anchorCount,
        image ? `${pinned}, then airpin image --repin ${image}` : pinned,
    )
}

async function openReplay({ replay, ...options }: SimOptions): Promise<Replay | undefined> {
    if (replay !== undefined) return readReplay(decodeText(await readFileBytes(replay)), replay, options)
    const { columns, dateFormat, zone, temperatureUnit } = options
    if ([columns, dateFormat, zone, temperatureUnit].every(option => option === undefined)) return undefined
    throw new AirpinError("REPLAY_OPTION_INVALID", "no --replay is given, whose layout the options could describe")
}

/** The clock of a replay starts at its first row; without a replay, at speed 1, it is the real time. */
function newClock({ speed = 1, api, image }: SimOptions, replay: Replay | undefined): Clock {
    if ((api || image) && (replay || speed !== 1))
        throw new AirpinError(
            "SPEED_NEEDS_OWN_API",
            "a server outside the simulation runs in real time",
            `leave out ${api ? "--api" : "--image"}, or --replay and --speed`,
        )
    return speed === 1 && !replay ? new RealClock() : new VirtualClock(replay?.startMs ?? Date.now(), speed)
}

/** After a restart the devices' own count is an estimate; the server's is exact. */
function acknowledged(
    { acknowledged, restarts, watchdogResets, panics, powerCuts }: SimulationSummary,
    { stored = acknowledged }: ServerSummary,
): { acknowledged: number } {
    return { acknowledged: restarts + watchdogResets + panics + powerCuts > 0 ? stored : acknowledged }
}

/** Known only if a fault ran an impostor. */
function impostorBytes(faults: Fault[], { server }: FaultInjector): { impostorBytes?: number } {
    return server && faults.some(({ kind }) => kind === "tls-impostor") ? { impostorBytes: server.impostorBytes } : {}
}

async function openEnvironment(
    options: SimOptions,
    mainFile: string,
    injector: FaultInjector,
    display: SimDisplay,
): Promise<SimEnvironment> {
    if (options.image) {
        const { contents, environment } = await openImageEnvironment(options.image)
        display.image(contents)
        return environment
    }
    const env = await readDeviceEnv(projectDirectory, options.env)
    display.warnings(env.warnings)
    const settings = deviceSettings(options, env.settings)
    if (!options.api && (options.token ?? options.pinned) !== undefined)
        throw new AirpinError("API_NOT_NAMED", "--token and --pinned are for the server of --api")
    if (options.api) {
        const token = await readToken(options, env.settings)
        const pinned = options.pinned ?? PINNED_FOLDER
        return openRemoteEnvironment({ url: options.api, token, pinned, settings, mainFile })
    }
    const local = await openLocalEnvironment({ directory: LOCAL_DIRECTORY, settings, mainFile, injector })
    display.trust(local.service)
    return local
}

/** The device token for the server of --api. */
async function readToken(options: SimOptions, settings: EnvSettings): Promise<string> {
    if (options.export)
        throw new AirpinError("EXPORT_NEEDS_OWN_API", "--export writes what the simulation's own API has stored")
    const token = options.token ? decodeText(await readFileBytes(options.token)).trim() : settings.API_TOKEN
    if (!token) throw new AirpinError("API_TOKEN_MISSING", "the server of --api needs a device token")
    return token
}

async function loadProgram(environment: SimEnvironment, display: SimDisplay): Promise<DeviceProgram> {
    display.loadingProgram()
    const program = await environment.program()
    if (program.cached !== undefined) display.built(program.bytecodeBytes, program.cached)
    return program
}

function deviceSettings({ interval, batch }: SimOptions, common: EnvSettings): EnvSettings {
    return {
        ...common,
        ...(interval && { INTERVAL_S: String(interval) }),
        ...(batch && { BATCH: String(batch) }),
    }
}

/** What the server has of the devices; writes the file of --export. */
async function fetchRecords(environment: SimEnvironment, ids: string[], options: SimOptions): Promise<ServerSummary> {
    const measured = quantities()
        .map(quantity => quantity.name)
        .filter(name => !options.replay || RECORDED.includes(name))
    const { csv, summary } = await environment.fetchRecords(ids, ["time", "device", ...measured])
    if (options.export && csv !== undefined) await writeWhole(options.export, csv)
    return summary
}

function deviceIds({ devices }: SimOptions): string[] {
    return devices === 1 ? ["m5stack"] : Array.from({ length: devices }, (_, at) => `m5stack-${at + 1}`)
}

/** An SCD41 and an SGP30 in a modelled room. */
function roomSensors(seed: number, startMs: number) {
    const air = new Room({ seed, startMs })
    return [
        new Scd4x({ air, poweredAtMs: startMs, noise: new Random(mix(seed, 1)) }),
        new Sgp30({ air, poweredAtMs: startMs, noise: new Random(mix(seed, 2)) }),
    ]
}

function timeIsUp(clock: Clock, seconds = Infinity): () => boolean {
    const endMs = clock.now() + seconds * 1000
    return () => clock.now() >= endMs
}

/** True once the recorded air has ended, and the devices have sent what they hold. */
function replayDone(replay: Replay, clock: Clock) {
    return (counters: Counters[]) => {
        const now = clock.now()
        if (now < replay.endMs + MAX_INTERVAL_MS) return false
        return (
            now > replay.endMs + MAX_REPLAY_END_MS ||
            counters.every(({ acknowledgedSeq, lastSeq }) => acknowledgedSeq === lastSeq)
        )
    }
}

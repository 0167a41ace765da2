/** `airpin sim`: runs virtual devices against an API of their own or yours, or boots one from a flash image. */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../certs/error.ts"
import { decodeText } from "../../certs/read/text.ts"
import { MAX_BATCH, quantities } from "../../src/wire.ts"
import { SimDisplay } from "../display/sim.ts"
import { isOutputGone } from "../display/standard-output.ts"
import type { Terminal } from "../display/terminal.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { mainFileFor } from "../image/board-program.ts"
import type { Board } from "../image/boards.ts"
import { chipNames } from "../image/chip.ts"
import { readDeviceEnv } from "../image/settings/device-env.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { ServerView } from "../panel-page/server-view.ts"
import { type Resources, withResources } from "../resources.ts"
import type { AirSource } from "../sim/air/air.ts"
import { RECORDING_HELP } from "../sim/air/recording/read-replay.ts"
import { Room } from "../sim/air/room.ts"
import type { Clock } from "../sim/clock.ts"
import { faultText } from "../sim/faults/fault.ts"
import { FaultInjector } from "../sim/faults/injector.ts"
import { type Fault, faultTable } from "../sim/faults/kinds.ts"
import { VirtualPanel } from "../sim/panel/virtual-panel.ts"
import { mix, Random } from "../sim/random.ts"
import { Scd4x } from "../sim/sensors/scd4x.ts"
import { Sgp30 } from "../sim/sensors/sgp30.ts"
import { type SimulationSummary, simulate } from "../sim/simulation.ts"
import { openImageEnvironment } from "../testbed/image-environment.ts"
import { openLocalEnvironment } from "../testbed/local-environment.ts"
import { openRemoteEnvironment } from "../testbed/remote-environment.ts"
import { MAX_FLEET, scenarioNames } from "../testbed/scenario.ts"
import { judgeServer } from "../testbed/server-trust.ts"
import type { DeviceProgram, ServerSummary, SimEnvironment } from "../testbed/sim-environment.ts"
import { readFaults } from "../testbed/sim-faults.ts"
import { failureOf } from "../testbed/sim-outcome.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { type Command, command, exitCodes, exitStatusOf, type OptionsOf, run } from "./command.ts"
import { collect, wholeNumber } from "./option-values.ts"
import { stopRequest } from "./signals.ts"
import { isFleet, MAX_SINGLE_THREADED, SINGLE_OPTIONS, simFleet } from "./sim-fleet.ts"
import { boardOf, checkPanelOptions, imageBoardOf, moments, openPanelViews, type PanelViews } from "./sim-panel.ts"
import { newClock, openReplay, replayDone, timeIsUp } from "./sim-time.ts"

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
    .option(
        "--devices <n>",
        `number of devices; more than ${MAX_SINGLE_THREADED} run over threads, at full speed, as a scenario does`,
        wholeNumber(1, MAX_FLEET),
    )
    .addOption(
        new Option(
            "--scenario <name>",
            `run a fleet by a scenario: ${scenarioNames().join(", ")}, or a JSON5 file (devs/sim/fleet/README.md)`,
        ).conflicts([...SINGLE_OPTIONS]),
    )
    .option("--threads <n>", "worker threads of a fleet (default: the machine's cores)", wholeNumber(1, 64))
    .option(
        "--board <id>",
        "the devices' board: its program, with its light and its screen, and its chip (default with --panel or --screenshot: m5stack_core)",
    )
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
    .option("--export <csv>", "write what the server has stored at the end; of a fleet, a line per device")
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
    .option("--heap", "measure the peak of the chip's heap, which takes several times as long")
    .option("--log", "show every line of the chip's log")
    .addOption(
        new Option(
            "--panel",
            "serve a page with the device drawn: its screen, light and buttons, the room, faults, the server's view",
        ).conflicts(["devices", "screenshot"]),
    )
    .option("--panel-port <n>", "port of that page (default: any free one)", wholeNumber(1, 65_535))
    .addOption(
        new Option(
            "--screenshot <file>",
            "write the screen as a PNG and end; at full speed, without a browser",
        ).conflicts(["api", "image", "speed", "for", "devices"]),
    )
    .option(
        "--at <time>",
        "when, after the start: 90s, 30m, 2h (default: 1h); with several, FILE.png becomes FILE-2h.png",
        moments,
    )
    .option("--scale <n>", "each pixel of the screen as N × N (default: 1)", wholeNumber(1, 16))
    .option("--no-screen", "do not show the board's screen in the terminal")
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
/** Quantities of recorded air. */
const RECORDED = ["co2Ppm", "temperatureC", "humidityRh"]

const sim: Command<SimOptions> = (options, terminal) => {
    checkPanelOptions(options)
    return withResources(resources =>
        isFleet(options)
            ? simFleet(resources, options, LOCAL_DIRECTORY, terminal)
            : simIn(resources, options, terminal),
    )
}

async function simIn(resources: Resources, options: SimOptions, terminal: Terminal): Promise<number> {
    const replay = await openReplay(options)
    const clock = newClock(options, replay)
    const isLive = options.speed !== Infinity && options.screenshot === undefined
    const display = new SimDisplay(terminal, clock, { chipLog: Boolean(options.log), live: isLive })
    const ids = deviceIds(options)
    const faults = await readFaults(options, ids)
    const injector = new FaultInjector({
        faults,
        clock,
        seed: options.seed,
        live: options.panel === true,
        onFault: note => display.fault(note),
    })
    const named = await boardOf(options)
    const environment = await openEnvironment(options, mainFileFor(named), injector, display)
    resources.add(() => environment.close())
    const board = named ?? (await imageBoardOf(options, environment.boardName))
    const program = await loadProgram(environment, display)
    const devices = await Promise.all(
        ids.map(async (id, at) => {
            const air = replay ?? new Room({ seed: mix(options.seed, at), startMs: clock.now() })
            return {
                id,
                chip: environment.chip ?? board?.chip ?? options.chip,
                memory: await program.memory(id),
                air,
                panel: board && new VirtualPanel(board),
                sensors: replay ? [new Scd4x({ air })] : roomSensors(air, mix(options.seed, at), clock.now()),
            }
        }),
    )
    const isDone = replay ? replayDone(replay, clock) : timeIsUp(clock, options.for)
    await judge(environment, display, options.image)
    const stop = stopRequest()
    if (replay) display.replay(replay.facts)
    const [first] = devices
    display.started(environment.page ?? (environment.url && `${environment.url}/`))
    const views = first && (await viewsOf(first, board, options, { clock, injector, environment, display, resources }))
    const summary = await simulate({
        clock,
        bundle: environment.bundle,
        devices,
        seed: options.seed,
        injector,
        watchHeap: options.heap === true,
        until: counters => stop.status !== undefined || isOutputGone() || views?.round() === true || isDone(counters),
        onEvent: (device, event) => {
            display.event(device, event)
            if (device.id === first?.id) views?.event(event)
        },
        onLog: (device, line) => {
            display.log(device, line)
            if (device.id === first?.id) views?.log(line)
        },
    })
    const server = await fetchRecords(environment, ids, options)
    const result = {
        ...summary,
        ...acknowledged(summary, server),
        ...server,
        ...impostorBytes(faults, injector),
        bytecodeBytes: program.bytecodeBytes,
        ...(replay && { replay: replay.facts }),
        ...(await views?.finish()),
    }
    display.summary(result)
    const task = { url: environment.url, isReplay: replay !== undefined, faults: faults.map(faultText) }
    const failure = options.screenshot === undefined ? failureOf(task, result) : undefined
    // Stopped before anything could fail: neither success nor failure.
    if (failure && !result.uplinkFailure && stop.status !== undefined) return stop.status
    if (failure) terminal.error(failure, result)
    else terminal.result(result)
    return failure ? exitStatusOf(failure) : exitCodes.fine
}

interface Surroundings {
    clock: Clock
    injector: FaultInjector
    environment: SimEnvironment
    display: SimDisplay
    resources: Resources
}

/** What shows the panel of the first device; undefined if no board is named, whose panel it would be. */
async function viewsOf(
    { id, panel, air }: { id: string; panel: VirtualPanel | undefined; air: AirSource },
    board: Board | undefined,
    options: SimOptions,
    { clock, injector, environment, display, resources }: Surroundings,
): Promise<PanelViews | undefined> {
    if (!panel || !board) return undefined
    const { url, service } = environment
    const watch = {
        deviceId: id,
        board,
        panel,
        clock,
        injector,
        air,
        ...(air instanceof Room && { room: air }),
        ...(service && { server: new ServerView(service, id) }),
        serverUrl: url,
    }
    return await openPanelViews(options, watch, display, resources)
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

/** After a restart the devices' own count is an estimate; the server's is exact. */
function acknowledged(
    { acknowledged, restarts, watchdogResets, panics, powerCuts }: SimulationSummary,
    { stored = acknowledged }: ServerSummary,
): { acknowledged: number } {
    return { acknowledged: restarts + watchdogResets + panics + powerCuts > 0 ? stored : acknowledged }
}

/** Known only if there was an impostor. */
function impostorBytes(faults: Fault[], { server }: FaultInjector): { impostorBytes?: number } {
    if (!server) return {}
    const wasThere = server.impostorConnections > 0 || faults.some(({ kind }) => kind === "tls-impostor")
    return wasThere ? { impostorBytes: server.impostorBytes } : {}
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

function deviceIds({ devices = 1 }: SimOptions): string[] {
    return devices === 1 ? ["m5stack"] : Array.from({ length: devices }, (_, at) => `m5stack-${at + 1}`)
}

/** An SCD41 and an SGP30 in a modelled room. */
function roomSensors(air: AirSource, seed: number, startMs: number) {
    return [
        new Scd4x({ air, poweredAtMs: startMs, noise: new Random(mix(seed, 1)) }),
        new Sgp30({ air, poweredAtMs: startMs, noise: new Random(mix(seed, 2)) }),
    ]
}

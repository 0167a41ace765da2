/** `airpin sim`: virtual devices against a service of their own, or against yours, or one as its flash image has it. */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { readLock } from "../../certs/lock.ts"
import { MAX_BATCH, quantities } from "../../src/wire.ts"
import { SimDisplay } from "../display/sim.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { readDeviceEnv } from "../image/env-settings.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { type Replay, readReplay } from "../sim/air/recording.ts"
import { Room } from "../sim/air/room.ts"
import { type Clock, RealClock, VirtualClock } from "../sim/clock.ts"
import type { Counters } from "../sim/counters.ts"
import { FaultInjector } from "../sim/faults/injector.ts"
import { type Fault, faultTable } from "../sim/faults/kinds.ts"
import { mix, Random } from "../sim/random.ts"
import { Scd4x } from "../sim/sensors/scd4x.ts"
import { Sgp30 } from "../sim/sensors/sgp30.ts"
import { type DevicePlan, type SimulationSummary, simulate } from "../sim/simulation.ts"
import { openImageEnvironment } from "../testbed/image-environment.ts"
import { type LocalService, startLocalService } from "../testbed/local-service.ts"
import { fetchExport } from "../testbed/server-export.ts"
import type { DeviceProgram, ServerSummary, SimEnvironment } from "../testbed/sim-environment.ts"
import { readFaults, startFaultyServer } from "../testbed/sim-faults.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "./command.ts"
import { collect, wholeNumber } from "./option-values.ts"

const declared = command()
    .option(
        "--replay <csv>",
        "use the recorded air of a CSV file (columns date, CO2, Temperature, Humidity) instead of a modelled room",
    )
    .option("--speed <n>", "times real time, or max", speed)
    .option("--devices <n>", "number of devices", wholeNumber(1, 100), 1)
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
        ).conflicts(["api", "token", "pinned", "interval", "batch", "devices", "export"]),
    )
    .option("--token <file>", "file with the device's token for --api (default: API_TOKEN of .env.local)")
    .option("--pinned <folder>", "the folder of the anchors for --api", "certs/pinned")
    .option("--log", "show every line of the chip's log")
    .option("--fault <text>", "inject a fault: 'wifi-off at=2h for=30m'; may be given again", collect)
    .option("--faults <file>", 'inject a list of faults in JSON5: [{ kind: "wifi-off", at: "2h", for: "30m" }]')
    .addHelpText("after", () => `\n${faultTable()}`)

type SimOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => sim(options, terminal)))

function speed(text: string): number {
    if (text === "max") return Infinity
    const value = Number(text)
    if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0, or max.")
    return value
}

const LOCAL_DIRECTORY = ".airpin"
/** After the end of a replay a device closes its interval, an hour at most, and then sends what it holds. */
const MAX_INTERVAL_MS = 3_600_000
/** How long that may take at most, simulated. */
const REPLAY_GRACE_MS = 6 * 3_600_000

const sim: Command<SimOptions> = async (options, terminal) => {
    const replay = options.replay
        ? readReplay((await readFileBytes(options.replay)).toString(), options.replay)
        : undefined
    const clock = newClock(options, replay)
    const display = new SimDisplay(terminal, clock, { chipLog: Boolean(options.log), live: options.speed !== Infinity })
    const faults = await readFaults(options, deviceIds(options))
    const injector = new FaultInjector({ faults, clock, seed: options.seed, onFault: note => display.fault(note) })
    const stopped = stopRequest()
    const environment = await openEnvironment(options, injector, display)
    try {
        const program = await environment.program()
        const devices = deviceIds(options).map((id, at) => plan(id, options, program, clock, at, replay))
        const done = replay ? replayDone(replay, clock, devices) : timeIsUp(clock, options.for)
        display.started(environment.url)
        const summary = await simulate({
            clock,
            bundle: environment.bundle,
            devices,
            seed: options.seed,
            injector,
            until: counters => stopped() || done(counters),
            onEvent: (device, event) => display.event(device, event),
            onLog: (device, line) => display.log(device, line),
        })
        const server = await environment.summarise(devices)
        const result = {
            ...summary,
            ...acknowledged(summary, server),
            ...server,
            ...impostorBytes(faults, injector),
            bytecodeBytes: program.bytecodeBytes,
        }
        display.summary(result)
        terminal.result(result)
        return replay && result.stored !== result.readings ? exitCodes.failed : exitCodes.fine
    } finally {
        await environment.close()
    }
}

/** A replay's clock starts at its first row; without one, and at its own speed, it is the real time. */
function newClock({ speed = 1, api, image }: SimOptions, replay: Replay | undefined): Clock {
    if ((api || image) && (replay || speed !== 1))
        throw new AirpinError(
            "SPEED_NEEDS_OWN_API",
            "a server elsewhere has its own clock",
            `leave out ${api ? "--api" : "--image"}, or --replay and --speed`,
        )
    return speed === 1 && !replay ? new RealClock() : new VirtualClock(replay?.startMs ?? Date.now(), speed)
}

/** What a device that started anew said of it is a guess; what its server has is not. */
function acknowledged(
    { acknowledged, restarts, powerCuts }: SimulationSummary,
    { stored = acknowledged }: ServerSummary,
): { acknowledged: number } {
    return { acknowledged: restarts + powerCuts > 0 ? stored : acknowledged }
}

/** Known only if a fault ran an impostor. */
function impostorBytes(faults: Fault[], { server }: FaultInjector): { impostorBytes?: number } {
    return server && faults.some(({ kind }) => kind === "tls-impostor") ? { impostorBytes: server.impostorBytes } : {}
}

async function openEnvironment(
    options: SimOptions,
    injector: FaultInjector,
    display: SimDisplay,
): Promise<SimEnvironment> {
    if (options.image) {
        const { contents, environment } = await openImageEnvironment(options.image)
        display.image(contents)
        return environment
    }
    const { settings } = await readDeviceEnv(projectDirectory)
    return options.api
        ? openRemoteServer(options.api, options, settings, display)
        : openLocalServer(options, settings, injector, display)
}

async function openRemoteServer(
    url: string,
    options: SimOptions,
    settings: EnvSettings,
    display: SimDisplay,
): Promise<SimEnvironment> {
    const token = options.token ? (await readFileBytes(options.token)).toString().trim() : settings.API_TOKEN
    if (!token)
        throw new AirpinError(
            "API_TOKEN_MISSING",
            "the server wants a token",
            "airpin device add NAME prints one: put it into .env.local as API_TOKEN=…, or into a file for --token",
        )
    if (options.export)
        throw new AirpinError(
            "EXPORT_NEEDS_OWN_API",
            "--export takes what the simulator's own API has",
            "leave out --api",
        )
    const lock = await readLock(options.pinned)
    return {
        url,
        bundle: encodeBundle(lock.anchors.map(anchor => anchor.certificate)),
        program: () => buildProgram(() => deviceSettings(options, settings, url, token), display),
        summarise: async () => ({}),
        close: async () => undefined,
    }
}

async function openLocalServer(
    options: SimOptions,
    settings: EnvSettings,
    injector: FaultInjector,
    display: SimDisplay,
): Promise<SimEnvironment> {
    const databaseDirectory = await mkdtemp(path.join(tmpdir(), "airpin-"))
    const service = await startLocalService({
        directory: LOCAL_DIRECTORY,
        databaseDirectory,
        now: () => injector.serverNow(),
    })
    if (injector.needsServer) injector.server = await startFaultyServer(service, databaseDirectory)
    display.trust(service)
    return {
        url: service.url,
        bundle: service.bundle,
        program: () =>
            buildProgram(id => deviceSettings(options, settings, service.url, service.tokenFor(id)), display),
        summarise: devices => summaryOf(service, devices, options),
        close: async () => {
            await service.close()
            await rm(databaseDirectory, { recursive: true, force: true })
        },
    }
}

/** The firmware as it stands in `src`, with the settings of each device. */
async function buildProgram(settingsFor: (id: string) => EnvSettings, display: SimDisplay): Promise<DeviceProgram> {
    display.building()
    const { bytecode, cached } = await buildFirmware()
    display.built(bytecode.length, cached)
    return { bytecodeBytes: bytecode.length, memory: id => ({ bytecode, settings: settingsFor(id) }) }
}

function deviceSettings({ interval, batch }: SimOptions, common: EnvSettings, url: string, token: string): EnvSettings {
    return {
        ...common,
        API_URL: url,
        API_TOKEN: token,
        ...(interval && { INTERVAL_S: String(interval) }),
        ...(batch && { BATCH: String(batch) }),
    }
}

async function summaryOf(service: LocalService, devices: DevicePlan[], options: SimOptions) {
    const measured = quantities
        .map(quantity => quantity.name)
        .filter(name => !options.replay || replayed.includes(name))
    const ids = devices.map(device => device.id)
    const { csv, stored, duplicated } = await fetchExport(service.url, service.authority.rootPem, ids, [
        "time",
        "device",
        ...measured,
    ])
    if (options.export) await writeWhole(options.export, csv)
    const gap = ids.reduce((sum, id) => sum + service.device(id).gap, 0)
    return { stored, duplicated, gap }
}

/** What the recorded air holds. */
const replayed = ["co2Ppm", "temperatureC", "humidityRh"]

function deviceIds({ devices }: SimOptions): string[] {
    return devices === 1 ? ["m5stack"] : Array.from({ length: devices }, (_, at) => `m5stack-${at + 1}`)
}

/** A device in a modelled room with an SCD41 and an SGP30, or in recorded air with an SCD41 only. */
function plan(
    id: string,
    options: SimOptions,
    program: DeviceProgram,
    clock: Clock,
    at: number,
    replay: Replay | undefined,
): DevicePlan {
    return {
        id,
        memory: program.memory(id),
        sensors: replay ? [new Scd4x({ air: replay })] : roomSensors(mix(options.seed, at), clock.now()),
    }
}

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

/**
 * At the end of the recorded air the sensor is pulled: the device closes its
 * interval and sends what it holds.
 */
function replayDone(replay: Replay, clock: Clock, devices: DevicePlan[]) {
    return (counters: Counters[]) => {
        const now = clock.now()
        if (!replay.ended(now)) return false
        for (const { sensors } of devices) for (const sensor of sensors) sensor.faults.unplugged = true
        if (now < replay.endMs + MAX_INTERVAL_MS) return false
        return (
            now > replay.endMs + REPLAY_GRACE_MS ||
            counters.every(counters => counters.acknowledgedSeq === counters.lastSeq)
        )
    }
}

/** Ctrl-C ends the simulation, not the process: it still closes its server and sums up. */
function stopRequest(): () => boolean {
    let stopped = false
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => (stopped = true))
    return () => stopped
}

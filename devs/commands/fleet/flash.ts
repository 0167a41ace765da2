/** `airpin fleet flash`: from a list to devices that post. */
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { fleetRows, showFleet } from "../../display/class-set.ts"
import type { Terminal } from "../../display/terminal.ts"
import { readFileBytes } from "../../files.ts"
import { waitForReadings } from "../../fleet/first-readings.ts"
import { assertTold, nextOne } from "../../fleet/flashing/assignment.ts"
import { flashFleet } from "../../fleet/flashing/flash-fleet.ts"
import { type ImageRun, imageFile, makeImages } from "../../fleet/images.ts"
import type { FleetDevice } from "../../fleet/list/check-list.ts"
import { readFleetList } from "../../fleet/list/read-list.ts"
import { lockFolder } from "../../fleet/lock.ts"
import { addDevices, type FleetServer } from "../../fleet/server.ts"
import { FleetState, fleetName } from "../../fleet/state.ts"
import type { Chip } from "../../image/chip.ts"
import { readFlashImage } from "../../image/flash-image.ts"
import { gitRevision } from "../../image/git-revision.ts"
import { readManifest } from "../../image/manifest/manifest-file.ts"
import { getRuntime } from "../../image/runtime/runtime-download.ts"
import { type DeviceEnv, readDeviceEnv } from "../../image/settings/device-env.ts"
import { readPins } from "../../pins/image-pins.ts"
import { projectDirectory } from "../../vm/build-cache.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"
import { databaseOption } from "../service/open-database.ts"
import { caOption } from "../service/remote-devices.ts"
import { stopRequest } from "../signals.ts"
import { askWhich, FlashingDisplay } from "./flashing-display.ts"
import { writeLabels } from "./labels.ts"
import { networksOption } from "./list-options.ts"
import { localServer } from "./local-server.ts"
import { remoteServer } from "./remote-server.ts"
import { flashFromBrowser } from "./web.ts"

const HELP = `
The list has a first line of names: name and board; if wanted group, or building and floor; wifi, which names a network
of --networks; and settings as .env.defaults has them, such as interval, batch or LANGUAGE. What the list does not have is
that of .env.local. In YAML it is a sequence of devices, or devices: and all: for what they share.

Each step is kept in .airpin/fleet/LIST/: run the same command again, and it goes on where it ended.

Exit status: 0 when every device is flashed (with --wait: has posted), or everything is ready with --no-flash; 10 if the
time of --idle ended before; 130 or 143 when it was stopped, also with --web unless every device is flashed by then.`

const declared = command()
    .name("flash")
    .description("add the devices of a list, make their images, flash what is plugged in, and write labels")
    .argument("<list>", "CSV or YAML (.yaml, .yml): name,board,group,wifi,interval,…")
    .addOption(databaseOption().conflicts("api"))
    .option("--api <url>", "add the devices at this server instead of in a database: https://HOST[:PORT]")
    .addOption(caOption())
    .option("--admin <name>", "who logs in at the server of --api", "admin")
    .option("--password <file>", "file with that admin's password (default: it is asked for)")
    .option("--adopt", "take over devices of the server that have names of the list: they get new tokens")
    .addOption(networksOption())
    .option("--env <file>", "settings of all devices, over those of .env.local")
    .option("--pinned <folder>", "the folder of the anchors", "certs/pinned")
    .option("--firmware <file>", "the runtime of a chip; may be given again for another chip", collect)
    .option("--port <path>", "use only this serial port; may be given again (default: all that may be chips')", collect)
    .option("--jobs <n>", "how many chips are written at once", wholeNumber(1, 32), 8)
    .option("--baud <n>", "bits per second, once the chip has responded", wholeNumber(115_200, 4_000_000), 460_800)
    .option("--no-stub", "use the chip's ROM alone where the flasher stub does not start: slower")
    .option("--board <id>", "flash only the devices of this board now")
    .option("--yes", "do not ask which device a chip is to be: it becomes the next of the list")
    .option("--replace <name>", "another chip is to be this device: the one before is broken or lost")
    .addOption(
        new Option("--idle <s>", "end when nothing was plugged in for so long (default: wait)").argParser(
            wholeNumber(1, 86_400),
        ),
    )
    .addOption(
        new Option("--web", "flash from a page in Chrome or Edge on this computer instead").conflicts([
            ...["port", "yes", "replace", "idle", "wait", "jobs", "baud", "stub", "flash"],
        ]),
    )
    .addOption(
        new Option("--listen <port>", "port of that page (default: any free one)")
            .argParser(wholeNumber(1, 65_535))
            .implies({ web: true }),
    )
    .option("--no-flash", "end when devices, images and labels are ready")
    .option("--wait", "afterwards, wait until the server has the first reading of each device")
    .option("--labels <file>", "the labels (default: labels.svg in the folder of the list's state)")
    .addHelpText("after", () => HELP)

type FleetFlashOptions = OptionsOf<typeof declared> & { list: string }

export const flashing = declared.action(run((terminal, list, options) => flash({ list, ...options }, terminal)))

const flash: Command<FleetFlashOptions> = async (options, terminal) => {
    const { list } = options
    const { devices, warnings } = await readFleetList(list, options.networks)
    const env = await readDeviceEnv(projectDirectory, options.env)
    for (const warning of [...warnings, ...env.warnings]) terminal.warn(warning)
    const apiUrl = serverOf(env, options.api)
    const state = await FleetState.open(fleetName(list))
    await lockFolder(state.folder)
    warnOfOthers(devices, state, terminal)
    if (options.replace !== undefined) await forgetChip(options.replace, devices, state)
    assertAskable(options, devices, state, terminal)
    terminal.line("list", `${list}: ${devices.length} devices`)

    const server =
        options.api === undefined
            ? localServer(options.db, terminal)
            : await remoteServer({ ...options, api: options.api }, terminal)
    const images = await prepare(devices, { options, env, apiUrl, state, server, terminal })
    const out = options.labels ?? path.join(state.folder, "labels.svg")
    const labels = await writeLabels(devices, state, apiUrl, out)
    terminal.line("labels", labels.files.join(", "))

    const work = { options, state, server, terminal }
    const code = options.web
        ? await flashFromBrowser(classSetOf(devices, labels.files, work), options.listen ?? 0, work)
        : options.flash
          ? await flashAll(devices, work)
          : exitCodes.fine
    const rows = fleetRows(devices, state)
    if (options.flash) showFleet(terminal, rows)
    if (code !== exitCodes.fine) terminal.line("next", `run this again: it goes on here`)
    terminal.result({ list, server: server.place, images, labels: labels.files, devices: rows })
    return code
}

function serverOf({ settings }: DeviceEnv, api: string | undefined): string {
    const url = settings.API_URL ?? api
    if (url === undefined) throw new AirpinError("FLEET_SERVER_UNSET", "API_URL is not set, and --api is not given")
    return url
}

function warnOfOthers(devices: FleetDevice[], state: FleetState, terminal: Terminal): void {
    const others = [...state.devices.keys()].filter(name => !devices.some(device => device.name === name))
    if (others.length > 0)
        terminal.warn(
            `the list does not have ${others.join(", ")} any more; next: airpin device revoke, if they are gone`,
        )
}

async function forgetChip(name: string, devices: FleetDevice[], state: FleetState): Promise<void> {
    if (!devices.some(device => device.name === name))
        throw new AirpinError("DEVICE_UNKNOWN", `the list has no device ${JSON.stringify(name)}`)
    await state.change(name, { mac: undefined, flashed: undefined, firstReadingAt: undefined })
}

/** @throws AirpinError FLEET_NOT_ASKED, FLEET_BOARD_AMBIGUOUS */
function assertAskable(
    options: FleetFlashOptions,
    devices: FleetDevice[],
    state: FleetState,
    terminal: Terminal,
): void {
    if (!options.flash || options.web) return
    if (options.yes) assertTold(ofBoard(devices, options.board), state)
    else if (!terminal.isInteractive)
        throw new AirpinError("FLEET_NOT_ASKED", "without a terminal nobody can say which device a chip is to be")
}

/** @throws AirpinError BOARD_UNKNOWN */
function ofBoard(devices: FleetDevice[], board: string | undefined): FleetDevice[] {
    const found = devices.filter(device => board === undefined || device.board.id === board)
    if (found.length === 0) throw new AirpinError("BOARD_UNKNOWN", `the list has no device with the board ${board}`)
    return found
}

interface Work {
    options: FleetFlashOptions
    state: FleetState
    server: FleetServer
    terminal: Terminal
}

/** Adds the devices, makes their images, and puts their groups into the site. */
async function prepare(
    devices: FleetDevice[],
    { options, env, apiUrl, state, server, terminal }: Work & { env: DeviceEnv; apiUrl: string },
): Promise<ImageRun> {
    const pins = await readPins(options.pinned)
    for (const warning of pins.warnings) terminal.warn(warning)
    const runtimeOf = runtimes(options.firmware ?? [], terminal)
    const tokens = await addDevices(devices, {
        state,
        server,
        adopt: options.adopt ?? false,
        onAdded: name => terminal.progress(`added ${name} …`),
    })
    terminal.line("server", `${server.place}: ${tokens.size} added, ${devices.length - tokens.size} known`)
    const groups = new Map(
        devices.flatMap(({ name, group }) => (group === "" ? [] : [[state.of(name).id ?? "", group]])),
    )
    const changed = await server.setGroups(groups)
    if (groups.size > 0) terminal.line("groups", `${changed} set, ${groups.size - changed} as they were`)
    const run = await makeImages(
        devices,
        state,
        {
            env,
            apiUrl,
            pins,
            revision: await gitRevision(projectDirectory),
            runtimeOf,
            onCompile: () => terminal.progress("compiling the programs of the boards …"),
            onImage: (done, total) => terminal.progress(`${done} of ${total} images`),
        },
        async name => tokens.get(name) ?? (await server.rotate(state.of(name).id ?? "")),
    )
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
    terminal.line(
        "images",
        `${run.made} made, ${run.kept} kept, in ${seconds(run.imageMs)}, after ${seconds(run.compileMs)} of compiling`,
    )
    return run
}

/** The runtimes of --firmware by their chips, and otherwise those that airpin image downloads. */
function runtimes(files: string[], terminal: Terminal) {
    const known = new Map<Chip, { name: string; bytes: Buffer }>()
    const given = Promise.all(
        files.map(async file => {
            const bytes = await readFileBytes(file)
            known.set(readFlashImage(bytes, path.basename(file)).chip, { name: path.basename(file), bytes })
        }),
    )
    return async (chip: Chip) => {
        await given
        const found =
            known.get(chip) ??
            (await getRuntime(chip, {
                onProgress: done => terminal.progress(`the runtime for ${chip}: ${done} bytes`),
            }))
        known.set(chip, found)
        return found
    }
}

function classSetOf(all: FleetDevice[], labels: string[], { options, state, server, terminal }: Work) {
    return {
        list: path.basename(options.list),
        devices: ofBoard(all, options.board),
        state,
        labels,
        onFlashed: (device: FleetDevice) => storePinsOf(device, state, server, terminal),
    }
}

async function flashAll(all: FleetDevice[], { options, state, server, terminal }: Work): Promise<number> {
    const devices = ofBoard(all, options.board)
    const stop = stopRequest()
    const abort = new AbortController()
    void stop.received.then(() => abort.abort())
    const display = new FlashingDisplay(terminal, devices, state, device =>
        storePinsOf(device, state, server, terminal),
    )
    const idle = options.idle === undefined ? undefined : display.whenIdle(options.idle, () => abort.abort())
    try {
        await flashFleet(devices, state, {
            ports: options.port ?? [],
            jobs: options.jobs,
            baud: options.baud,
            stub: options.stub,
            choose: options.yes ? nextOne : askWhich(terminal, display),
            signal: abort.signal,
            on: display,
        })
        if (options.wait && !abort.signal.aborted)
            await waitForAll(devices, { options, state, server, terminal }, abort.signal)
    } finally {
        idle?.stop()
        await display.end()
    }
    if (stop.status !== undefined) return stop.status
    return abort.signal.aborted ? exitCodes.attention : exitCodes.fine
}

async function waitForAll(
    devices: FleetDevice[],
    { state, server, terminal }: Work,
    signal: AbortSignal,
): Promise<void> {
    const waiting = () => devices.filter(({ name }) => state.of(name).firstReadingAt === undefined).length
    terminal.line(
        "waiting",
        `for the first reading of ${waiting()} devices: power them in reach of their Wi-Fi; Ctrl-C ends the waiting`,
    )
    await waitForReadings(devices, state, server, {
        signal,
        onArrived: name => terminal.line("reading", `${name} has posted`),
        onAway: message => terminal.progress(message),
    })
}

async function storePinsOf(
    { name }: FleetDevice,
    state: FleetState,
    server: FleetServer,
    terminal: Terminal,
): Promise<void> {
    const { id, image } = state.of(name)
    const manifest = image && (await readManifest(imageFile(state, image)))
    if (id === undefined || !manifest || !server.storePins) return
    await server.storePins(id, manifest).catch(error => {
        terminal.warn(
            `what ${name} trusts was not stored: ${Object(error).message}; next: airpin device pins ${id} FILE`,
        )
    })
}

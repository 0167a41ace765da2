/** `airpin fleet repin`: new pins for the devices that are plugged in. */
import { readdir } from "node:fs/promises"
import { Option } from "@commander-js/extra-typings"
import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import { AirpinError } from "../../../certs/error.ts"
import { exists } from "../../../certs/replace-file.ts"
import { storePins } from "../../api/pins/device-pins.ts"
import { ownerOfToken } from "../../api/store/devices.ts"
import type { Terminal } from "../../display/terminal.ts"
import { lockFolder } from "../../fleet/lock.ts"
import { type Owner, repinFleet } from "../../fleet/repin/repin-fleet.ts"
import { FLEET_FOLDER, FleetState } from "../../fleet/state.ts"
import { type ComingChain, type FleetMember, type JudgedMember, judgeFleet } from "../../fleet/trust/fleet-trust.ts"
import { inOrder } from "../../fleet/trust/walk.ts"
import { type PinnedSet, readPins } from "../../pins/image-pins.ts"
import { type Command, command, DEFAULT_EDGE_FOLDER, exitCodes, type OptionsOf, run } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"
import { pinsIn } from "../service/device-pins.ts"
import { databaseOption, withExistingDatabase } from "../service/open-database.ts"
import { stopRequest } from "../signals.ts"
import { comingChains } from "./coming-chains.ts"
import { imageManifests } from "./image-manifests.ts"
import { localMembers } from "./members.ts"
import { RepinDisplay } from "./repin-display.ts"

const HELP = `
It goes on until every device that would refuse tomorrow's chain (airpin fleet status) has the new pins, or, where no chain
is known, every device. Settings, program and stored readings stay on the chip. What is plugged in is recognised by the
token in its own store, or by its MAC address.

Exit status: 0 when all have them; 10 if the time of --idle ended before; 20 if the new pins would be refused too; 130 or
143 when it was stopped.`

const declared = command()
    .name("repin")
    .description("write new pins to the devices that are plugged in, until none would refuse tomorrow's chain")
    .argument("[host]", "HOST[:PORT] that presents tomorrow's chain")
    .option("--chain <file>", "tomorrow's chain, with or without its leaf")
    .option("--servername <name>", "the name that devices ask for (default: HOST)")
    .option("--folder <dir>", "the edge folder of airpin renew, on the server's computer", DEFAULT_EDGE_FOLDER)
    .option("--all", "go on until every device has the new pins, also those that would accept the chain")
    .addOption(databaseOption())
    .option("--pinned <folder>", "the folder of the new anchors", "certs/pinned")
    .option(
        "--images <dir>",
        "a folder with the devices' images and manifests; may be given again (default: build, and those of airpin fleet flash)",
        collect,
    )
    .option("--port <path>", "use only this serial port; may be given again (default: all that may be chips')", collect)
    .option("--jobs <n>", "how many chips are written at once", wholeNumber(1, 32), 8)
    .option("--baud <n>", "bits per second, once the chip has responded", wholeNumber(115_200, 4_000_000), 460_800)
    .addOption(
        new Option("--idle <s>", "end when nothing was plugged in for so long (default: wait)").argParser(
            wholeNumber(1, 86_400),
        ),
    )
    .addHelpText("after", () => HELP)

type FleetRepinOptions = OptionsOf<typeof declared> & { host: string | undefined }

export const repinning = declared.action(run((terminal, host, options) => repin({ host, ...options }, terminal)))

const repin: Command<FleetRepinOptions> = async (options, terminal) => {
    const pins = await readPins(options.pinned)
    for (const warning of pins.warnings) terminal.warn(warning)
    const chains = await knownChains(options)
    assertAccepted(pins, chains)
    const members = await localMembers(options.db, terminal)
    const { manifests, problems } = await imageManifests(options.images)
    for (const problem of problems) terminal.warn(problem)
    const states = await openStates()
    const open = inOrder(judgeFleet(members, chains)).filter(device => isOpen(device, pins, chains, options.all))
    const display = new RepinDisplay(terminal, open)
    const stop = stopRequest()
    const abort = new AbortController()
    void stop.received.then(() => abort.abort())
    const idle = options.idle === undefined ? undefined : display.whenIdle(options.idle, () => abort.abort())
    try {
        await repinFleet({
            ...{ pins, states, images: manifests, baud: options.baud, jobs: options.jobs, ports: options.port ?? [] },
            signal: abort.signal,
            ownerOf: hash => ownerOf(hash, members, options.db, terminal),
            record: ({ id }, manifest) =>
                withExistingDatabase(options.db, terminal, db =>
                    storePins(db, id, pinsIn(manifest), Math.floor(Date.now() / 1000)),
                ),
            isDone: () => display.isDone,
            on: display,
        })
    } finally {
        idle?.stop()
    }
    display.conclude()
    terminal.result({ repinned: display.done, open: display.open.map(({ id }) => id) })
    if (stop.status !== undefined) return stop.status
    return display.isDone ? exitCodes.fine : exitCodes.attention
}

/** Empty if none is given and no edge folder has any: then every device gets the new pins. */
async function knownChains(options: FleetRepinOptions): Promise<ComingChain[]> {
    const isNamed = options.host !== undefined || options.chain !== undefined
    return isNamed || (await exists(options.folder)) ? await comingChains(options) : []
}

/** @throws AirpinError FLEET_PINS_REFUSE */
function assertAccepted({ anchors }: PinnedSet, chains: ComingChain[]): void {
    const bundle = encodeBundle(anchors.map(({ certificate }) => certificate))
    const pins = { anchors: [], bundle, board: "", imageSha256: "" }
    const [judged] = judgeFleet([{ id: "", name: "", group: null, lastSeenAt: null, pins }], chains)
    if (judged?.stand === "refuses")
        throw new AirpinError("FLEET_PINS_REFUSE", `with the new pins, a device says: ${judged.reason}`)
}

/** True for a device that needs the new pins. */
function isOpen(device: JudgedMember, pins: PinnedSet, chains: ComingChain[], all = false): boolean {
    if (chains.length > 0 && !all) return device.stand === "refuses"
    const held = device.pins?.anchors.map(({ spkiSha256 }) => spkiSha256).sort()
    return `${held}` !== `${pins.anchors.map(({ certificate }) => certificate.spkiSha256).sort()}`
}

/** The states of all lists, which no other airpin may work on meanwhile. @throws AirpinError FLEET_BUSY */
async function openStates(): Promise<FleetState[]> {
    const states: FleetState[] = []
    for (const name of await readdir(FLEET_FOLDER).catch((): string[] => [])) {
        const state = await FleetState.open(name)
        await lockFolder(state.folder)
        states.push(state)
    }
    return states
}

async function ownerOf(
    hash: string,
    members: FleetMember[],
    db: string,
    terminal: Terminal,
): Promise<Owner | undefined> {
    const owner = await withExistingDatabase(db, terminal, ({ sql }) => ownerOfToken(sql, hash))
    return members.find(({ id }) => id === owner?.id)
}

import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { drawLabels, type Label } from "../../display/device-labels.ts"
import { writeWhole } from "../../files.ts"
import type { FleetDevice } from "../../fleet/list/check-list.ts"
import { readFleetList } from "../../fleet/list/read-list.ts"
import { FleetState, fleetName } from "../../fleet/state.ts"
import { readDeviceEnv } from "../../image/settings/device-env.ts"
import { projectDirectory } from "../../vm/build-cache.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { networksOption } from "./list-options.ts"

const declared = command()
    .name("labels")
    .description("write the labels of a list's devices: name, group, and a QR code of the room's page")
    .argument("<list>", "the list that airpin fleet flash has read: CSV or YAML")
    .option("--out <file>", "SVG of A4, 21 labels; more sheets get a number", "labels.svg")
    .option("--url <url>", "the server's address as phones reach it (default: API_URL of the settings)")
    .addOption(networksOption())

type LabelOptions = OptionsOf<typeof declared> & { list: string }

export const labelling = declared.action(run((terminal, list, options) => labels({ list, ...options }, terminal)))

/** `airpin fleet labels`. */
const labels: Command<LabelOptions> = async ({ list, out, url, networks }, terminal) => {
    const { devices } = await readFleetList(list, networks)
    const state = await FleetState.open(fleetName(list))
    const address = url ?? (await readDeviceEnv(projectDirectory)).settings.API_URL
    if (address === undefined)
        throw new AirpinError(
            "FLEET_SERVER_UNSET",
            "API_URL is not set, and the labels lead to its pages",
            "add --url https://HOST",
        )
    const { files, missing } = await writeLabels(devices, state, address, out)
    if (missing.length > 0)
        terminal.warn(
            `no label for ${missing.join(", ")}: not added to the server yet; next: airpin fleet flash ${list}`,
        )
    terminal.line("labels", files.join(", ") || "none")
    terminal.result({ files, missing })
    return exitCodes.fine
}

/** @param url of the server @returns files: the sheets; missing: names of the devices without an id */
export async function writeLabels(
    devices: FleetDevice[],
    state: FleetState,
    url: string,
    out: string,
): Promise<{ files: string[]; missing: string[] }> {
    const labels = devices.flatMap(({ name, group, board }): Label[] => {
        const { id } = state.of(name)
        return id === undefined
            ? []
            : [{ name, group, board: board.devName, id, url: `${url.replace(/\/$/, "")}/rooms/${id}` }]
    })
    const sheets = drawLabels(labels)
    const { dir, name, ext } = path.parse(out)
    const files = sheets.map((_, at) => (sheets.length === 1 ? out : path.join(dir, `${name}-${at + 1}${ext}`)))
    for (const [at, file] of files.entries()) await writeWhole(file, sheets[at] ?? "")
    return { files, missing: devices.filter(({ name }) => state.of(name).id === undefined).map(({ name }) => name) }
}

/** `airpin fleet status`: which devices would refuse tomorrow's chain, and the walk to them. */
import { fleetTrustJson, showFleetTrust } from "../../display/fleet-trust.ts"
import { writeWhole } from "../../files.ts"
import { judgeFleet, type Stand } from "../../fleet/trust/fleet-trust.ts"
import { visitList } from "../../fleet/trust/visit-list.ts"
import { inOrder } from "../../fleet/trust/walk.ts"
import { type Command, command, DEFAULT_EDGE_FOLDER, exitCodes, type OptionsOf, run } from "../command.ts"
import { collect } from "../option-values.ts"
import { databaseOption } from "../service/open-database.ts"
import { caOption } from "../service/remote-devices.ts"
import { comingChains } from "./coming-chains.ts"
import { imageManifests } from "./image-manifests.ts"
import { localMembers, remoteMembers } from "./members.ts"

const HELP = `
Without HOST and --chain, it judges what serves and every chain that airpin renew has obtained and not deployed yet.

Exit status: 0 when all devices would accept; 10 if what some trust is not known, and no other would refuse; 20 if some
would refuse.`

const declared = command()
    .name("status")
    .description(
        "show which devices hold which anchors, which would refuse tomorrow's chain, and in which order to visit them",
    )
    .argument("[host]", "HOST[:PORT] that presents tomorrow's chain")
    .option("--chain <file>", "tomorrow's chain, with or without its leaf")
    .option("--servername <name>", "the name that devices ask for (default: HOST)")
    .option("--folder <dir>", "the edge folder of airpin renew, on the server's computer", DEFAULT_EDGE_FOLDER)
    .addOption(databaseOption().conflicts("api"))
    .option("--api <url>", "ask this server instead of a database: https://HOST[:PORT]")
    .addOption(caOption())
    .option("--admin <name>", "who logs in at the server of --api", "admin")
    .option("--password <file>", "file with that admin's password (default: it is asked for)")
    .option(
        "--images <dir>",
        "a folder with images and their manifests, which tell the firmware; may be given again (default: build, and those of airpin fleet flash)",
        collect,
    )
    .option("--csv <file>", "write the list too, to print and take along")
    .addHelpText("after", () => HELP)

type StatusOptions = OptionsOf<typeof declared> & { host: string | undefined }

export const showingStatus = declared.action(run((terminal, host, options) => status({ host, ...options }, terminal)))

const status: Command<StatusOptions> = async (options, terminal) => {
    const chains = await comingChains(options)
    const { api } = options
    const members = await (api === undefined
        ? localMembers(options.db, terminal)
        : remoteMembers({ ...options, api }, terminal))
    const { manifests } = await imageManifests(options.images)
    const firmwareOf = new Map(manifests.map(({ manifest }) => [manifest.sha256, manifest.firmware.version]))
    const devices = inOrder(judgeFleet(members, chains))
    showFleetTrust(terminal, chains, devices, firmwareOf)
    const has = (stand: Stand) => devices.some(device => device.stand === stand)
    if (options.csv !== undefined) {
        const visits = devices.filter(({ stand }) => stand === "refuses").length
        await writeWhole(options.csv, visitList(devices, visits, firmwareOf))
        terminal.line("csv", options.csv)
    }
    terminal.result(fleetTrustJson(chains, devices, firmwareOf))
    if (has("refuses")) return exitCodes.refused
    return has("unknown") ? exitCodes.attention : exitCodes.fine
}

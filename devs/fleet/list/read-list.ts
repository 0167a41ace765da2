/** Reads a list of devices and its networks from the disk. */
import { stat } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { decodeText } from "../../../certs/read/text.ts"
import { readFileBytes } from "../../files.ts"
import { listBoards, readBoard } from "../../image/boards.ts"
import { readEnvFile } from "../../image/settings/env-file.ts"
import { type CheckedList, checkList } from "./check-list.ts"
import { readCsvList } from "./csv-list.ts"
import { type Networks, networksIn } from "./networks.ts"
import { readYamlList } from "./yaml-list.ts"

/** Bits of others' access to a file that contains passwords. */
const OTHERS = 0o077

/**
 * A list that was checked.
 *
 * @param file CSV, or YAML if its name ends in .yaml or .yml
 * @param networksFile lines NAME_SSID=… and NAME_PWD=…; by default .env.networks beside the list, if it exists
 * @throws AirpinError FILE_UNREADABLE, FLEET_LIST_UNREADABLE, FLEET_LIST_INVALID and the codes of single mistakes
 */
export async function readFleetList(file: string, networksFile?: string): Promise<CheckedList> {
    const text = decodeText(await readFileBytes(file))
    const name = path.basename(file)
    const entries = /\.ya?ml$/i.test(file) ? readYamlList(text, name) : readCsvList(text, name)
    const boards = await Promise.all((await listBoards()).map(readBoard))
    const beside = path.join(path.dirname(file), ".env.networks")
    const isNamed = networksFile !== undefined
    const networks = await readNetworks(networksFile ?? beside, isNamed)
    const { devices, warnings } = checkList(entries, { file: name, boards, networks: networks ?? noNetworks })
    const exposed = await Promise.all([
        ...(networks ? [exposedWarning(networksFile ?? beside)] : []),
        ...(warnings.length > 0 ? [exposedWarning(file)] : []),
    ])
    return { devices, warnings: [...warnings, ...exposed.flat()] }
}

const noNetworks: Networks = { byName: new Map(), problems: [] }

async function readNetworks(file: string, isNamed: boolean): Promise<Networks | undefined> {
    const bytes = await readFileBytes(file).catch(error => {
        if (isNamed) throw error
        return undefined
    })
    if (!bytes) return undefined
    const networks = networksIn(readEnvFile(decodeText(bytes), path.basename(file)))
    if (networks.problems.length > 0) throw new AirpinError("SETTING_INVALID", networks.problems.join("\n"))
    return networks
}

async function exposedWarning(file: string): Promise<string[]> {
    const { mode } = await stat(file)
    if (process.platform === "win32" || (mode & OTHERS) === 0) return []
    return [`others on this computer can read the Wi-Fi passwords in ${file}; next: chmod 600 ${file}`]
}

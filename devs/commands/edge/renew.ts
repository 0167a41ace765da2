import path from "node:path"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { AirpinError } from "../../../certs/error.ts"
import { showDryRun, showEdgeStatus, showRound } from "../../display/edge-status.ts"
import type { Terminal } from "../../display/terminal.ts"
import { dryRun } from "../../edge/renewal/dry-run.ts"
import { fileSource } from "../../edge/renewal/file-source.ts"
import { outcomeExits, readStatus } from "../../edge/renewal/report.ts"
import { runRound } from "../../edge/renewal/round.ts"
import type { RoundOptions } from "../../edge/renewal/round-context.ts"
import { type EdgeSettings, readSettings } from "../../edge/renewal/settings.ts"
import type { Parts } from "../../edge/renewal/types.ts"
import { type Command, command, DEFAULT_EDGE_FOLDER, exitCodes, type OptionsOf, run } from "../command.ts"
import { stopRequest } from "../signals.ts"
import { partsOf, type RoundPlaces, roundOptions } from "./round-parts.ts"

/** A deployment that has begun takes this long at most: a reload, handshakes, and the same again with the previous one. */
const MAX_STOP_MS = 120_000

const declared = command()
    .option("--folder <dir>", "the edge folder, with edge.json", DEFAULT_EDGE_FOLDER)
    .option("--manifests <dir>", "folder with the manifests of flashed images, for those without a database")
    .option("--cert <file>", "deploy this chain instead of asking a CA, leaf first; judged as any other")
    .option("--key <file>", "its private key, PEM")
    .option("--force", "renew although nothing is due, and without waiting after failures")
    .option("--dry-run", "say what a round would do, and change nothing")
    .option("--status", "show what the last round reported; ask and change nothing")

export type RenewOptions = OptionsOf<typeof declared>

export const definition = declared.action(run((terminal, options) => renew(options, terminal)))

/** `airpin renew`: one round of the certificate manager. */
const renew: Command<RenewOptions> = async (options, terminal) => {
    const folder = path.resolve(options.folder)
    if (options.status) return showStatus(folder, terminal)
    const settings = await readSettings(folder)
    const places = placesOf(options, settings, folder)
    const { round, parts } = await withFiles(options, {
        round: optionsOf(options, settings, places),
        parts: partsOf(settings, places, terminal),
    })
    if (options.dryRun) {
        const planned = await dryRun(round, parts)
        showDryRun(terminal, planned)
        terminal.result({ ...planned, due: { ...planned.due, at: new Date(planned.due.atMs).toISOString() } })
        return exitCodes.fine
    }
    const stop = stopRequest(MAX_STOP_MS)
    const ending = new AbortController()
    void stop.received.then(() => ending.abort())
    const status = await runRound(round, { ...parts, signal: ending.signal })
    showRound(terminal, status)
    terminal.result(status)
    return stop.status ?? outcomeExits[status.outcome]
}

/** With --cert and --key, a round with them as its only source. @throws AirpinError KEY_AND_CERT, as `fileSource` */
async function withFiles({ cert, key }: RenewOptions, { round, parts }: { round: RoundOptions; parts: Parts }) {
    if (cert === undefined && key === undefined) return { round, parts }
    if (cert === undefined || key === undefined)
        throw new AirpinError("KEY_AND_CERT", "--cert and --key must be given together")
    const { source, issued } = await fileSource({ cert, key })
    return {
        round: { ...round, force: true, keyTypes: [issued.keyType] },
        parts: { ...parts, sources: [source] },
    }
}

async function showStatus(folder: string, terminal: Terminal): Promise<number> {
    const status: EdgeStatus | undefined = await readStatus(folder)
    if (status) showEdgeStatus(terminal, status, new Date())
    else terminal.line("", `no round has run in ${folder} yet: airpin renew`)
    terminal.result(status ?? null)
    return status ? outcomeExits[status.outcome] : exitCodes.fine
}

/** The database of edge.json counts before that of the environment. */
function placesOf({ manifests }: RenewOptions, settings: EdgeSettings, folder: string): RoundPlaces {
    const database = settings.database ?? process.env.DATABASE_URL
    return { folder, database, manifests: manifests === undefined ? settings.manifests : path.resolve(manifests) }
}

const NO_DEVICES =
    "no device's pins are known, so nothing is held back for them: name a database or a folder of manifests in edge.json"

function optionsOf({ force }: RenewOptions, settings: EdgeSettings, places: RoundPlaces): RoundOptions {
    const knowsDevices = places.database !== undefined || places.manifests !== undefined
    return {
        ...roundOptions(settings, places.folder),
        ...(force && { force }),
        notices: knowsDevices ? [] : [NO_DEVICES],
    }
}

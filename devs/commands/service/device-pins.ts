/** `airpin device pins`: what devices trust as flashed. */
import { AirpinError } from "../../../certs/error.ts"
import { type FlashedPins, listPins, pinsOf, storePins } from "../../api/pins/device-pins.ts"
import { readEdgeStatus } from "../../api/pins/edge-state.ts"
import type { Database, Sql } from "../../api/store/database.ts"
import { ownerOfToken } from "../../api/store/devices.ts"
import { pinsJson, showAllPins, showPins } from "../../display/device-pins.ts"
import type { Terminal } from "../../display/terminal.ts"
import type { Manifest } from "../../image/manifest/manifest.ts"
import { readFlashedManifest } from "../../image/manifest/manifest-file.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { type DatabaseOption, databaseOption, withDevice, withExistingDatabase } from "./open-database.ts"

export const pinning = command()
    .name("pins")
    .description("store what a device trusts as flashed, or show it; without a device, list all of them")
    .argument("[device]", "its id or name")
    .argument("[file]", "the manifest that airpin image wrote beside the device's image, or that image")
    .addOption(databaseOption())
    .action(run((terminal, device, file, { db }) => pins({ device, file, db }, terminal)))

interface PinsOptions extends DatabaseOption {
    device: string | undefined
    file: string | undefined
}

/** `airpin device pins`. */
const pins: Command<PinsOptions> = async ({ device, file, db }, terminal) => {
    if (device === undefined) return await list(db, terminal)
    const manifest = file === undefined ? undefined : await manifestOf(file, terminal)
    return await withDevice({ device, db }, terminal, async (open, id) => {
        if (manifest) await storeManifest(open, id, manifest, terminal)
        const stored = await pinsOf(open.sql, id)
        if (stored) showPins(terminal, id, stored)
        else showUnknown(terminal, id)
        terminal.result({ id, pins: stored ? pinsJson(stored) : null })
        return exitCodes.fine
    })
}

function showUnknown(terminal: Terminal, id: string): void {
    terminal.line("device", id)
    terminal.line("pins", "not known")
    terminal.line("next", `airpin device pins ${id} FILE, with the manifest that airpin image wrote beside the image`)
}

function list(db: string, terminal: Terminal): Promise<number> {
    return withExistingDatabase(db, terminal, async ({ sql }) => {
        const devices = await listPins(sql)
        showAllPins(terminal, devices)
        terminal.result(devices.map(({ pins, ...device }) => ({ ...device, pins: pins ? pinsJson(pins) : null })))
        return exitCodes.fine
    })
}

/**
 * @param file a manifest, or the image beside it
 * @throws AirpinError as `readFlashedManifest`
 */
export async function manifestOf(file: string, terminal: Terminal): Promise<Manifest> {
    const { manifest, unverified } = await readFlashedManifest(file)
    if (unverified) terminal.warn(unverified)
    return manifest
}

/** @throws AirpinError DEVICE_UNKNOWN, MANIFEST_OF_OTHER_DEVICE */
async function storeManifest(db: Database, id: string, manifest: Manifest, terminal: Terminal): Promise<void> {
    const owner = await manifestOwner(db.sql, manifest)
    if (owner !== undefined && owner !== id) throw ofOtherDevice(manifest, owner, id)
    if (owner === undefined && manifest.deviceTokenSha256 !== undefined)
        terminal.warn(
            `the token in ${manifest.file} is that of no device: if ${id} has this image, its posts are refused`,
        )
    const { names = [] } = (await readEdgeStatus(db.sql).catch(() => undefined)) ?? {}
    const { hosts } = manifest
    if (names.length > 0 && !hosts.some(host => isForOneOf(host, names)))
        terminal.warn(`the pins were chosen for ${hosts.join(", ")}, but airpin renew looks after ${names.join(", ")}`)
    await storePins(db, id, pinsIn(manifest), Math.floor(Date.now() / 1000))
}

/** @param host HOST:PORT @param names of a certificate, perhaps with a wildcard */
function isForOneOf(host: string, names: string[]): boolean {
    const server = host.replace(/:\d+$/, "")
    return names.some(name => name === server || name === server.replace(/^[^.]+/, "*"))
}

/**
 * Throws if the manifest belongs to another device than one that is about to be added.
 *
 * @throws AirpinError MANIFEST_OF_OTHER_DEVICE
 */
export async function assertForNewDevice(sql: Sql, manifest: Manifest, name: string): Promise<void> {
    const owner = await manifestOwner(sql, manifest)
    if (owner !== undefined) throw ofOtherDevice(manifest, owner, name)
}

/** Id of the device whose token the image has; undefined if no device has it, or the manifest does not tell. */
async function manifestOwner(sql: Sql, { deviceTokenSha256 }: Manifest): Promise<string | undefined> {
    return deviceTokenSha256 === undefined ? undefined : (await ownerOfToken(sql, deviceTokenSha256))?.id
}

function ofOtherDevice({ file }: Manifest, owner: string, id: string): AirpinError {
    return new AirpinError("MANIFEST_OF_OTHER_DEVICE", `${file} has the token of ${owner}, not of ${id}`)
}

/** What the database keeps of a manifest. */
export function pinsIn({ file, sha256, board, hosts, anchors, bundle }: Manifest): FlashedPins {
    return {
        imageFile: file,
        imageSha256: sha256,
        board: board.name,
        hosts,
        anchors,
        bundle: Buffer.from(bundle, "base64"),
    }
}

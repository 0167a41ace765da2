/** Composes rounds: of the settings in edge.json, and what those of `airpin serve --domain` share with them. */
import path from "node:path"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { devicePinsOf } from "../../api/pins/device-pins.ts"
import { writeEdgeStatus } from "../../api/pins/edge-state.ts"
import { RELEASED_S } from "../../api/release.ts"
import type { Terminal } from "../../display/terminal.ts"
import { type SourceContext, sourceOf } from "../../edge/acme/source.ts"
import type { RoundOptions } from "../../edge/renewal/round-context.ts"
import type { EdgeSettings } from "../../edge/renewal/settings.ts"
import type { DevicePins, Parts, Source } from "../../edge/renewal/types.ts"
import { targetOf } from "../../edge/targets/target.ts"
import { readManifests } from "../../image/manifest/manifest-file.ts"
import { withExistingDatabase } from "../service/open-database.ts"

export interface RoundPlaces {
    folder: string
    /** SQLite file or URL; absent: no database */
    database: string | undefined
    /** folder with manifests of images; absent: none */
    manifests: string | undefined
}

/** The parts of a round that edge.json names. @throws AirpinError for settings that cannot be used */
export function partsOf(settings: EdgeSettings, places: RoundPlaces, terminal: Terminal): Parts {
    const { names, target } = settings
    const { folder, database, manifests } = places
    const handshake = handshakeOf(settings)
    return {
        sources: sourcesOf(settings, {
            folder,
            warn: text => terminal.warn(text),
            inform: text => terminal.line("", text),
        }),
        target: targetOf(target, handshake),
        handshake,
        devices: async () => [
            ...(database === undefined ? [] : await withExistingDatabase(database, terminal, devicePinsOf)),
            ...(manifests === undefined ? [] : await manifestPins(manifests, names, terminal)),
        ],
        report: async status => {
            // of a server with two certificates, the service shows the one that devices get
            if (database === undefined || settings.handshake.authentication === "RSA") return
            await withExistingDatabase(database, terminal, db => writeEdgeStatus(db, status))
        },
        now: () => new Date(),
        log: ({ level, text }) => (level === "warning" ? terminal.warn(text) : terminal.line("", text)),
    }
}

/** The sources of settings. @throws AirpinError as `sourceOf` */
export function sourcesOf(
    { sources, email, preferredChain }: Pick<EdgeSettings, "sources" | "email" | "preferredChain">,
    context: Pick<SourceContext, "folder" | "warn" | "inform" | "listening">,
): Source[] {
    const account = email === undefined ? {} : { email }
    const preferred = preferredChain === undefined ? {} : { preferredChain }
    return sources.map(each => sourceOf(each, { ...context, ...account, ...preferred }))
}

/** The handshake that a device has with the server of these names. */
export function handshakeOf({ names, handshake }: Pick<EdgeSettings, "names" | "handshake">) {
    const [serverName = handshake.host] = names
    return () => pullAsChip({ ...handshake, serverName })
}

/** What every round does with its names and chains. */
export function roundOptions(
    { names, keyTypes, preferredChain }: Pick<EdgeSettings, "names" | "keyTypes" | "preferredChain">,
    folder: string,
): RoundOptions {
    const preferred = preferredChain === undefined ? {} : { preferredChain }
    return { folder, names, keyTypes, ...preferred, releasedAt: new Date(RELEASED_S * 1000) }
}

/** A device for each manifest in a folder whose anchors were chosen for one of the names. */
async function manifestPins(folder: string, names: string[], terminal: Terminal): Promise<DevicePins[]> {
    const { manifests, problems, unverified } = await readManifests(folder)
    for (const text of [...problems, ...unverified]) terminal.warn(text)
    const isForUs = (host: string) => names.includes(host.replace(/:\d+$/, "").toLowerCase())
    return manifests
        .filter(({ manifest: { hosts } }) => hosts.length === 0 || hosts.some(isForUs))
        .map(({ image, manifest }) => ({
            id: path.basename(image),
            name: `${path.basename(image)} (${manifest.board.name})`,
            bundle: Buffer.from(manifest.bundle, "base64"),
        }))
}

/** The manifests beside images, on the disk. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { readFileBytes } from "../../files.ts"
import type { Manifest } from "./manifest.ts"
import { verifyManifestBundle } from "./manifest-bundle.ts"
import { parseManifest } from "./manifest-parser.ts"

/** Name of an image's manifest: build/m5stack_core-0x1000.bin → build/m5stack_core.json */
export const manifestName = (image: string) => `${image.replace(/(-0x[0-9a-f]+)?\.bin$/i, "")}.json`

/**
 * The manifest beside an image; undefined if there is none.
 *
 * @throws AirpinError MANIFEST_CORRUPT
 */
export async function readManifest(image: string): Promise<Manifest | undefined> {
    const name = manifestName(image)
    const text = await readIfThere(name)
    return text && parseManifest(text.toString(), name)
}

/** A manifest, and why it is unknown whether it belongs to the image beside it; undefined if it does. */
export interface FlashedManifest {
    manifest: Manifest
    unverified: string | undefined
}

/**
 * What a device trusts as flashed. Its bundle was compared with the anchors that the manifest names.
 *
 * @param file a manifest, or an image, which takes the manifest beside it
 * @throws AirpinError FILE_UNREADABLE, MANIFEST_MISSING, MANIFEST_CORRUPT; MANIFEST_STALE if the image beside it is
 * another one
 */
export async function readFlashedManifest(file: string): Promise<FlashedManifest> {
    const bytes = await readFileBytes(file)
    const isManifest = bytes.toString("latin1", 0, MAX_INDENT_BYTES).trimStart().startsWith("{")
    const name = isManifest ? file : manifestName(file)
    const manifest = isManifest ? parseManifest(bytes.toString(), name) : await readManifest(file)
    if (manifest === undefined)
        throw new AirpinError("MANIFEST_MISSING", `${file} is not a manifest, and there is no ${name} beside it`)
    verifyManifestBundle(manifest, name)
    const image = isManifest ? path.join(path.dirname(file), manifest.file) : file
    return { manifest, unverified: await whyUnverified(image, manifest, name) }
}

/** A manifest begins with "{", perhaps after a byte order mark and blank lines. */
const MAX_INDENT_BYTES = 16

async function readIfThere(file: string): Promise<Buffer | undefined> {
    return readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
}

/** A manifest, and the path of its image. */
export interface ManifestFile {
    image: string
    manifest: Manifest
}

/** The manifests of a folder; all lists are empty if there is no folder. */
export interface FolderManifests {
    manifests: ManifestFile[]
    /** messages about invalid or stale manifests, which are left out */
    problems: string[]
    /** messages about images that cannot be read, so that their manifests are used without verification */
    unverified: string[]
}

/**
 * The manifests in a folder. An image may be missing, but if it is there, it must match its manifest. Only an image's
 * owner may read it, so for other users this remains unverified.
 */
export async function readManifests(folder: string): Promise<FolderManifests> {
    const names = await readdir(folder).catch(() => []) // a missing folder has no manifests
    const manifests: ManifestFile[] = []
    const problems: string[] = []
    const unverified: string[] = []
    for (const name of names
        .filter(name => name.endsWith(".json"))
        .sort()
        .map(name => path.join(folder, name))) {
        try {
            const manifest = parseManifest(await readFile(name, "utf8"), name)
            const image = path.join(folder, manifest.file)
            const unknown = await whyUnverified(image, manifest, name)
            if (unknown) unverified.push(unknown)
            manifests.push({ image, manifest })
        } catch (error) {
            if (!(error instanceof AirpinError)) throw error
            problems.push(error.message)
        }
    }
    return { manifests, problems, unverified }
}

/**
 * Why it is unknown whether the manifest belongs to the image; undefined if it does, or if there is no image.
 *
 * @throws AirpinError MANIFEST_STALE if it belongs to another image
 */
async function whyUnverified(image: string, { sha256 }: Manifest, name: string): Promise<string | undefined> {
    try {
        const bytes = await readIfThere(image)
        if (!bytes || sha256Of(bytes) === sha256) return undefined
    } catch {
        return `${image} cannot be read, so its manifest ${name} was not verified`
    }
    throw new AirpinError(
        "MANIFEST_STALE",
        `the manifest ${name} belongs to another image than ${image}`,
        "make both again: airpin image --board ID",
    )
}

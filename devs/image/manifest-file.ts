/** The accounts of images, beside them. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import type { Manifest } from "./manifest.ts"
import { parseManifest } from "./manifest-parser.ts"

/** build/m5stack_core-0x1000.bin → build/m5stack_core.json */
export const manifestName = (image: string) => `${image.replace(/(-0x[0-9a-f]+)?\.bin$/i, "")}.json`

/** The account beside an image; undefined where there is none. Throws AirpinError MANIFEST_CORRUPT. */
export async function readManifest(image: string): Promise<Manifest | undefined> {
    const name = manifestName(image)
    const text = await readIfThere(name)
    return text && parseManifest(text.toString(), name)
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
    return readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
}

/** An account, and the image that it is about. */
export interface ManifestFile {
    image: string
    manifest: Manifest
}

/** What a folder holds; nothing where there is none. */
export interface FolderManifests {
    manifests: ManifestFile[]
    /** of accounts that are none, or about another image: those images are not known */
    problems: string[]
    /** of images that may not be read: their account is taken at its word */
    unverified: string[]
}

/**
 * The accounts in a folder. An image need not be there; one that is there must be the one of the account. Images are
 * for their owner's eyes, so a check by another user cannot tell.
 */
export async function readManifests(folder: string): Promise<FolderManifests> {
    const names = await readdir(folder).catch(() => []) // no folder, no image
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

/** Why it is not known whether the account is about the image; undefined when it is, or when there is none. Throws AirpinError MANIFEST_STALE. */
async function whyUnverified(image: string, { sha256 }: Manifest, name: string): Promise<string | undefined> {
    try {
        const bytes = await readIfThere(image)
        if (!bytes || sha256Of(bytes) === sha256) return undefined
    } catch {
        return `${image} cannot be read: whether ${name} is about it is not known`
    }
    throw new AirpinError(
        "MANIFEST_STALE",
        `${name} is about another image than ${image}`,
        "make both anew: airpin image --board ID",
    )
}

/** The accounts of images, beside them. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { parseManifest, type Manifest } from "../image/manifest.ts"
import { sha256Of } from "../image/runtime-lock.ts"

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

/**
 * The accounts in a folder, by the images they are about; and why others cannot be believed. None where there is no
 * such folder. An image need not be there; one that is there must be the one of the account.
 */
export async function readManifests(folder: string): Promise<{ manifests: { image: string; manifest: Manifest }[]; unreadable: AirpinError[] }> {
    const names = await readdir(folder).catch(() => [])
    const found: { image: string; manifest: Manifest }[] = []
    const unreadable: AirpinError[] = []
    for (const name of names.filter(name => name.endsWith(".json")).sort()) {
        const text = await readFile(path.join(folder, name), "utf8")
        try {
            const manifest = parseManifest(text, path.join(folder, name))
            const image = path.join(folder, manifest.file)
            const bytes = await readIfThere(image)
            if (bytes && sha256Of(bytes) !== manifest.sha256) throw stale(path.join(folder, name), image)
            found.push({ image, manifest })
        } catch (error) {
            if (!(error instanceof AirpinError)) throw error
            unreadable.push(error)
        }
    }
    return { manifests: found, unreadable }
}

function stale(name: string, image: string): AirpinError {
    return new AirpinError("MANIFEST_STALE", `${name} is about another image than ${image}`, "make both anew: airpin image --board ID")
}

/** The accounts of images, beside them. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { parseManifest, type Manifest } from "../image/manifest.ts"

/** build/m5stack_core-0x1000.bin → build/m5stack_core.json */
export const manifestName = (image: string) => `${image.replace(/(-0x[0-9a-f]+)?\.bin$/i, "")}.json`

/** The account of an image; undefined where there is none. Throws AirpinError MANIFEST_CORRUPT. */
export async function readManifest(image: string): Promise<Manifest | undefined> {
    const name = manifestName(image)
    const text = await readFile(name, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
    return text === undefined ? undefined : parseManifest(text, name)
}

/** Every account in a folder, by its file; none where there is no such folder. Throws AirpinError MANIFEST_CORRUPT. */
export async function readManifests(folder: string): Promise<{ name: string; manifest: Manifest }[]> {
    const names = await readdir(folder).catch(() => [])
    const files = names.filter(name => name.endsWith(".json")).sort().map(name => path.join(folder, name))
    return Promise.all(files.map(async name => ({ name, manifest: parseManifest(await readFile(name, "utf8"), name) })))
}

/** The accounts of images, beside them. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
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

/** The accounts in a folder, by the images they are about; and why others cannot be read. None where there is no such folder. */
export async function readManifests(folder: string): Promise<{ manifests: { image: string; manifest: Manifest }[]; unreadable: AirpinError[] }> {
    const names = await readdir(folder).catch(() => [])
    const found: { image: string; manifest: Manifest }[] = []
    const unreadable: AirpinError[] = []
    for (const name of names.filter(name => name.endsWith(".json")).sort()) {
        const text = await readFile(path.join(folder, name), "utf8")
        try {
            const manifest = parseManifest(text, path.join(folder, name))
            found.push({ image: path.join(folder, manifest.file), manifest })
        } catch (error) {
            if (!(error instanceof AirpinError)) throw error
            unreadable.push(error)
        }
    }
    return { manifests: found, unreadable }
}

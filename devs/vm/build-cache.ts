/** What the CLI has compiled, kept for as long as nothing it came from changes. */
import type { Hash } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { writeWhole } from "../files.ts"

/** The folder of the project: where package.json stands. */
export const projectDirectory = fileURLToPath(new URL("../..", import.meta.url))

/** Relative to the project. */
export const BUILD_DIRECTORY = ".airpin/build"
/** 128 bits: no two sources share them by chance */
const NAME_DIGITS = 32

export interface Built {
    bytes: Buffer
    /** true when nothing had to be compiled */
    cached: boolean
}

/**
 * The bytes that were made of the same sources before, or those made now.
 *
 * @param sources a hash over everything the bytes depend on
 * @param suffix of the file that keeps them, with its dot
 */
export async function builtOnce(sources: Hash, suffix: string, make: () => Promise<Buffer>): Promise<Built> {
    const file = path.join(projectDirectory, BUILD_DIRECTORY, sources.digest("hex").slice(0, NAME_DIGITS) + suffix)
    const kept = await readFile(file).catch(() => undefined) // not there: it is made
    if (kept) return { bytes: kept, cached: true }
    const bytes = await make()
    await writeWhole(file, bytes)
    return { bytes, cached: false }
}

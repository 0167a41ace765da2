/** Keeps what was compiled for as long as its sources do not change. */
import type { Hash } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { exists } from "../../certs/replace-file.ts"
import { writeWhole } from "../files.ts"

/** The project's folder, which holds package.json. */
export const projectDirectory = fileURLToPath(new URL("../..", import.meta.url))

/** Relative to the project. */
export const BUILD_DIRECTORY = ".airpin/build"
/** 128 bits, enough to rule out collisions */
const NAME_DIGITS = 32

export interface Built {
    bytes: Buffer
    /** true if nothing had to be compiled */
    cached: boolean
}

/**
 * Returns the bytes made earlier from the same sources, or makes and keeps them.
 *
 * @param sources a hash over everything the bytes depend on
 * @param suffix of the file in the cache, with its dot
 */
export async function builtOnce(sources: Hash, suffix: string, make: () => Promise<Buffer>): Promise<Built> {
    const file = fileOf(sources, suffix)
    const kept = await readFile(file).catch(() => undefined) // not cached: made below
    if (kept) return { bytes: kept, cached: true }
    const bytes = await make()
    await writeWhole(file, bytes)
    return { bytes, cached: false }
}

/** True if `builtOnce` has the bytes of these sources. */
export const isKept = (sources: Hash, suffix: string): Promise<boolean> => exists(fileOf(sources, suffix))

const fileOf = (sources: Hash, suffix: string) =>
    path.join(projectDirectory, BUILD_DIRECTORY, sources.digest("hex").slice(0, NAME_DIGITS) + suffix)

/** Compiles the firmware, and keeps what it compiled for as long as nothing it came from changes. */
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { AirpinError } from "../../certs/error.ts"
import { writeWhole } from "../write-file.ts"
import { CLI_VERSION, compileWithCli } from "./toolchain.ts"

/** The folder of the project: where package.json stands. */
export const projectDirectory = fileURLToPath(new URL("../..", import.meta.url))

const CACHE_DIRECTORY = ".airpin/build"

export interface Firmware {
    bytecode: Buffer
    /** true when no compiler had to run */
    cached: boolean
}

/**
 * The bytecode of a DeviceScript program of this project.
 *
 * @param entry its main file, relative to the project
 * @throws AirpinError COMPILE_FAILED with the compiler's own report
 */
export async function buildFirmware(entry = "src/main.ts"): Promise<Firmware> {
    const cacheFile = path.join(projectDirectory, CACHE_DIRECTORY, `${await sourceHash(entry)}.devs`)
    const cached = await readFile(cacheFile).catch(() => undefined)
    if (cached) return { bytecode: cached, cached: true }
    const bytecode = await compile(entry)
    await writeWhole(cacheFile, bytecode)
    return { bytecode, cached: false }
}

async function compile(entry: string): Promise<Buffer> {
    const before = process.cwd()
    process.chdir(projectDirectory)
    try {
        const result = await compileWithCli(entry, path.join(CACHE_DIRECTORY, "debug"))
        if (result.success && result.binary) return Buffer.from(result.binary)
        const report = result.diagnostics.map(d => stripVTControlCharacters(d.formatted ?? `${d.filename}(${d.line})`))
        throw new AirpinError("COMPILE_FAILED", `${entry} does not compile:\n${report.join("\n")}`)
    } finally {
        process.chdir(before)
    }
}

/** Everything the bytecode depends on: sources, boards, project files and the compiler. */
async function sourceHash(entry: string): Promise<string> {
    const hash = createHash("sha256").update(CLI_VERSION).update(entry)
    const files = ["package.json", "devsconfig.json", entry, ...(await filesBelow("src")), ...(await filesBelow("boards"))]
    for (const file of files) hash.update(`\0${file}\0`).update(await readFile(path.join(projectDirectory, file)))
    return hash.digest("hex").slice(0, 32)
}

async function filesBelow(folder: string): Promise<string[]> {
    const names = await readdir(path.join(projectDirectory, folder), { recursive: true })
    return names.filter(name => /\.(ts|json)$/.test(name)).sort().map(name => path.join(folder, name))
}

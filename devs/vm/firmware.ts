/** Compiles DeviceScript programs. */
import { createHash, type Hash } from "node:crypto"
import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { stripVTControlCharacters } from "node:util"
import { AirpinError } from "../../certs/error.ts"
import { BUILD_DIRECTORY, builtOnce, isKept, projectDirectory } from "./build-cache.ts"
import { CLI_VERSION, compileWithCli } from "./toolchain.ts"

export interface Firmware {
    bytecode: Buffer
    /** true if it was in the build cache */
    cached: boolean
}

/** of bytecode in the build cache */
const SUFFIX = ".devs"

/**
 * The bytecode of a DeviceScript program of this project.
 *
 * @param entry its main file, relative to the project
 * @throws AirpinError COMPILE_FAILED with the compiler's messages
 */
export async function buildFirmware(entry = "src/main.ts"): Promise<Firmware> {
    const { bytes, cached } = await builtOnce(await sourceHash(entry), SUFFIX, () => compile(entry))
    return { bytecode: bytes, cached }
}

/** True if its bytecode is in the build cache. */
export async function isBuilt(entry: string): Promise<boolean> {
    return isKept(await sourceHash(entry), SUFFIX)
}

async function compile(entry: string): Promise<Buffer> {
    const before = process.cwd()
    process.chdir(projectDirectory)
    try {
        const result = await compileWithCli(entry, path.join(BUILD_DIRECTORY, "debug"))
        if (result.success && result.binary) return Buffer.from(result.binary)
        const report = result.diagnostics.map(d => stripVTControlCharacters(d.formatted ?? `${d.filename}(${d.line})`))
        throw new AirpinError("COMPILE_FAILED", `${entry} does not compile:\n${report.join("\n")}`)
    } finally {
        process.chdir(before)
    }
}

/** What the CLI unpacks when it compiles, and `npm ci` removes. */
const PACKAGES = path.join(projectDirectory, "node_modules/@devicescript/core")

/** Makes sure that the packages that `src` imports are in node_modules, for editors and type checks. */
export async function unpackPackages(): Promise<void> {
    if (!existsSync(PACKAGES)) await compile("src/main.ts")
}

/** Everything the bytecode depends on: sources, boards, project files and the compiler. */
async function sourceHash(entry: string): Promise<Hash> {
    const hash = createHash("sha256").update(CLI_VERSION).update(entry)
    const files = [
        "package.json",
        "devsconfig.json",
        entry,
        ...(await filesBelow("src")),
        ...(await filesBelow("boards")),
    ]
    for (const file of files) hash.update(`\0${file}\0`).update(await readFile(path.join(projectDirectory, file)))
    return hash
}

async function filesBelow(folder: string): Promise<string[]> {
    const names = await readdir(path.join(projectDirectory, folder), { recursive: true })
    return names
        .filter(name => /\.(ts|json)$/.test(name))
        .sort()
        .map(name => path.join(folder, name))
}

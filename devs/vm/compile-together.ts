/** Compiles several programs at once: the compiler is synchronous, and changes the working directory. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"
import { buildFirmware, isBuilt } from "./firmware.ts"

const SCRIPT = fileURLToPath(new URL("compile.mjs", import.meta.url))

/**
 * The bytecode of each program. Those that are not in the cache are compiled by one process for each core.
 *
 * @param entries main files, relative to the project
 * @throws AirpinError COMPILE_FAILED
 */
export async function buildTogether(entries: string[]): Promise<Map<string, Buffer>> {
    const programs = [...new Set(entries)]
    const built = await Promise.all(programs.map(isBuilt))
    const missing = programs.filter((_, at) => !built[at])
    if (missing.length > 1)
        await Promise.all(Array.from({ length: availableParallelism() }, () => compileEach(missing)))
    const compiled = new Map<string, Buffer>()
    // what a process failed to compile is compiled once more here, for the message
    for (const program of programs) compiled.set(program, (await buildFirmware(program)).bytecode)
    return compiled
}

/** Takes one after the other out of what is left. */
async function compileEach(left: string[]): Promise<void> {
    for (let entry = left.shift(); entry !== undefined; entry = left.shift()) {
        const child = endWithProcess(spawn(process.execPath, [SCRIPT, entry], { stdio: "ignore" }))
        await once(child, "exit").catch(() => undefined)
    }
}

/** Runs the command line as a user does. */
import { execFile, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { projectDirectory } from "../../devs/vm/build-cache.ts"

/** The command line of this checkout. */
export const BIN = path.join(projectDirectory, "devs/airpin.mjs")

export interface Outcome {
    code: number
    stdout: string
    stderr: string
}

/** Runs one command to its end; `input` is its stdin. */
export function airpin(args: string[], cwd = projectDirectory, bin = BIN, input?: string): Promise<Outcome> {
    return new Promise(resolve => {
        const child = execFile(process.execPath, [bin, ...args], { cwd }, (error, stdout, stderr) =>
            resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
        )
        if (input !== undefined) child.stdin?.end(input)
    })
}

/** Runs a command until it is stopped; `until` looks at what it has printed. */
export async function airpinUntil(
    args: string[],
    until: (stdout: string) => boolean,
    timeoutMs: number,
    cwd = projectDirectory,
    bin = BIN,
    variables: Record<string, string> = {},
) {
    const env = { ...process.env, ...variables }
    const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, stderr] = ["", ""]
    child.stderr.on("data", data => (stderr += data))
    const exited = new Promise<number | null>(resolve => child.once("exit", resolve))
    const seen = await new Promise<boolean>(resolve => {
        const timer = setTimeout(() => resolve(false), timeoutMs)
        child.stdout.on("data", data => {
            stdout += data
            if (!until(stdout)) return
            clearTimeout(timer)
            resolve(true)
        })
        void exited.then(() => resolve(until(stdout)))
    })
    return {
        seen,
        stdout: () => stdout,
        stop: async () => {
            child.kill("SIGINT")
            return { code: await exited, stdout, stderr }
        },
    }
}

/** A folder of its own, removed after the suite. */
export async function temporaryFolder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), "airpin-test-"))
    after(() => rm(folder, { recursive: true, force: true }))
    return folder
}

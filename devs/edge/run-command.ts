/** Runs the programs of the edge: nginx, haproxy, hooks. */
import { spawn } from "node:child_process"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"

/** What is kept of the output: its end. */
const MAX_OUTPUT_CHARACTERS = 4000

export interface CommandOutcome {
    /** undefined if it was killed, by this process or by another one */
    code: number | undefined
    /** stdout and stderr in the order of arrival; the last 4,000 characters */
    output: string
    /** true if it did not end in time */
    timedOut: boolean
    /** true if there is no such program */
    missing: boolean
}

export interface RunOptions {
    timeoutMs: number
    /** added to the environment of this process */
    env?: NodeJS.ProcessEnv
    input?: string
}

/** Runs a program to its end; it and what it started are killed after the time. Throws nothing. */
export function runCommand([program = "", ...args]: string[], options: RunOptions): Promise<CommandOutcome> {
    const { timeoutMs, env = {}, input } = options
    return new Promise(resolve => {
        // A group of its own, so that the children of a shell can be killed with it.
        const child = endWithProcess(spawn(program, args, { env: { ...process.env, ...env }, detached: true }))
        let [output, timedOut] = ["", false]
        const keep = (data: Buffer) => (output = (output + data).slice(-MAX_OUTPUT_CHARACTERS))
        child.stdout.on("data", keep)
        child.stderr.on("data", keep)
        child.stdin.on("error", () => undefined) // it ended before it read all
        child.stdin.end(input)
        const timer = setTimeout(() => {
            timedOut = true
            killGroup(child.pid)
            end(undefined) // what left the group may hold the output open
        }, timeoutMs)
        const end = (code: number | null | undefined, missing = false) => {
            clearTimeout(timer)
            resolve({ code: code ?? undefined, output: output.trim(), timedOut, missing })
        }
        child.once("error", (error: NodeJS.ErrnoException) => {
            output += error.message
            end(undefined, error.code === "ENOENT")
        })
        child.once("close", code => end(code))
    })
}

function killGroup(pid: number | undefined): void {
    try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL")
    } catch {
        // it has ended meanwhile
    }
}

/** What an error says about the outcome of a command that failed. */
export function outcomeText(command: string[], { code, output, timedOut, missing }: CommandOutcome): string {
    const name = command.join(" ")
    if (missing) return `${command[0]} is not installed`
    const how = timedOut ? "did not end in time" : code === undefined ? "was killed" : `ended with status ${code}`
    return `${name} ${how}${output === "" ? "" : `: ${output}`}`
}

/** A program of the cluster, which can be killed and started again. */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import path from "node:path"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"
import type { Account } from "./debian.ts"

/** Where programs run, and as whom. */
export interface Place {
    /** temporary files; the account's */
    folder: string
    /** a log for each program, with what it prints on stdout and stderr */
    logs: string
    account: Account | undefined
}

export interface ProgramOptions {
    /** also the name of its log file */
    name: string
    command: string
    args: string[]
    /** default: the place's folder */
    cwd?: string
    place: Place
    /** file for its stdout, instead of the log */
    output?: string
}

/** Never more than one process at a time; it ends with this one. */
export class Program {
    readonly #options: ProgramOptions
    readonly #env: Record<string, string> = {}
    #child: ChildProcess | undefined

    constructor(options: ProgramOptions) {
        this.#options = options
    }

    get name(): string {
        return this.#options.name
    }

    /** file with everything it has printed */
    get log(): string {
        return path.join(this.#options.place.logs, `${this.name}.log`)
    }

    get pid(): number | undefined {
        return this.#child?.pid
    }

    /** @param env more variables, this time and each later time */
    start(env: Record<string, string> = {}): void {
        if (this.#child) return
        Object.assign(this.#env, env)
        const { command, args, place, cwd = place.folder } = this.#options
        const log = openSync(this.log, "a", 0o600)
        const output = this.#options.output === undefined ? log : openSync(this.#options.output, "w", 0o600)
        const child = spawn(command, args, {
            cwd,
            env: { PATH: process.env.PATH, LANG: "C.UTF-8", ...this.#env },
            stdio: ["ignore", output, log],
            // In a group of its own: Ctrl-C in a terminal is for this process alone, which then ends all others.
            detached: true,
            ...place.account,
        })
        for (const file of new Set([log, output])) closeSync(file)
        endWithProcess(child)
        child.once("error", () => (this.#child = undefined))
        child.once("exit", () => (this.#child = undefined))
        this.#child = child
    }

    signal(signal: NodeJS.Signals): void {
        this.#child?.kill(signal)
    }

    /** kill -9; resolves when it is gone. */
    async kill(): Promise<void> {
        const child = this.#child
        if (!child) return
        const gone = new Promise(resolve => child.once("exit", resolve))
        child.kill("SIGKILL")
        await gone
    }

    /** the last lines of its log */
    lastLines(count = 15): string {
        return readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-count).join("\n")
    }
}

/** The processes whose working directory is this folder: PostgreSQL's all work in their data directory. */
export function processesIn(folder: string): number[] {
    const pids = readdirSync("/proc").map(Number).filter(Number.isInteger)
    return pids.filter(pid => workingDirectory(pid) === folder)
}

/** Undefined for a process that has ended. */
function workingDirectory(pid: number): string | undefined {
    try {
        return readlinkSync(`/proc/${pid}/cwd`)
    } catch {
        return undefined
    }
}

/** Sends a signal to processes, of which some may have ended. */
export function signalAll(pids: number[], signal: NodeJS.Signals): void {
    for (const pid of pids)
        try {
            process.kill(pid, signal)
        } catch (error) {
            if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
        }
}

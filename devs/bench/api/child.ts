/** Processes that the measurements start, and what the kernel counts for them. */
import { type ChildProcess, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"

/** Linux counts CPU time in 1/100 s (USER_HZ, proc(5)). */
const TICK_MS = 10

/** A server that is still there after this time is killed. */
const STOP_TIMEOUT_MS = 10_000

/** A TypeScript file runs in any supported Node.js, wherever it is started. */
const typescript = new URL("../../typescript.mjs", import.meta.url).href

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** A process that runs a file of this folder and answers messages. */
export function startWorker(file: string): ChildProcess {
    return endWithProcess(fork(pathOf(file), { execArgv: ["--import", typescript], serialization: "advanced" }))
}

/**
 * A process that serves, once it has printed its URL.
 *
 * @param args those of Node.js
 * @param env added to that of this process
 * @throws Error with what it printed, if it ends before
 */
export async function startServer(args: string[], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const child = endWithProcess(
        spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] }),
    )
    let [stdout, stderr] = ["", ""]
    child.stderr.on("data", data => (stderr = (stderr + data).slice(-2000)))
    const port = await new Promise<number>((resolve, reject) => {
        child.stdout.on("data", data => {
            stdout = (stdout + data).slice(-2000)
            const found = /https?:\/\/[^\s:]+:(\d+)/.exec(stdout)?.[1]
            if (found !== undefined) resolve(Number(found))
        })
        child.once("exit", () => reject(new Error(`the server ended: ${stdout}${stderr}`)))
    })
    return new ServerProcess(child, port, () => stderr)
}

/** A TypeScript file of this folder that serves. */
export function startServerFile(file: string, args: string[], env?: NodeJS.ProcessEnv): Promise<ServerProcess> {
    return startServer(["--import", typescript, pathOf(file), ...args], env)
}

/** `airpin serve` of this checkout. */
export function startAirpin(args: string[], env?: NodeJS.ProcessEnv): Promise<ServerProcess> {
    return startServer([pathOf("../../airpin.mjs"), "serve", "--port", "0", ...args], env)
}

export class ServerProcess {
    readonly child: ChildProcess
    readonly port: number
    readonly #stderr: () => string

    constructor(child: ChildProcess, port: number, stderr: () => string) {
        this.child = child
        this.port = port
        this.#stderr = stderr
    }

    /** Whether it still runs, and the end of what it printed as errors. */
    condition(): string {
        const { exitCode, signalCode } = this.child
        const ended = exitCode ?? signalCode
        return `the server ${ended === null ? "runs" : `ended with ${ended}`}: ${this.#stderr() || "it printed nothing"}`
    }

    /** CPU time of its threads so far, ms. */
    cpuMs(): number {
        return cpuMsOf(this.child.pid)
    }

    /** Memory that is in RAM now, bytes. */
    rssBytes(): number {
        return rssBytesOf(this.child.pid)
    }

    async stop(): Promise<void> {
        if (this.child.exitCode !== null || this.child.signalCode !== null) return
        const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_TIMEOUT_MS)
        this.child.kill("SIGTERM")
        await once(this.child, "exit")
        clearTimeout(timer)
    }
}

/** CPU time of a process's threads so far, ms. */
export function cpuMsOf(pid: number | undefined): number {
    // the name of the process, in parentheses, may hold spaces; utime and stime are fields 14 and 15
    const fields = readProc(pid, "stat")
        .replace(/^.*\) /s, "")
        .split(" ")
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Memory of a process that is in RAM now, bytes. */
export function rssBytesOf(pid: number | undefined): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, "status"))?.[1]) * 1024
}

/** Processes that a process of one thread started, and that run. */
export function childrenOf(pid: number | undefined): number[] {
    return readProc(pid, `task/${pid}/children`)
        .trim()
        .split(" ")
        .filter(text => text !== "")
        .map(Number)
}

const readProc = (pid: number | undefined, name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8")

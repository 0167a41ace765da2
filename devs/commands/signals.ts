/**
 * How SIGINT and SIGTERM end a command. Most commands end at once, and their child processes and temporary folders with
 * them (certs/pull/end-with-process.ts). A command that runs until it is stopped asks for a `stopRequest`; then the first
 * signal only asks it to end, and the second, or the end of `MAX_STOP_MS`, ends the process.
 */
import { constants } from "node:os"

const SIGNALS = ["SIGINT", "SIGTERM"] as const
/** Time that a command has to end after a signal, unless it asks for more. */
const MAX_STOP_MS = 4000
/** A shell gives this plus the signal's number as the exit status of a process that a signal has ended. */
const SIGNALLED = 128

class StopRequest {
    readonly maxMs: number
    /** the exit status that stands for the signal; undefined before it */
    status: number | undefined
    /** resolves at the signal */
    readonly received: Promise<void>
    #resolve: () => void = () => undefined

    constructor(maxMs: number) {
        this.maxMs = maxMs
        this.received = new Promise(resolve => (this.#resolve = resolve))
    }

    receive(status: number): void {
        this.status = status
        this.#resolve()
    }
}

let current: StopRequest | undefined

/** From now on, the first signal is the command's to handle. @param maxMs after which the process ends all the same */
export function stopRequest(maxMs = MAX_STOP_MS): StopRequest {
    return (current ??= new StopRequest(maxMs))
}

/**
 * Calls `work` at each SIGHUP, by which a service manager asks for a reload (systemd.service(5), ExecReload). In a
 * terminal that signal says that the terminal is gone: then it stops the command as SIGTERM does.
 *
 * @returns ends it: SIGHUP ends the process again
 */
export function onReload(work: () => void): () => void {
    const hangUp = () => (process.stdin.isTTY ? endBy("SIGHUP") : work())
    process.on("SIGHUP", hangUp)
    return () => process.off("SIGHUP", hangUp)
}

/** Handles both signals for the rest of the process's life. */
export function handleSignals(): void {
    for (const signal of SIGNALS) process.on(signal, () => endBy(signal))
}

function endBy(signal: NodeJS.Signals): void {
    const status = SIGNALLED + constants.signals[signal]
    if (!current) process.exit(status)
    if (current.status !== undefined) killBy(signal, status)
    current.receive(status)
    setTimeout(() => killBy(signal, status), current.maxMs).unref()
}

/**
 * Ends the process by the signal itself, for which a shell shows the same exit status. `process.exit` would terminate
 * the threads of the API, which aborts the process if one of them is in a query of SQLite.
 */
function killBy(signal: NodeJS.Signals, status: number): void {
    process.emit("exit", status)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
}

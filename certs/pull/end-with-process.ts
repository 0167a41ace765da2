/** Ends child processes and removes temporary folders when this process exits, by itself, an error or a signal. */
import type { ChildProcess } from "node:child_process"

const pending = new Set<() => void>()

process.once("exit", () => {
    for (const end of pending) end()
})

/** Calls `end`, which must not wait for anything, when this process exits; not after `cancel` was called. */
export function atExit(end: () => void): { cancel(): void } {
    pending.add(end)
    return { cancel: () => pending.delete(end) }
}

/** Sends the child this signal when this process exits before it. */
export function endWithProcess<Child extends ChildProcess>(child: Child, signal: NodeJS.Signals = "SIGKILL"): Child {
    const ending = atExit(() => child.kill(signal))
    child.once("close", () => ending.cancel())
    return child
}

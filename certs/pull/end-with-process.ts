/** Ends child processes and removes temporary folders when this process exits, by itself, an error or a signal. */
import type { ChildProcess } from "node:child_process"
import { rmSync } from "node:fs"

/** How often a folder is deleted in which something still appears, and the time in between. */
const MAX_DELETIONS = 50
const DELETION_PAUSE_MS = 10

const pending = new Set<() => void>()

process.once("exit", () => {
    // The latest first: a child process ends before the folder in which it writes is deleted.
    for (const end of [...pending].reverse()) {
        try {
            end()
        } catch {
            // the others are ended all the same
        }
    }
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

/** Deletes the folder when this process exits; not after `cancel` was called. */
export function deleteAtExit(folder: string): { cancel(): void } {
    return atExit(() => {
        for (let triesLeft = MAX_DELETIONS; triesLeft > 0; triesLeft--) {
            try {
                return rmSync(folder, { recursive: true, force: true })
            } catch {
                // ENOTEMPTY: a thread or a child process still wrote in it
                Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DELETION_PAUSE_MS)
            }
        }
    })
}

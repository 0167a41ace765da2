/** How many files, and with them connections, this process may have open. */
import { readFileSync } from "node:fs"

/** Files that the process needs besides connections: its database, its threads, its log, its libraries. */
export const RESERVED_FILES = 200

/**
 * The number of files that this process may have open; undefined where the system does not say. Node.js has raised it
 * to the hard limit already.
 */
export function maxOpenFiles(limits = readLimits()): number | undefined {
    const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? []
    return soft === undefined || soft === "unlimited" ? undefined : Number(soft)
}

/** proc(5); empty on other systems than Linux. */
function readLimits(): string {
    try {
        return readFileSync("/proc/self/limits", "latin1")
    } catch {
        return ""
    }
}

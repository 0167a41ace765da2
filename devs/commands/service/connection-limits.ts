import { maxOpenFiles, RESERVED_FILES } from "../../api/operate/file-limit.ts"
import type { Terminal } from "../../display/terminal.ts"

/** The number of connections that this process can have open, with a warning if it is below the one that is wanted. */
export function openableConnections(wanted: number, terminal: Terminal): number {
    const files = maxOpenFiles()
    if (files === undefined || files >= wanted + RESERVED_FILES) return wanted
    const possible = Math.max(1, files - RESERVED_FILES)
    terminal.warn(
        `this process may have ${files} files open, so at most ${possible} connections instead of ${wanted}\n` +
            `next      raise it before the start: ulimit -n ${wanted + RESERVED_FILES}, or LimitNOFILE= in the systemd unit`,
    )
    return possible
}

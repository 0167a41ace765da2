import { AirpinError } from "../../../certs/error.ts"
import type { Terminal } from "../../display/terminal.ts"

/**
 * Asks at a terminal whether something may be deleted; without a terminal nobody can confirm it.
 *
 * @param what as in "Delete … for ever?"
 * @throws AirpinError CONFIRMATION_NEEDED unless the answer is yes
 */
export async function confirmDeletion(terminal: Terminal, what: string): Promise<void> {
    if (terminal.isInteractive && (await terminal.confirm(`Delete ${what} for ever?`))) return
    throw new AirpinError("CONFIRMATION_NEEDED", `nothing was deleted: nobody confirmed to delete ${what} for ever`)
}

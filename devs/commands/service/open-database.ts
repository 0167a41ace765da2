import path from "node:path"
import { openStore, type Store } from "../../api/store/store.ts"
import type { Terminal } from "../../display/terminal.ts"

/**
 * Opens a database, creates it if it does not exist, and says so before it upgrades one of an earlier version.
 *
 * @throws AirpinError as `openStore`
 */
export function openDatabaseFile(file: string, terminal: Terminal): Store {
    return openStore(file, readings =>
        terminal.line(
            "upgrade",
            `${path.resolve(file)} has ${readings.toLocaleString("en")} readings of an earlier version: this takes a few seconds per million`,
        ),
    )
}

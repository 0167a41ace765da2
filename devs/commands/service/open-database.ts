import path from "node:path"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"
import type { Terminal } from "../../display/terminal.ts"

/**
 * Opens a database, creates it if it does not exist, and says so before it upgrades one of an earlier version.
 *
 * @throws AirpinError as `openDatabase`
 */
export function openDatabaseFile(file: string, terminal: Terminal): Promise<Database> {
    let isReported = false
    const onUpgrade = () => {
        if (!isReported) terminal.line("upgrade", `${path.resolve(file)} is of an earlier version: this takes a while`)
        isReported = true
    }
    return openDatabase(file, { onUpgrade })
}

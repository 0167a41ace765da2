import type { FastifyInstance } from "fastify"
import { asAirpinError } from "../../../certs/error.ts"
import { DEFAULT_RETENTION } from "../../api/retention/policy.ts"
import { writeServerRetention } from "../../api/retention/retention-rows.ts"
import { schedulePruning } from "../../api/retention/schedule.ts"
import type { Database } from "../../api/store/database.ts"
import { retentionText } from "../../display/database.ts"
import type { Terminal } from "../../display/terminal.ts"
import { type RetentionOptions, retentionGiven } from "./retention-options.ts"

/**
 * Prunes the database while the server runs, and remembers in it for how long readings are kept.
 *
 * @returns stops it
 */
export async function startPruning(
    app: FastifyInstance,
    db: Database,
    options: RetentionOptions,
    terminal: Terminal,
): Promise<() => Promise<void>> {
    const retention = retentionGiven(options, DEFAULT_RETENTION)
    terminal.line("kept", retentionText(retention))
    const onError = (error: unknown) => app.log.warn({ err: asAirpinError(error) }, "pruning failed")
    await writeServerRetention(db, retention).catch(onError)
    return schedulePruning({
        database: db,
        retention,
        nowS: () => Math.floor(Date.now() / 1000),
        // there is no Date while the clock is in doubt
        isClockRight: () => app.dateHeader() !== undefined,
        onPruned: pruned => app.log.info({ pruned }, "pruned"),
        onError,
    })
}

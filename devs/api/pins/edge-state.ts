/** What the last round of `airpin renew` reported, in the database, where every process of the service reads it. */
import { type EdgeStatus, parseEdgeStatus } from "../../../certs/edge-status.ts"
import type { Database, Sql } from "../store/database.ts"
import { readState, writeState } from "../store/state.ts"

export function writeEdgeStatus(db: Database, status: EdgeStatus): Promise<void> {
    return writeState(db, "edgeStatus", JSON.stringify(status))
}

/** Undefined if no round has reported to this database. @throws Error if a later version of airpin wrote it */
export async function readEdgeStatus(sql: Sql): Promise<EdgeStatus | undefined> {
    const text = await readState(sql, "edgeStatus")
    return text === undefined ? undefined : parseEdgeStatus(text)
}

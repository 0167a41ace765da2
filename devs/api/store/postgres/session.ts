/** What airpin sets on each connection, and what it demands of the server at the other end. */
import type pg from "pg"
import { AirpinError } from "../../../../certs/error.ts"

/**
 * Settings of a connection. Times in ms: devices give up after 20 s, and a process that hangs must not hold locks for
 * long. Only a warning says that a commit was not confirmed (see driver.ts), and the server may be set to send none.
 */
const settings = {
    client_min_messages: "warning",
    statement_timeout: 10_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 30_000,
}

/** Values of synchronous_commit that wait until a synchronous replica, if there is one, has the commit on its disk. */
const DURABLE = ["on", "remote_apply"]

interface Server {
    fsync: string | null
    fullPageWrites: string | null
    synchronousCommit: string | null
    readOnly: string | null
}

/** Called with a sentence when the server's settings are weaker than they should be. */
export type OnWarning = (message: string) => void

/**
 * Prepares a new connection. Each is checked, because a balancer may connect to another server than before.
 *
 * @throws AirpinError STORE_UNSAFE, STORE_UNREACHABLE if it is a standby; errors of pg as they are
 */
export async function prepareSession(client: pg.ClientBase, onWarning: OnWarning): Promise<void> {
    const values = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', false)`)
    const { rows } = await client.query<Server>(`SELECT ${values.map((value, at) => `${value} AS set${at}`).join(", ")},
        current_setting('fsync', true) AS fsync, current_setting('full_page_writes', true) AS "fullPageWrites",
        current_setting('synchronous_commit', true) AS "synchronousCommit",
        current_setting('transaction_read_only', true) AS "readOnly"`)
    for (const server of rows) await checkServer(client, server, onWarning)
}

async function checkServer(client: pg.ClientBase, server: Server, onWarning: OnWarning): Promise<void> {
    if (server.fsync === "off")
        throw new AirpinError("STORE_UNSAFE", "PostgreSQL runs with fsync = off: a power cut can destroy the database")
    if (server.readOnly === "on")
        throw new AirpinError("STORE_UNREACHABLE", "the PostgreSQL server takes no writes: it is a standby")
    if (server.fullPageWrites === "off")
        onWarning("PostgreSQL runs with full_page_writes = off: safe only if its file system never tears a page")
    const { synchronousCommit } = server
    if (synchronousCommit === null || DURABLE.includes(synchronousCommit)) return
    onWarning(`PostgreSQL has synchronous_commit = ${synchronousCommit}; airpin sets it to on for its own connections`)
    await client.query("SET synchronous_commit = 'on'")
}

import type { Node } from "../cluster/node.ts"
import { type SqlSession, withSql } from "../cluster/sql.ts"
import { sleep } from "../cluster/waiting.ts"
import type { FaultContext } from "./fault.ts"

const PAUSE_MS = 200
/** PostgreSQL gives up the wait for a standby after so long, and says so in a warning. */
const STATEMENT_TIMEOUT_MS = 1_000

/**
 * Writes to a former primary, straight to its port, as a client would whom nobody has told that it is not the primary
 * any more. It must confirm nothing: the commit is refused, or unconfirmed (warning 01000).
 */
export class StaleWriter {
    readonly #context: FaultContext
    readonly #node: Node
    readonly #session: SqlSession

    private constructor(context: FaultContext, node: Node, session: SqlSession) {
        this.#context = context
        this.#node = node
        this.#session = session
    }

    static async use(context: FaultContext, node: Node, work: (writer: StaleWriter) => Promise<void>): Promise<void> {
        await withSql(context.cluster.directAddress(node, "postgres"), async session => {
            await session.query(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
            await work(new StaleWriter(context, node, session))
        })
    }

    /** First with the connection that it has, then with new ones. */
    async tryFor(ms: number): Promise<void> {
        const endMs = performance.now() + ms
        let isConnected = await this.#write(this.#session)
        while (performance.now() < endMs) {
            await sleep(PAUSE_MS)
            if (isConnected) isConnected = await this.#write(this.#session)
            else await this.#writeOnce()
        }
    }

    async #writeOnce(): Promise<void> {
        const address = this.#context.cluster.directAddress(this.#node, "postgres")
        await withSql(address, async session => {
            await session.query(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
            await this.#write(session)
        }).catch(() => this.#context.count("staleWrites", 1)) // not even a connection
    }

    /** False if the write failed. */
    async #write(session: SqlSession): Promise<boolean> {
        this.#context.count("staleWrites", 1)
        const warnings = session.warnings.length
        try {
            await session.query("INSERT INTO stale_writes DEFAULT VALUES")
        } catch {
            return false
        }
        if (session.warnings.length === warnings) this.#context.count("staleWritesConfirmed", 1)
        return true
    }
}

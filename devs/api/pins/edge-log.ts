/** Log lines about what `airpin renew` reports to the database. */
import type { FastifyInstance } from "fastify"
import type { Database } from "../store/database.ts"
import { edgeNotice } from "./edge-notice.ts"
import { readEdgeStatus } from "./edge-state.ts"

const LOOK_EVERY_MS = 60_000

/** Writes a line when a round has ended otherwise than the one before. */
export class EdgeLog {
    readonly #app: FastifyInstance
    readonly #db: Database
    readonly #now: () => number
    #written: string | undefined

    /** @param now ms since 1970 */
    constructor(app: FastifyInstance, db: Database, now: () => number) {
        this.#app = app
        this.#db = db
        this.#now = now
    }

    start(): void {
        const timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
        this.#app.addHook("onClose", async () => clearInterval(timer))
    }

    /** Never throws: the database may be away. */
    async look(): Promise<void> {
        const status = await readEdgeStatus(this.#db.sql).catch(() => undefined)
        if (status === undefined) return
        const { needsAction, text } = edgeNotice(status, Math.floor(this.#now() / 1000))
        const { outcome, heldBack, at } = status
        const held = heldBack.map(({ label, count }) => `${label}: ${count}`).join()
        const key = `${outcome} ${needsAction} ${held}`
        if (key === this.#written) return
        this.#written = key
        this.#app.log[needsAction ? "warn" : "info"]({ edge: outcome, round: at }, text)
    }
}

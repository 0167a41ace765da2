/** The server's time when a batch was last stored, which a wrong clock is compared with after a restart. */
import type { Database } from "./database.ts"
import { readState, writeState } from "./state.ts"

/** How far the time in the database may lag behind: each write is a commit of its own. */
const INTERVAL_S = 600

/** Unix seconds, within ten minutes; undefined before the first batch. */
export async function readStoredAt(db: Database): Promise<number | undefined> {
    const value = await readState(db.sql, "storedAt")
    return value === undefined ? undefined : Number(value)
}

export class StoredAt {
    readonly #db: Database
    #writtenS = -Infinity

    constructor(db: Database) {
        this.#db = db
    }

    async save(nowS: number): Promise<void> {
        if (Math.abs(nowS - this.#writtenS) < INTERVAL_S) return
        const before = this.#writtenS
        this.#writtenS = nowS // batches that are stored meanwhile need not write it
        await writeState(this.#db, "storedAt", `${nowS}`).catch(error => {
            this.#writtenS = before
            throw error
        })
    }
}

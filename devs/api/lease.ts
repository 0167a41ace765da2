/**
 * Lets one of several processes on a database do what must be done once: sending alerts, publishing to MQTT.
 *
 * Clocks of machines differ, so the row holds no time. Its owner counts `beat` up; who sees the same owner and beat for
 * `LEASE_MS` of its own monotonic time takes the row over. An owner that was stopped for that long has noticed by the
 * same measure that it is none any more.
 */
import { randomUUID } from "node:crypto"
import type { Database, Sql } from "./store/database.ts"

/** How long a lease lasts without a renewal, and so how long nothing is done after its owner was killed. */
export const LEASE_MS = 30_000

/** Beats of one owner that another process has seen. */
interface Seen {
    owner: string
    beat: number
    atMs: number
}

export class Lease {
    readonly #db: Database
    readonly #name: string
    readonly #monotonicMs: () => number
    readonly #owner = randomUUID()
    #heldUntilMs = Number.NEGATIVE_INFINITY
    #seen: Seen | undefined

    /** @param name what the owner alone does */
    constructor(db: Database, name: string, monotonicMs: () => number = () => performance.now()) {
        this.#db = db
        this.#name = name
        this.#monotonicMs = monotonicMs
    }

    /** True while no other process can have taken it over. */
    get isHeld(): boolean {
        return this.#monotonicMs() < this.#heldUntilMs
    }

    /** Takes or renews the lease; call it several times in `LEASE_MS`. True if this process is the owner now. */
    async hold(): Promise<boolean> {
        const startMs = this.#monotonicMs()
        const isOwner = await this.#db.transaction(async sql => {
            const row = await sql
                .selectFrom("leases")
                .select(["owner", "beat"])
                .where("name", "=", this.#name)
                .executeTakeFirst()
            return row === undefined ? this.#insert(sql) : this.#renewOrTakeOver(sql, row, startMs)
        })
        this.#heldUntilMs = isOwner ? startMs + LEASE_MS : Number.NEGATIVE_INFINITY
        return isOwner
    }

    /** Gives the lease up, so that another process need not wait. */
    async release(): Promise<void> {
        this.#heldUntilMs = Number.NEGATIVE_INFINITY
        await this.#db.transaction(sql =>
            sql.deleteFrom("leases").where("name", "=", this.#name).where("owner", "=", this.#owner).execute(),
        )
    }

    async #insert(sql: Sql): Promise<boolean> {
        const { numInsertedOrUpdatedRows } = await sql
            .insertInto("leases")
            .values({ name: this.#name, owner: this.#owner, beat: 1 })
            .onConflict(conflict => conflict.column("name").doNothing())
            .executeTakeFirstOrThrow()
        return Number(numInsertedOrUpdatedRows) === 1
    }

    async #renewOrTakeOver(sql: Sql, { owner, beat }: Omit<Seen, "atMs">, nowMs: number): Promise<boolean> {
        if (owner !== this.#owner && !this.#isAbandoned(owner, beat, nowMs)) return false
        const { numUpdatedRows } = await sql
            .updateTable("leases")
            .set({ owner: this.#owner, beat: beat + 1 })
            .where("name", "=", this.#name)
            .where("owner", "=", owner)
            .where("beat", "=", beat)
            .executeTakeFirstOrThrow()
        return Number(numUpdatedRows) === 1
    }

    #isAbandoned(owner: string, beat: number, nowMs: number): boolean {
        const seen = this.#seen
        if (seen?.owner === owner && seen.beat === beat) return nowMs - seen.atMs >= LEASE_MS
        this.#seen = { owner, beat, atMs: nowMs }
        return false
    }
}

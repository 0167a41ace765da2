/** Monthly partitions of the table of readings, each made before its first reading arrives. */
import { type Kysely, sql } from "kysely"
import type { Tables } from "../tables.ts"
import { VERSION_ROW } from "./migrate.ts"

/** Months since year 0, UTC. */
type Month = number

export class Partitions {
    readonly #sql: Kysely<Tables>
    /** undefined until asked; null if the table is not divided by month */
    #existing: Set<Month> | null | undefined

    constructor(sql: Kysely<Tables>) {
        this.#sql = sql
    }

    /**
     * Makes the partitions for readings of these times, and that of the month after, where they are missing. This does
     * not wait for transactions that write readings, nor they for it.
     *
     * @param times Unix seconds
     */
    async make(times: Iterable<number>): Promise<void> {
        if (this.#existing === undefined) this.#existing = await this.#read(this.#sql)
        if (this.#existing === null) return
        const months = new Set([...times].map(monthOf))
        if (months.size > 0) months.add(Math.max(...months) + 1)
        const existing = this.#existing
        const missing = [...months].filter(month => !existing.has(month))
        if (missing.length > 0) this.#existing = await this.#create(missing)
    }

    /** Call it when PostgreSQL has no partition for a reading: another process has deleted it. */
    forget(): void {
        this.#existing = undefined
    }

    async #create(months: Month[]): Promise<Set<Month> | null> {
        return this.#sql.transaction().execute(async transaction => {
            await sql`UPDATE state SET value = value WHERE name = ${VERSION_ROW}`.execute(transaction)
            const existing = await this.#read(transaction)
            for (const month of months.filter(month => existing !== null && !existing.has(month))) {
                // ATTACH locks readers and writers out of neither table; CREATE TABLE … PARTITION OF would.
                await sql
                    .raw(`CREATE TABLE IF NOT EXISTS ${nameOf(month)} (LIKE readings INCLUDING ALL)`)
                    .execute(transaction)
                const range = `FROM (${startOf(month)}) TO (${startOf(month + 1)})`
                await sql
                    .raw(`ALTER TABLE readings ATTACH PARTITION ${nameOf(month)} FOR VALUES ${range}`)
                    .execute(transaction)
                existing?.add(month)
            }
            return existing
        })
    }

    async #read(from: Kysely<Tables>): Promise<Set<Month> | null> {
        const { rows } = await sql<{ name: string | null }>`
            SELECT p.relname AS name FROM pg_class AS r
            LEFT JOIN pg_inherits AS i ON i.inhparent = r.oid LEFT JOIN pg_class AS p ON p.oid = i.inhrelid
            WHERE r.oid = to_regclass('readings') AND r.relkind = 'p'`.execute(from)
        return rows.length === 0 ? null : new Set(rows.flatMap(({ name }) => (name ? monthNamed(name) : [])))
    }
}

function monthOf(time: number): Month {
    const date = new Date(time * 1000)
    return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** Unix seconds. */
function startOf(month: Month): number {
    return Date.UTC(Math.floor(month / 12), month % 12) / 1000
}

/** As in readings_2026_11. */
function nameOf(month: Month): string {
    return `readings_${Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, "0")}`
}

function monthNamed(name: string): Month[] {
    const [, year, month] = /^readings_(\d{4})_(\d\d)$/.exec(name) ?? []
    return year && month ? [Number(year) * 12 + Number(month) - 1] : []
}

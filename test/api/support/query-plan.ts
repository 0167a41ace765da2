import { DatabaseSync } from "@photostructure/sqlite"
import { Kysely } from "kysely"
import type { Sql } from "../../../devs/api/store/database.ts"
import { sqliteDialect } from "../../../devs/api/store/sqlite/dialect.ts"
import type { Tables } from "../../../devs/api/store/tables.ts"

/** How SQLite carries out each query of `work` (https://sqlite.org/eqp.html). */
export async function planOf(file: string, work: (sql: Sql) => Promise<unknown>): Promise<string[]> {
    const database = new DatabaseSync(file)
    const queries: { sql: string; parameters: readonly unknown[] }[] = []
    const sql = new Kysely<Tables>({ dialect: sqliteDialect(database), log: ({ query }) => void queries.push(query) })
    await work(sql)
    const plans = queries.map(query => {
        const steps = database.prepare(`EXPLAIN QUERY PLAN ${query.sql}`).all(...query.parameters)
        return steps.map((step: { detail: string }) => step.detail).join("; ")
    })
    database.close()
    return plans
}

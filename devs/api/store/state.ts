/** What the server itself remembers, by name. */
import type { Database, Sql } from "./database.ts"

type Name = "storedAt" | "retention" | "edgeStatus"

export async function readState(sql: Sql, name: Name): Promise<string | undefined> {
    const row = await sql.selectFrom("state").select("value").where("name", "=", name).executeTakeFirst()
    return row?.value
}

export async function writeState(db: Database, name: Name, value: string): Promise<void> {
    await db.transaction(sql =>
        sql
            .insertInto("state")
            .values({ name, value })
            .onConflict(conflict => conflict.column("name").doUpdateSet({ value }))
            .execute(),
    )
}

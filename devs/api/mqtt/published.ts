/** Which devices are on the broker, so that those that are deleted later can be removed from it. */
import type { Database, Sql } from "../store/database.ts"
import type { Topics } from "./discovery.ts"

const NAME = "mqtt"

export interface Published {
    topics: Topics
    ids: string[]
}

export async function readPublished(sql: Sql): Promise<Published | undefined> {
    const row = await sql.selectFrom("state").select("value").where("name", "=", NAME).executeTakeFirst()
    return row && JSON.parse(row.value)
}

export async function savePublished(db: Database, published: Published): Promise<void> {
    const value = JSON.stringify(published)
    await db.transaction(sql =>
        sql
            .insertInto("state")
            .values({ name: NAME, value })
            .onConflict(conflict => conflict.column("name").doUpdateSet({ value }))
            .execute(),
    )
}

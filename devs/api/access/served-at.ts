/** Where people reach the server, so that other commands can print whole links. */
import type { Sql } from "../store/database.ts"

const STATE_NAME = "servedAt"

/** Notes the address at which the server starts. */
export async function noteServedAt(sql: Sql, url: string): Promise<void> {
    await sql
        .insertInto("state")
        .values({ name: STATE_NAME, value: url })
        .onConflict(conflict => conflict.column("name").doUpdateSet({ value: url }))
        .execute()
}

/** The address at which a server on this database started last; undefined before the first. */
export async function servedAt(sql: Sql): Promise<string | undefined> {
    return (await sql.selectFrom("state").select("value").where("name", "=", STATE_NAME).executeTakeFirst())?.value
}

/** The address that opens a link. */
export function linkUrl(server: string | undefined, token: string): string {
    return `${(server ?? "https://SERVER").replace(/\/$/, "")}/v/${token}`
}

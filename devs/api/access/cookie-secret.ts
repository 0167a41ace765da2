/** The key with which cookies are signed. */
import { randomBytes } from "node:crypto"
import type { Sql } from "../store/database.ts"

const STATE_NAME = "cookieSecret"
const SECRET_BYTES = 32

/** The secret of this database, the same for every process; made when it is first asked for. */
export async function cookieSecret(sql: Sql): Promise<string> {
    const made = randomBytes(SECRET_BYTES).toString("base64url")
    const known = await secretIn(sql)
    if (known !== undefined) return known
    await sql
        .insertInto("state")
        .values({ name: STATE_NAME, value: made })
        .onConflict(conflict => conflict.column("name").doNothing())
        .execute()
    return (await secretIn(sql)) ?? made
}

async function secretIn(sql: Sql): Promise<string | undefined> {
    return (await sql.selectFrom("state").select("value").where("name", "=", STATE_NAME).executeTakeFirst())?.value
}

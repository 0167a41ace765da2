/** The link with which the person who starts a server logs in, before there is an admin. */
import type { Database } from "../store/database.ts"
import { addLink } from "./links.ts"

const NAME = "first log-in"
const HOUR_S = 3600

/**
 * A link that logs in as an admin, once within an hour; the one made before is revoked. Undefined if there is an admin
 * or another link: then nobody who starts the server is locked out, and the output holds no secret.
 *
 * @param nowS Unix seconds
 * @returns the token
 */
export async function firstLink(db: Database, nowS: number): Promise<string | undefined> {
    if (await isSetUp(db)) return undefined
    await db.sql
        .updateTable("links")
        .set({ revokedAt: nowS })
        .where("name", "=", NAME)
        .where("revokedAt", "is", null)
        .execute()
    return await addLink(db, { name: NAME, role: "admin", createdAt: nowS, expiresAt: nowS + HOUR_S, once: true })
}

async function isSetUp({ sql }: Database): Promise<boolean> {
    const admin = await sql.selectFrom("admins").select("name").executeTakeFirst()
    const link = await sql.selectFrom("links").select("name").where("name", "!=", NAME).executeTakeFirst()
    return admin !== undefined || link !== undefined
}

/** Sessions of admins. They are in the database, so that every process knows them and each can end one. */
import { sha256Of } from "../../../certs/sha256.ts"
import type { Database, Sql } from "../store/database.ts"
import { newToken } from "./tokens.ts"

/** An admin logs in once a day. */
export const MAX_SESSION_S = 86_400

/** How a session began: with an admin's password, or with a link, named by the SHA-256 of its token. */
export type SessionOrigin = { admin: string } | { link: string }

/**
 * Begins a session with an id of its own, and deletes those that have ended.
 *
 * @param nowS Unix seconds
 * @returns the token for the cookie; the database keeps only the SHA-256
 */
export async function beginSession(db: Database, origin: SessionOrigin, nowS: number): Promise<string> {
    const token = newToken("session")
    const begun = { tokenSha256: sha256Of(token), createdAt: nowS, expiresAt: nowS + MAX_SESSION_S }
    const of = "admin" in origin ? { admin: origin.admin, link: null } : { admin: null, link: origin.link }
    await db.transaction(async sql => {
        await sql.deleteFrom("sessions").where("expiresAt", "<=", nowS).execute()
        await sql
            .insertInto("sessions")
            .values({ ...begun, ...of })
            .execute()
    })
    return token
}

/** Ends a session; no other request can use its token any more. */
export async function endSession(sql: Sql, token: string): Promise<void> {
    await sql.deleteFrom("sessions").where("tokenSha256", "=", sha256Of(token)).execute()
}

/**
 * Who has the session with this token: the name of the admin or of the link that began it; undefined if it has ended.
 * It ends with the admin, and when the link is revoked.
 *
 * @param nowS Unix seconds
 */
export async function sessionOwner(sql: Sql, token: string, nowS: number): Promise<string | undefined> {
    const session = await sql
        .selectFrom("sessions")
        .leftJoin("admins", "admins.name", "sessions.admin")
        .leftJoin("links", "links.tokenSha256", "sessions.link")
        .select(["admins.name as admin", "links.name as link"])
        .where("sessions.tokenSha256", "=", sha256Of(token))
        .where("sessions.expiresAt", ">", nowS)
        .where(({ eb, or }) =>
            or([
                eb("admins.name", "is not", null),
                eb.and([eb("links.name", "is not", null), eb("links.revokedAt", "is", null)]),
            ]),
        )
        .executeTakeFirst()
    return session?.admin ?? session?.link ?? undefined
}

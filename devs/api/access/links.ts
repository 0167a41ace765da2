/** Links: whoever has one may read, everything or one device, until it is revoked or expires. */
import { AirpinError } from "../../../certs/error.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Database, Sql } from "../store/database.ts"
import type { LinkTable } from "../store/tables.ts"
import { newToken } from "./tokens.ts"

/** A name for people: 1 to 64 printable characters. */
export const LINK_NAME_PATTERN = "^\\P{C}{1,64}$"

/** What a link's cookie and its token give. */
export type LinkRole = LinkTable["role"]

export interface LinkRequest {
    /** who gets it; among the links that are not revoked, each name exists once */
    name: string
    role: LinkRole
    /** id of the only device that it shows; every device when absent */
    device?: string | undefined
    /** Unix seconds */
    createdAt: number
    /** Unix seconds; never when absent */
    expiresAt?: number | undefined
    /** it can be opened only once */
    once?: boolean
}

export interface Link {
    name: string
    role: LinkRole
    /** id of the only device that it shows */
    device: string | null
    /** Unix seconds */
    createdAt: number
    expiresAt: number | null
    revokedAt: number | null
    /** it can be opened only once */
    once: boolean
    /** when a link for once was opened */
    openedAt: number | null
}

/** A link that is neither revoked nor expired. */
export interface ValidLink {
    tokenSha256: string
    name: string
    role: LinkRole
    device: string | null
    expiresAt: number | null
    /** it can be opened only once */
    once: boolean
}

/**
 * Adds a link. Its token is returned here and nowhere else: the database keeps only the SHA-256.
 *
 * @throws AirpinError LINK_NAME_INVALID, LINK_EXISTS, DEVICE_UNKNOWN
 */
export async function addLink(db: Database, request: LinkRequest): Promise<string> {
    const { name, role, device, createdAt, expiresAt = null, once = false } = request
    if (!new RegExp(LINK_NAME_PATTERN, "u").test(name))
        throw new AirpinError("LINK_NAME_INVALID", `${JSON.stringify(name)} is not a valid name of a link`)
    const token = newToken("link")
    await db.transaction(async sql => {
        const existing = await sql
            .selectFrom("links")
            .select("name")
            .where("name", "=", name)
            .where("revokedAt", "is", null)
            .executeTakeFirst()
        if (existing) throw new AirpinError("LINK_EXISTS", `there is a link ${name} already`)
        const key = device === undefined ? null : await keyOf(sql, device)
        const times = { createdAt, expiresAt, revokedAt: null, openedAt: null }
        await sql
            .insertInto("links")
            .values({ tokenSha256: sha256Of(token), name, role, device: key, once: once ? 1 : 0, ...times })
            .execute()
    })
    return token
}

/** Every link, by name; revoked ones too. */
export async function listLinks(sql: Sql): Promise<Link[]> {
    const rows = await sql
        .selectFrom("links")
        .leftJoin("devices", "devices.key", "links.device")
        .select(["links.name", "links.role", "devices.id as device", "links.createdAt", "links.expiresAt"])
        .select(["links.revokedAt", "links.once", "links.openedAt"])
        .orderBy("links.name")
        .orderBy("links.createdAt")
        .execute()
    return rows.map(row => ({ ...row, once: row.once === 1 }))
}

/**
 * Revokes a link, effective with the next request; what was opened with it ends too.
 *
 * @param nowS Unix seconds
 * @throws AirpinError LINK_UNKNOWN
 */
export async function revokeLink(db: Database, name: string, nowS: number): Promise<void> {
    const { numUpdatedRows } = await db.sql
        .updateTable("links")
        .set({ revokedAt: nowS })
        .where("name", "=", name)
        .where("revokedAt", "is", null)
        .executeTakeFirst()
    if (Number(numUpdatedRows) === 0) throw new AirpinError("LINK_UNKNOWN", `no link in force has the name ${name}`)
}

/**
 * The link with this token, if it may be used now.
 *
 * @param nowS Unix seconds
 * @throws AirpinError LINK_INVALID
 */
export async function validLink(sql: Sql, tokenSha256: string, nowS: number): Promise<ValidLink> {
    const link = await sql
        .selectFrom("links")
        .leftJoin("devices", "devices.key", "links.device")
        .select(["links.name", "links.role", "links.device as key", "devices.id as device"])
        .select(["links.expiresAt", "links.revokedAt", "links.once"])
        .where("links.tokenSha256", "=", tokenSha256)
        .executeTakeFirst()
    if (link === undefined) throw invalid("no link has this token")
    const { name, role, device, expiresAt, revokedAt } = link
    if (revokedAt !== null) throw invalid(`the link ${name} is revoked`)
    if (expiresAt !== null && expiresAt <= nowS) throw invalid(`the link ${name} has expired`)
    if (link.key !== null && device === null) throw invalid(`the device of the link ${name} no longer exists`)
    return { tokenSha256, name, role, device, expiresAt, once: link.once === 1 }
}

/**
 * Notes that a link for once was opened.
 *
 * @throws AirpinError LINK_INVALID if it was opened before
 */
export async function noteOpening(sql: Sql, { tokenSha256, name }: ValidLink, nowS: number): Promise<void> {
    const { numUpdatedRows } = await sql
        .updateTable("links")
        .set({ openedAt: nowS })
        .where("tokenSha256", "=", tokenSha256)
        .where("openedAt", "is", null)
        .executeTakeFirst()
    if (Number(numUpdatedRows) === 0) throw invalid(`the link ${name} was opened before, and can be only once`)
}

/** Key of a device. @throws AirpinError DEVICE_UNKNOWN */
async function keyOf(sql: Sql, id: string): Promise<number> {
    const device = await sql.selectFrom("devices").select("key").where("id", "=", id).executeTakeFirst()
    if (device === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return device.key
}

function invalid(message: string): AirpinError {
    return new AirpinError("LINK_INVALID", message)
}

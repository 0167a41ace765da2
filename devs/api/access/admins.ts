/** The people who may see everything and change who reads. */
import { AirpinError } from "../../../certs/error.ts"
import type { Database, Sql } from "../store/database.ts"
import { hashPassword, isPassword } from "./passwords.ts"

/** Usable as an option of a command and in a log. */
const ADMIN_NAME_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u

export interface Admin {
    name: string
    /** Unix seconds */
    createdAt: number
    /** when the password was set, Unix seconds */
    passwordAt: number
}

/**
 * Adds an admin.
 *
 * @param nowS Unix seconds
 * @throws AirpinError ADMIN_NAME_INVALID, ADMIN_EXISTS, PASSWORD_UNSUITABLE
 */
export async function addAdmin(db: Database, name: string, password: string, nowS: number): Promise<void> {
    if (!ADMIN_NAME_PATTERN.test(name))
        throw new AirpinError("ADMIN_NAME_INVALID", `${JSON.stringify(name)} is not a valid name of an admin`)
    const passwordHash = await hashPassword(password)
    const { numInsertedOrUpdatedRows } = await db.sql
        .insertInto("admins")
        .values({ name, passwordHash, createdAt: nowS, passwordAt: nowS })
        .onConflict(conflict => conflict.column("name").doNothing())
        .executeTakeFirstOrThrow()
    if (Number(numInsertedOrUpdatedRows) === 0)
        throw new AirpinError("ADMIN_EXISTS", `there is an admin ${name} already`)
}

/**
 * Sets an admin's password and ends every session of this admin.
 *
 * @param nowS Unix seconds
 * @throws AirpinError ADMIN_UNKNOWN, PASSWORD_UNSUITABLE
 */
export async function setPassword(db: Database, name: string, password: string, nowS: number): Promise<void> {
    const passwordHash = await hashPassword(password)
    await db.transaction(async sql => {
        const { numUpdatedRows } = await sql
            .updateTable("admins")
            .set({ passwordHash, passwordAt: nowS })
            .where("name", "=", name)
            .executeTakeFirst()
        if (Number(numUpdatedRows) === 0) throw unknownAdmin(name)
        await sql.deleteFrom("sessions").where("admin", "=", name).execute()
    })
}

/**
 * Deletes an admin, and ends every session of this admin.
 *
 * @throws AirpinError ADMIN_UNKNOWN
 */
export async function deleteAdmin(db: Database, name: string): Promise<void> {
    await db.transaction(async sql => {
        const { numDeletedRows } = await sql.deleteFrom("admins").where("name", "=", name).executeTakeFirst()
        if (Number(numDeletedRows) === 0) throw unknownAdmin(name)
        await sql.deleteFrom("sessions").where("admin", "=", name).execute()
    })
}

/** @throws AirpinError ADMIN_UNKNOWN */
export async function requireAdmin(sql: Sql, name: string): Promise<void> {
    const admin = await sql.selectFrom("admins").select("name").where("name", "=", name).executeTakeFirst()
    if (admin === undefined) throw unknownAdmin(name)
}

/** Every admin, by name. */
export function listAdmins(sql: Sql): Promise<Admin[]> {
    return sql.selectFrom("admins").select(["name", "createdAt", "passwordAt"]).orderBy("name").execute()
}

/**
 * Checks the password of an admin.
 *
 * @throws AirpinError PASSWORD_WRONG, also for a name that no admin has; LOGIN_BUSY
 */
export async function checkPassword(sql: Sql, name: string, password: string): Promise<void> {
    const admin = await sql.selectFrom("admins").select("passwordHash").where("name", "=", name).executeTakeFirst()
    if (!(await isPassword(password, admin?.passwordHash)))
        throw new AirpinError("PASSWORD_WRONG", "no admin has this name and this password")
}

function unknownAdmin(name: string): AirpinError {
    return new AirpinError("ADMIN_UNKNOWN", `there is no admin ${name}`)
}

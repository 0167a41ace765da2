/** The rooms of a school, as its week and its month show them. */
import type { Sql } from "../store/database.ts"
import type { Calendar } from "./school-days.ts"

export interface Limits {
    fairPpm: number
    poorPpm: number
}

/** What the site document says. */
export interface SchoolSite extends Calendar {
    name: string
    limits: Limits
    rooms: Record<string, { group?: string; limits?: Limits }>
}

export interface Room {
    key: number
    id: string
    name: string
    group: string | null
    limits: Limits
}

const byName = new Intl.Collator("en", { numeric: true }).compare

/** The devices in use, by group and name ("Room 9" before "Room 10"); those without a group last. */
export async function schoolRooms(sql: Sql, site: SchoolSite): Promise<Room[]> {
    const devices = await sql
        .selectFrom("devices")
        .select(["key", "id", "name"])
        .where("revokedAt", "is", null)
        .execute()
    const rooms = devices.map(device => ({
        ...device,
        group: site.rooms[device.id]?.group ?? null,
        limits: site.rooms[device.id]?.limits ?? site.limits,
    }))
    return rooms.sort(
        (a, b) =>
            Number(a.group === null) - Number(b.group === null) ||
            byName(a.group ?? "", b.group ?? "") ||
            byName(a.name, b.name) ||
            byName(a.id, b.id),
    )
}

/** The rooms of a school, as its week and its month show them. */
import { type Co2Limits, groupOf, limitsOf, type SiteDocument } from "../site/site.ts"
import type { Sql } from "../store/database.ts"

export interface Room {
    key: number
    id: string
    name: string
    group: string | null
    limits: Co2Limits
}

const byName = new Intl.Collator("en", { numeric: true }).compare

/** The devices in use, by group and name ("Room 9" before "Room 10"); those without a group last. */
export async function schoolRooms(sql: Sql, site: SiteDocument): Promise<Room[]> {
    const devices = await sql
        .selectFrom("devices")
        .select(["key", "id", "name"])
        .where("revokedAt", "is", null)
        .execute()
    const rooms = devices.map(device => ({
        ...device,
        group: groupOf(site, device.id),
        limits: limitsOf(site, device.id),
    }))
    return rooms.sort(
        (a, b) =>
            Number(a.group === null) - Number(b.group === null) ||
            byName(a.group ?? "", b.group ?? "") ||
            byName(a.name, b.name) ||
            byName(a.id, b.id),
    )
}

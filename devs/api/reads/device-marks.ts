/** What the streams of changes ask of the database. */
import { AirpinError } from "../../../certs/error.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { type RoomDevice, roomDevice, roomDevices } from "./room-devices.ts"

/** What differs once a device has posted, was renamed or revoked, or has other settings, and once the site has changed. */
export interface DeviceMark {
    id: string
    name: string
    revokedAt: number | null
    lastSeenAt: number | null
    revision: number | null
    siteRevision: number
}

/** So many devices are asked for one by one, more of them with all others. */
const MAX_SINGLE = 4

/** Every device. */
export async function deviceMarks(sql: Sql): Promise<DeviceMark[]> {
    const { revision: siteRevision } = await readSite(sql)
    const marks = await sql
        .selectFrom("devices")
        .leftJoin("settings", "settings.device", "devices.key")
        .select(["id", "name", "revokedAt", "lastSeenAt", "revision"])
        .execute()
    return marks.map(mark => ({ ...mark, siteRevision }))
}

/** Every device with a room on the wall. */
export async function wallMarks(sql: Sql): Promise<DeviceMark[]> {
    return (await deviceMarks(sql)).filter(({ revokedAt }) => revokedAt === null)
}

/** Those of the devices that still exist. */
export async function devicesById(sql: Sql, ids: string[], nowS: number): Promise<RoomDevice[]> {
    if (ids.length > MAX_SINGLE) return (await roomDevices(sql, nowS)).filter(({ id }) => ids.includes(id))
    const views = await Promise.all(ids.map(id => roomDevice(sql, id, nowS).catch(ifUnknown)))
    return views.filter(view => view !== undefined)
}

function ifUnknown(error: unknown): undefined {
    if (error instanceof AirpinError && error.code === "DEVICE_UNKNOWN") return undefined
    throw error
}

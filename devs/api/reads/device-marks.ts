/** What the streams of changes ask of the database. */
import { AirpinError } from "../../../certs/error.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { type DeviceView, deviceView, deviceViews } from "../store/device-views.ts"

/** What differs once a device has posted, was renamed or revoked, or has other settings. */
export interface DeviceMark {
    id: string
    name: string
    revokedAt: number | null
    lastSeenAt: number | null
    revision: number | null
    /** of the settings of the whole school; absent where they are not shown */
    siteRevision?: number
}

/** So many devices are asked for one by one, more of them with all others. */
const MAX_SINGLE = 4

/** Every device. */
export function deviceMarks(sql: Sql): Promise<DeviceMark[]> {
    return sql
        .selectFrom("devices")
        .leftJoin("settings", "settings.device", "devices.key")
        .select(["id", "name", "revokedAt", "lastSeenAt", "revision"])
        .execute()
}

/** Every device with a room on the wall. */
export async function wallMarks(sql: Sql): Promise<DeviceMark[]> {
    const { revision: siteRevision } = await readSite(sql)
    const marks = await deviceMarks(sql)
    return marks.filter(({ revokedAt }) => revokedAt === null).map(mark => ({ ...mark, siteRevision }))
}

/** Those of the devices that still exist. */
export async function devicesById(sql: Sql, ids: string[], nowS: number): Promise<DeviceView[]> {
    if (ids.length > MAX_SINGLE) return (await deviceViews(sql, nowS)).filter(({ id }) => ids.includes(id))
    const views = await Promise.all(ids.map(id => deviceView(sql, id, nowS).catch(ifUnknown)))
    return views.filter(view => view !== undefined)
}

function ifUnknown(error: unknown): undefined {
    if (error instanceof AirpinError && error.code === "DEVICE_UNKNOWN") return undefined
    throw error
}

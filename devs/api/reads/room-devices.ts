/** Devices as the API shows them: with what the site says of their rooms. */
import { type Co2Limits, groupOf, limitsOf, type Site } from "../site/site.ts"
import { readSite } from "../site/site-store.ts"
import type { Sql } from "../store/database.ts"
import { type DeviceView, deviceView, deviceViews } from "../store/device-views.ts"

export interface RoomDevice extends DeviceView {
    group: string | null
    limits: Co2Limits
}

/** As `deviceViews`. */
export async function roomDevices(sql: Sql, nowS: number): Promise<RoomDevice[]> {
    const site = await readSite(sql)
    return (await deviceViews(sql, nowS)).map(view => withRoom(view, site))
}

/** As `deviceView`. @throws AirpinError DEVICE_UNKNOWN */
export async function roomDevice(sql: Sql, id: string, nowS: number): Promise<RoomDevice | undefined> {
    const view = await deviceView(sql, id, nowS)
    return view && withRoom(view, await readSite(sql))
}

function withRoom(view: DeviceView, site: Site): RoomDevice {
    return { ...view, group: groupOf(site, view.id), limits: limitsOf(site, view.id) }
}

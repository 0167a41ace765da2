/** Devices as the API shows them, in a few queries whatever their number. */
import type { Sql } from "./database.ts"
import { settingsOf, statusOf } from "./device-state.ts"
import { knownDevice, listDevices } from "./devices.ts"
import { latestReadings, lowestCo2 } from "./readings.ts"
import type { Device, DeviceState, LowestCo2, Reading } from "./records.ts"

/** Days over which the lowest CO2 is shown: rooms are aired down to outdoor air once a week at least. */
export const LOWEST_CO2_DAYS = 7

type Aged<Value> = Value & { age: number }

export interface DeviceView extends Device, Omit<DeviceState, "status"> {
    latest: Aged<Reading> | null
    lowestCo2: LowestCo2 | null
    status: Aged<NonNullable<DeviceState["status"]>> | null
}

/**
 * Every device by id, revoked ones too.
 *
 * @param nowS Unix seconds; ages count back from here
 */
export async function deviceViews(sql: Sql, nowS: number): Promise<DeviceView[]> {
    return viewsOf(sql, await listDevices(sql), nowS)
}

/** One device. @throws AirpinError DEVICE_UNKNOWN */
export async function deviceView(sql: Sql, id: string, nowS: number): Promise<DeviceView | undefined> {
    const [view] = await viewsOf(sql, [await knownDevice(sql, id)], nowS, id)
    return view
}

async function viewsOf(sql: Sql, devices: Device[], nowS: number, only?: string): Promise<DeviceView[]> {
    const states = await deviceStates(sql, only)
    const latest = await latestReadings(sql, only)
    const lowest = await lowestCo2(sql, nowS - LOWEST_CO2_DAYS * 86_400, only)
    return devices.map(device => {
        const state = states.get(device.id) ?? { status: null, boots: 0, starts: {}, settings: null }
        const reading = latest.get(device.id)
        return {
            ...device,
            latest: reading ? { ...reading, age: nowS - reading.time } : null,
            lowestCo2: lowest.get(device.id) ?? null,
            ...state,
            status: state.status && { ...state.status, age: nowS - state.status.at },
        }
    })
}

/** By device id. @param only id of the one device that is wanted */
export async function deviceStates(sql: Sql, only?: string): Promise<Map<string, DeviceState>> {
    const ofDevices = () => {
        const devices = sql.selectFrom("devices").select("devices.id")
        return only === undefined ? devices : devices.where("devices.id", "=", only)
    }
    const counts = await ofDevices().select("boots").execute()
    const statuses = await ofDevices()
        .innerJoin("statuses", "statuses.device", "devices.key")
        .selectAll("statuses")
        .execute()
    const settings = await ofDevices()
        .innerJoin("settings", "settings.device", "devices.key")
        .selectAll("settings")
        .execute()
    const starts = await ofDevices()
        .innerJoin("starts", "starts.device", "devices.key")
        .select(["restartReason", "count"])
        .orderBy("restartReason")
        .execute()
    const states = counts.map(({ id, boots }): [string, DeviceState] => [
        id,
        { status: null, boots, starts: {}, settings: null },
    ])
    const byId = new Map(states)
    for (const { id, ...row } of statuses) Object.assign(byId.get(id) ?? {}, { status: statusOf(row) })
    for (const { id, ...row } of settings) Object.assign(byId.get(id) ?? {}, { settings: settingsOf(row) })
    for (const { id, restartReason, count } of starts)
        Object.assign(byId.get(id)?.starts ?? {}, { [restartReason]: count })
    return byId
}

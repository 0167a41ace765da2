/** What the page shows: the responses of the API. */
import type { Device, paths, WallRoom } from "../../client/api-types.ts"

type Get<Path extends keyof paths> = paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": infer Body } } } }
}
    ? Body
    : never

export type Alert = Get<"/api/v1/alerts">["alerts"][number]
export type Anchors = Get<"/api/v1/anchors">
export type Links = Get<"/api/v1/links">["links"]
export type Edge = Get<"/api/v1/edge">["edge"]
export type Recalibration = Get<"/api/v1/devices/{id}/recalibration">["recalibration"]
export type { Device }

export interface CareData {
    /** the server's clock, Unix seconds */
    now: number
    timeZone: string
    devices: Device[]
    /** by device id: from when it is silent, and whether a sensor failed */
    rooms: Map<string, Pick<WallRoom, "silentFrom" | "sensorFailed">>
    alerts: Alert[]
    anchors: Anchors["anchors"]
    /** devices whose pins are not stored */
    unpinned: Anchors["unknown"]
    edge: Edge
    /** with which people and tools read, revoked ones too */
    links: Links
}

/** How a device is: new: it has not posted yet. */
export type DeviceState = "revoked" | "new" | "silent" | "failed" | "fine"

export function stateOf({ id, revokedAt, lastSeenAt }: Device, { now, rooms }: CareData): DeviceState {
    if (revokedAt !== null) return "revoked"
    if (lastSeenAt === null) return "new"
    const { silentFrom = null, sensorFailed = false } = rooms.get(id) ?? {}
    if (silentFrom !== null && silentFrom <= now) return "silent"
    return sensorFailed ? "failed" : "fine"
}

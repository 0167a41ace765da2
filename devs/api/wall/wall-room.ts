/** A room on the wall: what a person needs to see of its device from across the room. */
import type { Co2Limits, Site } from "../site/site.ts"

export type Level = "good" | "fair" | "poor"

export interface WallRoom {
    /** id of its device */
    id: string
    name: string
    /** parts by " / ": "Building A / Floor 1" */
    group: string | null
    limits: Co2Limits
    /** end of the latest reading, Unix s; null before the first */
    at: number | null
    /** CO2 of that reading; null if it has none */
    ppm: number | null
    /** true: `ppm` is eCO2, an estimate, because the device does not measure CO2 */
    estimated: boolean
    temperatureC: number | null
    humidityRh: number | null
    /** change of CO2 in 15 minutes */
    trendPpm: number | null
    /** of `ppm` by `limits` */
    level: Level | null
    /** end of the first reading, Unix s, since which it is fair or worse, or since which it is poor; null if it is good */
    levelSince: number | null
    /** the device is silent from then on unless it posts, Unix s; null before its first post */
    silentFrom: number | null
    sensorFailed: boolean
}

/** Body of `GET /api/v1/wall`. */
export interface Wall {
    /** Unix s */
    now: number
    site: Pick<Site, "name" | "timeZone">
    /** sorted by id */
    rooms: WallRoom[]
}

/** Of the event `room` of `GET /api/v1/stream?view=wall`: to be merged into what is known of the room. */
export type RoomChange = Pick<WallRoom, "id"> & Partial<WallRoom>

export function levelOf(ppm: number | null, { fairPpm, poorPpm }: Co2Limits): Level | null {
    if (ppm === null) return null
    return ppm >= poorPpm ? "poor" : ppm >= fairPpm ? "fair" : "good"
}

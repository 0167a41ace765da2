/** A room on the wall: what a person needs to see of its device from across the room. */

export type Level = "good" | "fair" | "poor"

/** The air is fair from `fairPpm` and poor from `poorPpm`, both inclusive. */
export interface AirLimits {
    fairPpm: number
    poorPpm: number
}

export interface WallRoom {
    /** id of its device */
    id: string
    name: string
    /** parts by " / ": "Building A / Floor 1" */
    group: string | null
    limits: AirLimits
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

/** How the school writes its name and its times. */
export interface WallSite {
    name: string
    /** IANA name */
    timeZone: string
}

/** Body of `GET /api/v1/wall`. */
export interface Wall {
    /** Unix s */
    now: number
    site: WallSite
    /** sorted by id */
    rooms: WallRoom[]
}

/** What changes only when a person changes it; the rest changes with each post. */
export type RoomName = Pick<WallRoom, "id" | "name" | "group" | "limits">
export type RoomAir = Omit<WallRoom, "name" | "group" | "limits">

export function levelOf(ppm: number | null, { fairPpm, poorPpm }: AirLimits): Level | null {
    if (ppm === null) return null
    return ppm >= poorPpm ? "poor" : ppm >= fairPpm ? "fair" : "good"
}

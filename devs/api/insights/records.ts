/** What happened in a room, as the API sends it. Imports only types, so that the page can use it too. */
import type { Figures } from "../school/records.ts"

/** A steep fall of CO2: windows were opened. Unix s, ppm. */
export interface Airing {
    from: number
    to: number
    fromPpm: number
    toPpm: number
}

/** A start of the device. */
export interface Restart {
    /** end of its first reading, Unix s */
    at: number
    /** as the device reported it, "power" after power-on or reset; null: only that of the latest start is known */
    reason: string | null
}

/**
 * - off: no power, or the device had just started
 * - lost: the device measured, and could not keep the readings
 * - sensor: the device sent readings without CO2
 * - silent: nothing has arrived since, it may still come
 */
export const gapCauses = ["off", "lost", "sensor", "silent"] as const
export type GapCause = (typeof gapCauses)[number]

/** A time without CO2, from the end of the last reading before to that of the first after it, Unix s. */
export interface Gap {
    from: number
    /** null: it goes on */
    to: number | null
    cause: GapCause
}

export interface Calibration {
    /** when the device took the command, Unix s */
    at: number
    /** the CO2 that it was told */
    ppm: number | null
    /** by how much the sensor was corrected; null where it does not say */
    changePpm: number | null
}

/** The air in the lessons of the range, up to now. */
export interface LessonAir extends Figures {
    /** the values are eCO2 */
    estimated: boolean
}

export interface RoomEvents {
    /** these three are null for a range that is too long to look for them */
    airings: Airing[] | null
    restarts: Restart[] | null
    gaps: Gap[] | null
    /** the latest, if it is in the range: devices report no others */
    calibrations: Calibration[]
    lessons: LessonAir
}

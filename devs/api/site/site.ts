/**
 * What belongs to the whole school: its name, limits of CO2, lesson hours, holidays and the groups of its rooms. A room
 * is a device. Nothing is imported here, so that pages can use it too.
 */

/** From `fairPpm` the air is fair, from `poorPpm` it is poor. */
export interface Co2Limits {
    fairPpm: number
    poorPpm: number
}

/**
 * Known limits. "school" is common in guidance for schools, such as that of REHVA; "uba" is that of the German
 * Environment Agency (Umweltbundesamt 2008, above 1000 and 2000 ppm), and what devices have without any.
 */
export const limitPresets = {
    school: { fairPpm: 800, poorPpm: 1400 },
    uba: { fairPpm: 1000, poorPpm: 2000 },
} satisfies Record<string, Co2Limits>

/** Between the limits of "school": the aim for the mean of a lesson. */
const SCHOOL_MARK_PPM = 1000

/** The mark of the limits that are chosen, ppm; null: they have none. */
export function markOf({ fairPpm, poorPpm }: Co2Limits): number | null {
    const { school } = limitPresets
    return fairPpm === school.fairPpm && poorPpm === school.poorPpm ? SCHOOL_MARK_PPM : null
}

export const siteLanguages = ["en", "de", "fr", "es", "it", "nl"] as const
export type SiteLanguage = (typeof siteLanguages)[number]

/** Times of a day, local: "08:00" to "13:00", or to "24:00". */
export interface LessonHours {
    from: string
    to: string
}

/** Local dates, "2026-12-21" to "2027-01-08", both inclusive. */
export interface Holiday {
    from: string
    to: string
    name: string
}

export interface Room {
    /** "Building A / Floor 1" */
    group?: string
    /** its own; those of the site when absent */
    limits?: Co2Limits
}

export interface SiteDocument {
    /** of the school; may be empty */
    name: string
    /** of pages and prints; null: that of the browser */
    language: SiteLanguage | null
    /** IANA name: "Europe/Berlin" */
    timeZone: string
    limits: Co2Limits
    /** days of the week from 1 for Monday */
    lessons: { days: number[]; hours: LessonHours[] }
    holidays: Holiday[]
    /** by the id of the device; a room without an entry has no group, and the limits of the site */
    rooms: Record<string, Room>
}

/** The document as it is stored; `revision` is 0 before the first change. */
export interface Site extends SiteDocument {
    revision: number
}

export function limitsOf({ limits, rooms }: Pick<SiteDocument, "limits" | "rooms">, deviceId: string): Co2Limits {
    return roomOf(rooms, deviceId).limits ?? limits
}

export function groupOf({ rooms }: Pick<SiteDocument, "rooms">, deviceId: string): string | null {
    return roomOf(rooms, deviceId).group ?? null
}

/** The parts of a group's name from the largest: ["Building A", "Floor 1"]; none without a group. */
export function groupParts(group: string | null): string[] {
    return (group ?? "")
        .split("/")
        .map(part => part.trim())
        .filter(part => part !== "")
}

function roomOf(rooms: SiteDocument["rooms"], deviceId: string): Room {
    return (Object.hasOwn(rooms, deviceId) ? rooms[deviceId] : undefined) ?? {}
}

/** What the wall takes from the settings of the whole school. */
import type { Sql } from "../store/database.ts"
import type { AirLimits, WallSite } from "./wall-room.ts"

export interface SiteOfWall {
    shown: WallSite
    /** rises when anything of it changes */
    revision: number
    limitsOf(id: string): AirLimits
    groupOf(id: string): string | null
}

/** The German Environment Agency's. */
const defaultLimits: AirLimits = { fairPpm: 1000, poorPpm: 2000 }

export async function siteOfWall(_sql: Sql): Promise<SiteOfWall> {
    return {
        shown: { name: "", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
        revision: 0,
        limitsOf: () => defaultLimits,
        groupOf: () => null,
    }
}

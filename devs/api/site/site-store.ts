/** The site's document in the database. */
import { SystemZone } from "luxon"
import type { Sql } from "../store/database.ts"
import { limitPresets, type Site, type SiteDocument } from "./site.ts"

/** The only key of the table `site`. */
const KEY = 1

/** Before anything is set: the zone is that of this machine. */
export function defaultSite(): SiteDocument {
    return {
        name: "",
        language: null,
        timeZone: SystemZone.instance.name,
        limits: limitPresets.uba,
        lessons: { days: [1, 2, 3, 4, 5], hours: [{ from: "08:00", to: "13:00" }] },
        holidays: [],
        rooms: {},
    }
}

/** What is stored, or `defaultSite` with revision 0. */
export async function readSite(sql: Sql): Promise<Site> {
    const row = await sql.selectFrom("site").select(["revision", "document"]).where("key", "=", KEY).executeTakeFirst()
    if (row === undefined) return { ...defaultSite(), revision: 0 }
    return { ...defaultSite(), ...JSON.parse(row.document), revision: row.revision }
}

/** The site's document in the database. */
import { SystemZone } from "luxon"
import { AirpinError } from "../../../certs/error.ts"
import type { Database, Sql } from "../store/database.ts"
import { writeChangedLimits } from "./device-limits.ts"
import { invalid } from "./document-schema.ts"
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

/** As `readSite`, and keeps other transactions from changing it until the end of this one. */
export async function lockSite(sql: Sql): Promise<Site> {
    // not SELECT … FOR UPDATE, which SQLite does not have
    await sql
        .updateTable("site")
        .set(({ ref }) => ({ revision: ref("revision") }))
        .where("key", "=", KEY)
        .execute()
    return await readSite(sql)
}

export interface SiteChange {
    site: Site
    /** ids of the devices that get other limits of CO2 */
    devices: string[]
}

/**
 * Stores a checked document whose revision is that of the stored one, and writes the limits of the devices that it
 * changes.
 *
 * @param setAt Unix seconds
 * @throws AirpinError SITE_CHANGED; SITE_DOCUMENT_INVALID if it has a room that is no device and was not there before;
 * SETTINGS_TOO_LONG
 */
export function writeSite(db: Database, { revision, ...document }: Site, setAt: number): Promise<SiteChange> {
    return db.transaction(async sql => {
        const before = await lockSite(sql)
        if (before.revision !== revision || !(await replace(sql, revision, document)))
            throw new AirpinError(
                "SITE_CHANGED",
                `the site has revision ${before.revision}, and the change is of revision ${revision}`,
            )
        await checkRooms(sql, document, before)
        const devices = await writeChangedLimits(sql, before, document, setAt)
        return { site: { ...document, revision: revision + 1 }, devices }
    })
}

/** False if another process stored the first document at this moment. */
async function replace(sql: Sql, revision: number, document: SiteDocument): Promise<boolean> {
    const row = { revision: revision + 1, document: JSON.stringify(document) }
    const { numInsertedOrUpdatedRows } = await sql
        .insertInto("site")
        .values({ key: KEY, ...row })
        .onConflict(conflict => conflict.column("key").doUpdateSet(row).where("site.revision", "=", revision))
        .executeTakeFirst()
    return Number(numInsertedOrUpdatedRows) > 0
}

/** A room whose device was deleted may stay: a device with its id may come again. */
async function checkRooms(sql: Sql, { rooms }: SiteDocument, before: SiteDocument): Promise<void> {
    const devices = await sql.selectFrom("devices").select("id").execute()
    const known = new Set([...devices.map(({ id }) => id), ...Object.keys(before.rooms)])
    const unknown = Object.keys(rooms).find(id => !known.has(id))
    if (unknown !== undefined) throw invalid(`rooms.${unknown}`, `there is no device ${unknown}`)
}

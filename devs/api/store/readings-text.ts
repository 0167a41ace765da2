/** Readings as JSON, made by the database: a day of them takes a third of the time that rows and JSON.stringify take. */
import { sql as text } from "kysely"
import type { Sql } from "./database.ts"
import { deviceKey } from "./devices.ts"
import { quantityMembers } from "./quantity-json.ts"
import { nextOf, pageQuery } from "./readings.ts"
import type { TimeRange } from "./records.ts"

/** As `ReadingPage`, but the readings are the text of a JSON array. */
export interface ReadingPageText {
    readings: string
    next: string | null
}

/**
 * What `readingPage` returns, with the readings as text.
 *
 * @throws AirpinError as `readingPage`
 */
export async function readingPageText(
    sql: Sql,
    id: string,
    range: TimeRange,
    limit: number,
    after?: string,
): Promise<ReadingPageText> {
    const device = await deviceKey(sql, id)
    const page = pageQuery(sql, device, range, limit, after).selectAll().as("page")
    const { count, rows } = await sql
        .selectFrom(page)
        .select(({ ref }) => {
            const values = quantityMembers(({ column }) => ref(column))
            const row = text`'{"time":' || ${ref("time")} || ',"boot":' || ${ref("boot")} || ',"seq":' || ${ref("seq")} || ${values} || '}'`
            const order = text`${ref("time")}, ${ref("boot")}, ${ref("seq")}`
            return [
                text<number>`count(*)`.as("count"),
                text<string | null>`string_agg(${row}, ',' ORDER BY ${order})`.as("rows"),
            ]
        })
        .executeTakeFirstOrThrow()
    if (rows === null) return { readings: "[]", next: null }
    const isLast = count <= limit
    const own = isLast ? rows : rows.slice(0, rows.lastIndexOf(",{"))
    return { readings: `[${await withBootIds(sql, device, own)}]`, next: isLast ? null : nextOf(lastRowOf(own)) }
}

/** @param rows objects without braces in them, separated by commas */
function lastRowOf(rows: string): { time: number; boot: number; seq: number } {
    return JSON.parse(rows.slice(rows.lastIndexOf("{")))
}

/** Replaces the number of each boot by its id. */
async function withBootIds(sql: Sql, device: number, rows: string): Promise<string> {
    const numbers = [...new Set(Array.from(rows.matchAll(BOOT), ([, boot]) => Number(boot)))]
    const boots = await sql
        .selectFrom("boots")
        .select(["boot", "id"])
        .where("device", "=", device)
        .where("boot", "in", numbers)
        .execute()
    const members = new Map(boots.map(({ boot, id }) => [`${boot}`, `"boot":${JSON.stringify(id)}`]))
    return rows.replace(BOOT, (member, boot) => members.get(boot) ?? member)
}

const BOOT = /"boot":(\d+)/g

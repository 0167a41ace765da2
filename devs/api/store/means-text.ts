/** Means as JSON, made by the database: a year by hour takes a quarter of the time that rows and JSON.stringify take. */
import { sql as text } from "kysely"
import type { Sql } from "./database.ts"
import { deviceKey } from "./devices.ts"
import { quantityMembers } from "./quantity-json.ts"
import { meanReadings, partsOf } from "./readings.ts"
import type { TimeRange } from "./records.ts"
import { type RollUpName, rollUpSeconds } from "./roll-ups.ts"

/**
 * What `meanReadings` returns, as the text of a JSON array. The number of rows is not bounded here.
 *
 * @throws AirpinError as `meanReadings`
 */
export async function meansText(sql: Sql, id: string, range: TimeRange, step: number): Promise<string> {
    const pieces = []
    for (const { table, ...part } of partsWithText(range, step))
        pieces.push(table ? await rollUpText(sql, id, table, part) : await piecesText(sql, id, part, step))
    return `[${pieces.filter(piece => piece !== "").join(",")}]`
}

/** A range, and the roll-up whose rows are the means over it; undefined where means are made of several rows. */
interface TextPart extends TimeRange {
    table: RollUpName | undefined
}

/** In the order of time. A row of a roll-up over just a step is the only one of its step. */
function partsWithText(range: TimeRange, step: number): TextPart[] {
    for (const { table, from, to } of partsOf(range, step)) {
        if (table === "readings" || rollUpSeconds[table] !== step) continue
        const before = { table: undefined, from: range.from, to: from - step }
        const after = { table: undefined, from: to + 1, to: range.to }
        return [before, { table, from, to }, after].filter(part => part.from <= part.to)
    }
    return [{ table: undefined, ...range }]
}

async function piecesText(sql: Sql, id: string, range: TimeRange, step: number): Promise<string> {
    return JSON.stringify(await meanReadings(sql, id, range, step)).slice(1, -1)
}

async function rollUpText(sql: Sql, id: string, table: RollUpName, { from, to }: TimeRange): Promise<string> {
    const { rows } = await sql
        .selectFrom(table)
        .select(({ ref }) => {
            const values = quantityMembers(({ column }) => {
                const mean = text`cast(${ref(`${column}Sum`)} AS double precision) / nullif(${ref(`${column}Count`)}, 0)`
                // as Math.round does
                return text`cast(floor(${mean} + 0.5) AS bigint)`
            })
            const row = text`'{"time":' || ${ref("time")} || ',"count":' || ${ref("count")} || ${values} || '}'`
            return text<string | null>`string_agg(${row}, ',' ORDER BY ${ref("time")})`.as("rows")
        })
        .where("device", "=", await deviceKey(sql, id))
        .where("time", ">=", from)
        .where("time", "<=", to)
        .executeTakeFirstOrThrow()
    return rows ?? ""
}

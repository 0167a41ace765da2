/** Copies an SQLite database into an empty PostgreSQL database, in steps; an interrupted copy goes on where it was. */
import { createHash } from "node:crypto"
import { sql } from "kysely"
import { AirpinError } from "../../../certs/error.ts"
import type { Database, Sql } from "../store/database.ts"
import { Partitions } from "../store/postgres/partitions.ts"
import { readingsDefinition, type TableDefinition, tableDefinitions } from "../store/schema.ts"

/** Rows of a step: about 1 MB of JSON, 50 ms. */
const STEP_ROWS = 5000

/** The row of `state` in the target, while it is not complete: where it comes from, and the state of that. */
export const MOVING = "moving"
/** Rows of `state` that belong to one database and are not copied. */
const ownStates = [MOVING, "schemaVersion"]

/** What the processes of one database do at the moment is not copied. */
const tables = [...tableDefinitions, readingsDefinition].filter(({ name }) => name !== "leases")

export interface TableCounts {
    table: string
    from: number
    to: number
}

type Row = Record<string, unknown>

/** @param done rows copied so far, of `total` in all tables */
export type OnMoveProgress = (done: number, total: number, table: string) => void

/**
 * Nothing is written to the source meanwhile.
 *
 * @returns the rows of each table on both sides, which are equal
 * @throws AirpinError MOVE_TARGET_USED, MOVE_COUNTS_DIFFER; as `Database`
 */
export function move(from: Database, to: Database, onProgress: OnMoveProgress): Promise<TableCounts[]> {
    // the transaction keeps other processes from writing
    return from.transaction(async source => {
        const counts = await countRows(source)
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
        await prepareTarget(to, { from: from.place, state: await stateOf(source, counts) })
        let done = 0
        for (const table of tables)
            for await (const rows of copyTable(source, to, table)) onProgress((done += rows), total, table.name)
        const compared = [...(await countRows(to.sql))].map(([table, count]) => ({
            table,
            from: counts.get(table) ?? 0,
            to: count,
        }))
        const different = compared.find(({ from, to }) => from !== to)
        if (different)
            throw new AirpinError(
                "MOVE_COUNTS_DIFFER",
                `${different.table} has ${different.from} rows in ${from.place} and ${different.to} in ${to.place}`,
            )
        await to.sql.deleteFrom("state").where("name", "=", MOVING).execute()
        return compared
    })
}

/** Throws if a database holds half of a move. */
export async function assertNotMoving(db: Database): Promise<void> {
    const moving = await db.sql.selectFrom("state").select("value").where("name", "=", MOVING).executeTakeFirst()
    if (moving === undefined) return
    const { from } = JSON.parse(moving.value)
    throw new AirpinError("MOVE_UNFINISHED", `${db.place} holds a part of ${from}: airpin db move was interrupted`)
}

/**
 * Marks an empty target. A target with a part of the same source is kept; if the source has changed since, it is
 * emptied.
 *
 * @throws AirpinError MOVE_TARGET_USED
 */
async function prepareTarget(to: Database, mark: { from: string; state: string }): Promise<void> {
    const value = JSON.stringify(mark)
    await to.transaction(async target => {
        const moving = await target.selectFrom("state").select("value").where("name", "=", MOVING).executeTakeFirst()
        if (moving?.value === value) return
        const isOfSource = moving !== undefined && JSON.parse(moving.value).from === mark.from
        if (!isOfSource && [...(await countRows(target)).values()].some(count => count > 0))
            throw new AirpinError("MOVE_TARGET_USED", `${to.place} has data of its own`)
        for (const { name } of tables)
            if (name !== "state") await sql`TRUNCATE TABLE ${sql.table(name)}`.execute(target)
        await target.deleteFrom("state").where("name", "not in", ownStates).execute()
        await target
            .insertInto("state")
            .values({ name: MOVING, value })
            .onConflict(conflict => conflict.column("name").doUpdateSet({ value }))
            .execute()
    })
}

/** Copies the rows that the target does not have yet; yields the rows of each step, those it had included. */
async function* copyTable(source: Sql, to: Database, table: TableDefinition): AsyncGenerator<number> {
    const partitions = new Partitions(to.sql)
    const keys = sql.join(table.primaryKey.map(name => sql.ref(name)))
    let last = await lastKey(to.sql, table)
    if (last) yield await countUpTo(source, table, last)
    for (;;) {
        const after = last ? sql`WHERE (${keys}) > (${sql.join(last)})` : sql``
        const step = sql<Row>`SELECT * FROM ${sql.table(table.name)} ${after} ORDER BY ${keys} LIMIT ${STEP_ROWS}`
        const { rows } = await step.execute(source)
        const end = rows.at(-1)
        if (end === undefined) return
        if (table === readingsDefinition) await partitions.make(rows.map(({ time }) => Number(time)))
        await insertRows(
            to,
            table,
            rows.filter(row => !isOwnState(table, row)),
        )
        last = table.primaryKey.map(name => end[name])
        yield rows.length
    }
}

async function insertRows(to: Database, { name }: TableDefinition, rows: Row[]): Promise<void> {
    const [first] = rows
    if (first === undefined) return
    const columns = sql.join(Object.keys(first).map(column => sql.ref(column)))
    await to.transaction(target =>
        sql`INSERT INTO ${sql.table(name)} (${columns})
            SELECT ${columns} FROM json_populate_recordset(NULL::${sql.table(name)}, ${JSON.stringify(rows)}::json)
            ON CONFLICT DO NOTHING`.execute(target),
    )
}

/**
 * The greatest key in the target, from which the copy goes on; undefined for a table with texts in its key, which the
 * two databases may sort in different orders: its rows are few, and are copied from the first.
 */
async function lastKey(target: Sql, { name, primaryKey }: TableDefinition): Promise<unknown[] | undefined> {
    const keys = primaryKey.map(column => sql.ref(column))
    const order = sql.join(keys.map(key => sql`${key} DESC`))
    const greatest = sql<Row>`SELECT ${sql.join(keys)} FROM ${sql.table(name)} ORDER BY ${order} LIMIT 1`
    const [row] = (await greatest.execute(target)).rows
    const values = primaryKey.map(column => row?.[column])
    return values.every(value => typeof value === "number") ? values : undefined
}

async function countUpTo(source: Sql, { name, primaryKey }: TableDefinition, key: unknown[]): Promise<number> {
    const keys = sql.join(primaryKey.map(column => sql.ref(column)))
    const count = sql<{ count: number }>`
        SELECT count(*) AS count FROM ${sql.table(name)} WHERE (${keys}) <= (${sql.join(key)})`
    return Number((await count.execute(source)).rows[0]?.count ?? 0)
}

async function countRows(query: Sql): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const { name } of tables) {
        const own = name === "state" ? sql`WHERE name NOT IN (${sql.join(ownStates)})` : sql``
        const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(name)} ${own}`.execute(
            query,
        )
        counts.set(name, Number(rows[0]?.count ?? 0))
    }
    return counts
}

const isOwnState = ({ name }: TableDefinition, row: Row) => name === "state" && ownStates.includes(String(row.name))

/** Changes with whatever a server, a command or retention writes. */
async function stateOf(source: Sql, counts: Map<string, number>): Promise<string> {
    const hash = createHash("sha256").update(JSON.stringify([...counts]))
    for (const { name, primaryKey } of tables) {
        if (primaryKey.includes("time")) continue
        const keys = sql.join(primaryKey.map(column => sql.ref(column)))
        const { rows } = await sql<Row>`SELECT * FROM ${sql.table(name)} ORDER BY ${keys}`.execute(source)
        hash.update(JSON.stringify(rows.filter(row => !isOwnState({ name, primaryKey, columns: [] }, row))))
    }
    return hash.digest("hex")
}

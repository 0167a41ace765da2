/** Creates and upgrades the tables; any number of processes may open one database at the same moment. */
import type pg from "pg"
import { AirpinError } from "../../../../certs/error.ts"
import { pinsTable, SCHEMA_VERSION, siteTable, tableDefinitions, tableText } from "../schema.ts"
import { columnTypes, layoutFor, tableTexts } from "./schema.ts"

/** The row of `state` with the version of the tables; who changes tables or partitions locks it first. */
export const VERSION_ROW = "schemaVersion"

/** Statements that bring the tables of the version before to each version; earlier ones existed on SQLite only. */
const upgrades = [
    { version: 7, statements: [columnTypes(tableText(pinsTable))] },
    { version: 8, statements: [columnTypes(tableText(siteTable))] },
]

/** SQLSTATEs of CREATE TABLE IF NOT EXISTS when another process creates the table at the same moment. */
const CREATED_BY_OTHER = ["23505", "42P07", "42710"]

/**
 * Brings the tables to the version of this program, in one transaction.
 *
 * @throws AirpinError STORE_VERSION if a later version of airpin made them; errors of pg as they are
 */
export async function migrate(client: pg.ClientBase): Promise<void> {
    if ((await storedVersion(client)) === SCHEMA_VERSION) return
    await createState(client)
    await client.query("BEGIN")
    try {
        const before = await lockedVersion(client)
        const statements =
            before === 0
                ? tableTexts(layoutFor(await serverVersion(client), await extensions(client)))
                : upgrades.filter(({ version }) => version > before).flatMap(({ statements }) => statements)
        for (const statement of statements) await client.query(statement)
        await client.query("UPDATE state SET value = $1 WHERE name = $2", [String(SCHEMA_VERSION), VERSION_ROW])
        await client.query("COMMIT")
    } catch (error) {
        await client.query("ROLLBACK")
        throw error
    }
}

/** 0 in an empty database. */
async function storedVersion(client: pg.ClientBase): Promise<number> {
    const { rows } = await client.query<{ has: boolean }>("SELECT to_regclass('state') IS NOT NULL AS has")
    if (!rows[0]?.has) return 0
    return checked(await client.query("SELECT value FROM state WHERE name = $1", [VERSION_ROW]))
}

/** Locks the row, so that one process at a time changes the tables. */
async function lockedVersion(client: pg.ClientBase): Promise<number> {
    return checked(await client.query("UPDATE state SET value = value WHERE name = $1 RETURNING value", [VERSION_ROW]))
}

function checked({ rows }: pg.QueryResult<{ value: string }>): number {
    const version = Number(rows[0]?.value ?? 0)
    if (version <= SCHEMA_VERSION) return version
    throw new AirpinError(
        "STORE_VERSION",
        `the database has schema version ${version}, this airpin reads version ${SCHEMA_VERSION}`,
    )
}

async function createState(client: pg.ClientBase): Promise<void> {
    const [text = ""] = tableDefinitions.filter(({ name }) => name === "state").map(tableText)
    try {
        await client.query(text.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    } catch (error) {
        if (!CREATED_BY_OTHER.includes(String(Object(error).code))) throw error
    }
    await client.query("INSERT INTO state (name, value) VALUES ($1, '0') ON CONFLICT (name) DO NOTHING", [VERSION_ROW])
}

async function serverVersion(client: pg.ClientBase): Promise<string> {
    const { rows } = await client.query<{ version: string }>("SELECT version() AS version")
    return rows[0]?.version ?? ""
}

async function extensions(client: pg.ClientBase): Promise<string[]> {
    const { rows } = await client.query<{ extname: string }>("SELECT extname FROM pg_extension")
    return rows.map(({ extname }) => extname)
}

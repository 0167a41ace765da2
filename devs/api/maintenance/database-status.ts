/** What a database holds and how large it is. */
import { stat } from "node:fs/promises"
import { sql } from "kysely"
import type { Database, Sql } from "../store/database.ts"
import { readingsDefinition, SCHEMA_VERSION, tableDefinitions } from "../store/schema.ts"

export interface TableStatus {
    table: string
    /** on PostgreSQL an estimate of its statistics */
    rows: number
    /** with its indexes */
    bytes: number
}

export interface DatabaseStatus {
    place: string
    kind: Database["kind"]
    schemaVersion: number
    /** of the database system, "SQLite 3.50.1" */
    system: string
    /** on the disk, without the log of SQLite */
    bytes: number
    /** of these, free for new rows; on SQLite only */
    freeBytes?: number
    /** the log beside the file of SQLite, which is written into it from time to time */
    logBytes?: number
    tables: TableStatus[]
    devices: number
    /** times of the first and the last reading, Unix seconds; null without readings */
    oldest: number | null
    newest: number | null
    /** of the table of readings, and of all tables together; null without readings */
    bytesPerReading: { raw: number; all: number } | null
}

/** @throws as `Database` */
export async function databaseStatus(db: Database): Promise<DatabaseStatus> {
    const { tables, ...size } = await (db.kind === "sqlite" ? sqliteSize(db) : postgresSize(db.sql))
    const readings = tables.find(({ table }) => table === readingsDefinition.name)
    const all = tables.reduce((sum, { bytes }) => sum + bytes, 0)
    return {
        place: db.place,
        kind: db.kind,
        schemaVersion: SCHEMA_VERSION,
        ...size,
        tables: tables.toSorted((a, b) => b.bytes - a.bytes),
        ...(await extent(db.sql)),
        bytesPerReading: readings?.rows ? { raw: readings.bytes / readings.rows, all: all / readings.rows } : null,
    }
}

const tableNames = [readingsDefinition, ...tableDefinitions].map(({ name }) => name)

type Size = Pick<DatabaseStatus, "system" | "bytes" | "freeBytes" | "logBytes" | "tables">

async function sqliteSize(db: Database): Promise<Size> {
    const row = await first<{ version: string; pages: number; free: number; page: number }>(
        db.sql,
        sql`SELECT sqlite_version() AS version, page_count AS pages, freelist_count AS free, page_size AS page
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    )
    const stored = await sql<{ name: string; bytes: number }>`
        SELECT coalesce(tbl_name, stored.name) AS name, sum(pgsize) AS bytes
        FROM dbstat AS stored LEFT JOIN sqlite_schema ON sqlite_schema.name = stored.name
        WHERE aggregate = TRUE GROUP BY 1`.execute(db.sql)
    const bytesOf = new Map(stored.rows.map(({ name, bytes }) => [name, bytes]))
    const tables: TableStatus[] = []
    for (const table of tableNames) {
        const { rows } = await first<{ rows: number }>(db.sql, sql`SELECT count(*) AS rows FROM ${sql.table(table)}`)
        tables.push({ table, rows, bytes: bytesOf.get(table) ?? 0 })
    }
    const log = await stat(`${db.place}-wal`).catch(() => undefined)
    return {
        system: `SQLite ${row.version}`,
        bytes: row.pages * row.page,
        freeBytes: row.free * row.page,
        logBytes: log?.size ?? 0,
        tables,
    }
}

async function postgresSize(query: Sql): Promise<Size> {
    const { version, bytes } = await first<{ version: string; bytes: number }>(
        query,
        sql`SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes`,
    )
    const tables: TableStatus[] = []
    for (const table of tableNames) {
        // the table itself, or its partitions; statistics are -1 before the first ANALYZE
        const size = await first<{ rows: number; bytes: number }>(
            query,
            sql`SELECT coalesce(sum(greatest(reltuples, 0)), 0) AS rows,
                    coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) AS bytes
                FROM pg_class WHERE relkind = 'r' AND (oid = to_regclass(${`"${table}"`})
                    OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(${`"${table}"`})))`,
        )
        tables.push({ table, rows: Number(size.rows), bytes: Number(size.bytes) })
    }
    return { system: `PostgreSQL ${version}`, bytes: Number(bytes), tables }
}

/** The ends are looked up for each device, because the key of the readings begins with it. */
async function extent(query: Sql): Promise<Pick<DatabaseStatus, "devices" | "oldest" | "newest">> {
    const ends = await query
        .selectFrom("devices")
        .select(({ selectFrom }) => [
            "newestAt",
            selectFrom("readings")
                .select("time")
                .whereRef("device", "=", "devices.key")
                .orderBy("time")
                .limit(1)
                .as("oldest"),
        ])
        .execute()
    const oldest = ends.flatMap(({ oldest }) => oldest ?? [])
    const newest = ends.flatMap(({ newestAt }) => newestAt ?? [])
    return {
        devices: ends.length,
        oldest: oldest.length > 0 ? Math.min(...oldest) : null,
        newest: newest.length > 0 ? Math.max(...newest) : null,
    }
}

async function first<Result>(query: Sql, text: ReturnType<typeof sql>): Promise<Result> {
    const { rows } = await sql<Result>`${text}`.execute(query)
    const [row] = rows
    if (row === undefined) throw new Error("a query for one row returned none")
    return row
}

/** Kysely on an open SQLite connection. Statements are compiled once; errors of SQLite become AirpinErrors. */
import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite"
import {
    CompiledQuery,
    type DatabaseConnection,
    type Dialect,
    type Driver,
    type QueryResult,
    SqliteAdapter,
    SqliteIntrospector,
    SqliteQueryCompiler,
} from "kysely"
import { LRUCache } from "lru-cache"
import { translated } from "./sqlite-error.ts"

/** Texts of queries differ by the number of their values; each compiled statement takes a few kB. */
const MAX_STATEMENTS = 200

export function sqliteDialect(database: DatabaseSyncInstance): Dialect {
    return {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new SqliteDriver(database),
        createIntrospector: db => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
    }
}

class SqliteDriver implements Driver {
    readonly #connection: SqliteConnection

    constructor(database: DatabaseSyncInstance) {
        this.#connection = new SqliteConnection(database)
    }

    async init(): Promise<void> {}

    async acquireConnection(): Promise<DatabaseConnection> {
        return this.#connection
    }

    async beginTransaction(): Promise<void> {
        // takes the lock at once: a transaction that reads first cannot take it later if another process has written
        await this.#connection.executeQuery(CompiledQuery.raw("BEGIN IMMEDIATE"))
    }

    async commitTransaction(): Promise<void> {
        await this.#connection.executeQuery(CompiledQuery.raw("COMMIT"))
    }

    async rollbackTransaction(): Promise<void> {
        this.#connection.rollBack()
    }

    async releaseConnection(): Promise<void> {}

    async destroy(): Promise<void> {}
}

class SqliteConnection implements DatabaseConnection {
    readonly #database: DatabaseSyncInstance
    readonly #statements = new LRUCache<string, Compiled>({ max: MAX_STATEMENTS })

    constructor(database: DatabaseSyncInstance) {
        this.#database = database
    }

    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        return translated(() => {
            const { statement, names } = this.#statement(sql)
            if (names.length > 0) return { rows: statement.all(...parameters).map(values => rowOf(names, values)) }
            return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) }
        })
    }

    streamQuery(): never {
        throw new Error("streams are not used: long results are read in pages")
    }

    /** SQLite rolls back by itself when the disk is full. */
    rollBack(): void {
        if (this.#database.isTransaction) translated(() => this.#database.exec("ROLLBACK"))
    }

    #statement(sql: string): Compiled {
        const known = this.#statements.get(sql)
        if (known) return known
        const statement = this.#database.prepare(sql)
        const names = statement.columns().map(({ name }) => name)
        statement.setReturnArrays(true)
        const compiled = { statement, names }
        this.#statements.set(sql, compiled)
        return compiled
    }
}

/** A compiled statement, and the names of the columns that it returns: none if it returns no rows. */
interface Compiled {
    /** returns each row as an array, which takes half as long as an object that the binding makes */
    statement: StatementSyncInstance
    names: string[]
}

function rowOf<Row>(names: string[], values: unknown[]): Row {
    const row: Record<string, unknown> = {}
    for (let at = 0; at < names.length; at++) row[names[at] ?? ""] = values[at]
    return row as Row
}

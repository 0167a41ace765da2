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
    readonly #statements = new LRUCache<string, StatementSyncInstance>({ max: MAX_STATEMENTS })

    constructor(database: DatabaseSyncInstance) {
        this.#database = database
    }

    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        return translated(() => {
            const statement = this.#statement(sql)
            if (statement.columns().length > 0) return { rows: statement.all(...parameters) }
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

    #statement(sql: string): StatementSyncInstance {
        const known = this.#statements.get(sql)
        if (known) return known
        const statement = this.#database.prepare(sql)
        this.#statements.set(sql, statement)
        return statement
    }
}

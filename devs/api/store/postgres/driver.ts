/** A driver of Kysely on a pool of pg, which never takes a commit for durable that a replica did not confirm. */
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from "kysely"
import type pg from "pg"
import { AirpinError } from "../../../../certs/error.ts"
import { endsConnection, postgresError } from "./errors.ts"

/** Statements whose parsed form each connection keeps: the text, and a name for it. */
export type PreparedStatements = ReadonlyMap<string, string>

export class PostgresDriver implements Driver {
    readonly #pool: pg.Pool
    readonly #prepared: PreparedStatements
    readonly #connections = new WeakMap<pg.PoolClient, PostgresConnection>()
    /** rises when a connection is lost: those opened before went to the same server, and are not used again */
    #generation = 0

    constructor(pool: pg.Pool, prepared: PreparedStatements) {
        this.#pool = pool
        this.#prepared = prepared
        pool.on("error", () => this.#generation++)
    }

    async init(): Promise<void> {}

    /** @throws AirpinError */
    async acquireConnection(): Promise<PostgresConnection> {
        for (;;) {
            const client = await this.#pool.connect().catch((error: unknown) => {
                throw postgresError(error)
            })
            const connection = this.#connections.get(client) ?? this.#add(client)
            if (connection.generation === this.#generation) return connection
            connection.release(true)
        }
    }

    #add(client: pg.PoolClient): PostgresConnection {
        const connection = new PostgresConnection(client, this.#prepared, this.#generation, () => this.#generation++)
        this.#connections.set(client, connection)
        return connection
    }

    async beginTransaction(connection: DatabaseConnection): Promise<void> {
        await connection.executeQuery(CompiledQuery.raw("BEGIN"))
    }

    async commitTransaction(connection: DatabaseConnection): Promise<void> {
        await connection.executeQuery(CompiledQuery.raw("COMMIT"))
    }

    async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
        // After COMMIT there is nothing to roll back, and on a lost connection PostgreSQL does it.
        if (connection instanceof PostgresConnection && connection.isInTransaction)
            await connection.executeQuery(CompiledQuery.raw("ROLLBACK"))
    }

    async releaseConnection(connection: DatabaseConnection): Promise<void> {
        if (connection instanceof PostgresConnection) connection.release()
    }

    async destroy(): Promise<void> {
        await this.#pool.end()
    }
}

export class PostgresConnection implements DatabaseConnection {
    readonly generation: number
    readonly #client: pg.PoolClient
    readonly #prepared: PreparedStatements
    readonly #onLost: () => void
    #lost: AirpinError | undefined
    /** the last warning of the statement that runs */
    #warning: string | undefined

    constructor(client: pg.PoolClient, prepared: PreparedStatements, generation: number, onLost: () => void) {
        this.#client = client
        this.#prepared = prepared
        this.generation = generation
        this.#onLost = onLost
        client.on("notice", ({ code = "", message = "" }) => {
            if (!code.startsWith("00")) this.#warning = `${message} (${code})`
        })
        // Without a listener an error between two statements would end the process.
        client.on("error", error => this.#lose(postgresError(error)))
    }

    get isInTransaction(): boolean {
        return this.#lost === undefined && this.#client.getTransactionStatus() !== "I"
    }

    /**
     * Statements may be sent before the results of those before have come.
     *
     * @throws AirpinError STORE_NOT_DURABLE, and those of `postgresError`
     */
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        if (this.#lost) throw this.#lost
        this.#warning = undefined
        const { command, rowCount, rows } = await this.#run(sql, parameters)
        this.#checkDurable(sql, command)
        return { numAffectedRows: BigInt(rowCount ?? 0), rows }
    }

    /** Rows arrive in pages of a query each; nothing of airpin keeps a cursor open. */
    // biome-ignore lint/correctness/useYield: part of the interface
    async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
        throw new Error("this driver streams no query")
    }

    /** @param destroy true closes it instead of keeping it for others; one within a transaction is never kept */
    release(destroy = this.#lost !== undefined || this.isInTransaction): void {
        this.#client.release(destroy)
    }

    async #run(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
        const name = this.#prepared.get(text)
        try {
            return await this.#client.query({ text, values: [...parameters], ...(name && { name }) })
        } catch (error) {
            const known = postgresError(error)
            if (endsConnection(known)) this.#lose(known)
            throw known
        }
    }

    /**
     * When the wait for a synchronous replica is cancelled, PostgreSQL has committed on the primary alone and says so
     * in nothing but a warning of SQLSTATE 01000 (src/backend/replication/syncrep.c, SyncRepWaitForLSN). A COMMIT of
     * a transaction that failed is completed with the command tag ROLLBACK.
     */
    #checkDurable(sql: string, command: string): void {
        if (sql === "COMMIT" && command !== "COMMIT")
            throw new AirpinError("STORE_NOT_DURABLE", `PostgreSQL answered COMMIT with ${command}`)
        const isCommitted = this.#client.getTransactionStatus() === "I" && !["SELECT", "ROLLBACK"].includes(command)
        if (isCommitted && this.#warning !== undefined)
            throw new AirpinError("STORE_NOT_DURABLE", `PostgreSQL did not confirm the commit: ${this.#warning}`)
    }

    #lose(error: AirpinError): void {
        if (this.#lost === undefined) this.#onLost()
        this.#lost ??= error
    }
}

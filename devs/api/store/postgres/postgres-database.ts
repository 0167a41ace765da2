/** Opens a PostgreSQL database. */
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely"
import pg from "pg"
import { AirpinError } from "../../../../certs/error.ts"
import { type Database, MAX_GROUP_POSTS, type Sql } from "../database.ts"
import type { Appended, Post } from "../records.ts"
import type { Tables } from "../tables.ts"
import { PostgresDriver } from "./driver.ts"
import { isRetryable, postgresError, sqlStateOf } from "./errors.ts"
import { appendGroup, groupStatements } from "./group-statements.ts"
import { migrate } from "./migrate.ts"
import { Partitions } from "./partitions.ts"
import { type OnWarning, prepareSession } from "./session.ts"
import { type PostgresAddress, parsePostgresUrl, placeOf } from "./url.ts"

/** One writes, the others read; PostgreSQL allows 100 by default, which several processes share. */
const MAX_CONNECTIONS = 10

/** To connect, or to wait for a connection of the pool. */
const CONNECT_TIMEOUT_MS = 5_000

/** Longer than the server's own limit of a statement, so that only a server that hangs reaches it. */
const QUERY_TIMEOUT_MS = 12_000

const MAX_ATTEMPTS = 5
const MAX_PAUSE_MS = 50

/** A server that hangs does not confirm the end of its connections. */
const CLOSE_TIMEOUT_MS = 2_000

const WRITE_CHECK_INTERVAL_MS = 5_000

/** SQLSTATE of a reading for which there is no partition: one that another process has deleted. */
const NO_PARTITION = "23514"

const prepared = new Map(groupStatements.map((text, at) => [text, `group${at}`]))

/** Oids of int8 and numeric: counts, times and sums, all of them far below 2^53. */
const NUMBERS = [20, 1700]

export interface PostgresOptions {
    /** called with a sentence when the server's settings are weaker than they should be */
    onWarning?: OnWarning
}

/**
 * Opens the database, and creates or upgrades its tables.
 *
 * @param url as `parsePostgresUrl` takes it
 * @throws AirpinError STORE_URL_INVALID, STORE_VERSION, STORE_UNSAFE, and those of `postgresError`
 */
export async function openPostgres(
    url: string,
    { onWarning = () => undefined }: PostgresOptions = {},
): Promise<Database> {
    const address = parsePostgresUrl(url)
    const config = configOf(address)
    const place = placeOf(address)
    const warn = once((message: string) => onWarning(`${place}: ${message}`))
    try {
        await withClient(config, async client => {
            await prepareSession(client, warn)
            // An upgrade may take long.
            await client.query("SET statement_timeout = 0")
            await migrate(client)
        })
        const pool = new pg.Pool({
            ...config,
            max: MAX_CONNECTIONS,
            query_timeout: QUERY_TIMEOUT_MS,
            pipeline: true,
            onConnect: client => prepareSession(client, warn),
        })
        const database = new PostgresDatabase(place, pool)
        await database.prepare()
        return database
    } catch (error) {
        const { code, message, nextStep, cause } = postgresError(error)
        throw new AirpinError(code, `${place}: ${message}`, nextStep, { cause })
    }
}

class PostgresDatabase implements Database {
    readonly kind = "postgres"
    /** Two and four at once were tried, and stored less: smaller groups cost more CPU than the wait for the disk saves. */
    readonly groups = { maxPosts: MAX_GROUP_POSTS, atOnce: 1 }
    readonly place: string
    readonly sql: Kysely<Tables>
    readonly #driver: PostgresDriver
    readonly #partitions: Partitions
    #wroteAtMs = -Infinity

    constructor(place: string, pool: pg.Pool) {
        this.place = place
        this.#driver = new PostgresDriver(pool, prepared)
        this.sql = new Kysely<Tables>({
            dialect: {
                createAdapter: () => new PostgresAdapter(),
                createDriver: () => this.#driver,
                createIntrospector: kysely => new PostgresIntrospector(kysely),
                createQueryCompiler: () => new PostgresQueryCompiler(),
            },
        })
        this.#partitions = new Partitions(this.sql)
    }

    /** Makes the partition of this month and the next. */
    async prepare(): Promise<void> {
        await this.#partitions.make([Date.now() / 1000])
    }

    transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
        return this.#write(() => this.sql.transaction().execute(work))
    }

    async append(posts: Post[]): Promise<(Appended | AirpinError)[]> {
        const times = posts.flatMap(({ batch }) => [batch.time, batch.time + (batch.values.length - 1) * batch.step])
        await this.#partitions.make(times)
        try {
            return await this.#append(posts)
        } catch (error) {
            if (sqlStateOf(error) !== NO_PARTITION) throw error
            this.#partitions.forget()
        }
        await this.#partitions.make(times)
        return await this.#append(posts)
    }

    #append(posts: Post[]): Promise<(Appended | AirpinError)[]> {
        return this.#write(async () => {
            const connection = await this.#driver.acquireConnection()
            try {
                return await appendGroup(connection, posts)
            } finally {
                connection.release()
            }
        })
    }

    /** Does the work again after a deadlock or its like. */
    async #write<Result>(work: () => Promise<Result>): Promise<Result> {
        for (let attempt = 1; ; attempt++) {
            try {
                const result = await work()
                this.#wroteAtMs = performance.now()
                return result
            } catch (error) {
                this.#wroteAtMs = -Infinity
                if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error
            }
            await sleep(Math.random() * MAX_PAUSE_MS * attempt)
        }
    }

    async check(): Promise<void> {
        if (performance.now() - this.#wroteAtMs < WRITE_CHECK_INTERVAL_MS) return
        const row = { name: "checkedAt", value: String(Math.floor(Date.now() / 1000)) }
        await this.transaction(sql =>
            sql
                .insertInto("state")
                .values(row)
                .onConflict(conflict => conflict.column("name").doUpdateSet({ value: row.value }))
                .execute(),
        )
    }

    async close(): Promise<void> {
        await Promise.race([this.sql.destroy(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    }
}

function configOf({ host, port, database, user, password, applicationName, tls }: PostgresAddress): pg.ClientConfig {
    const { rootCert, cert, key } = tls ?? {}
    return {
        host,
        port,
        database,
        user,
        password,
        application_name: applicationName,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        // Named, so that no environment variable of Node.js or PostgreSQL switches the verification off.
        ssl: tls !== undefined && {
            rejectUnauthorized: true,
            minVersion: "TLSv1.2",
            ...(rootCert && { ca: readFileSync(rootCert) }),
            ...(cert && { cert: readFileSync(cert) }),
            ...(key && { key: readFileSync(key) }),
        },
        types: {
            getTypeParser: (oid: number, format?: "text" | "binary") =>
                NUMBERS.includes(oid) ? Number : pg.types.getTypeParser(oid, format),
        },
    }
}

async function withClient(config: pg.ClientConfig, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client(config)
    // A lost connection also fails the query that runs.
    client.on("error", () => {})
    await client.connect()
    try {
        await work(client)
    } finally {
        await client.end()
    }
}

/** Calls `warn` once for each message, of however many connections. */
function once(warn: OnWarning): OnWarning {
    const said = new Set<string>()
    return message => {
        if (!said.has(message)) warn(message)
        said.add(message)
    }
}

import pg from "pg"

const CONNECT_TIMEOUT_MS = 3_000
const QUERY_TIMEOUT_MS = 10_000

export interface SqlAddress {
    port: number
    user: string
    password: string
    database: string
}

export const urlOf = ({ port, user, password, database }: SqlAddress) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${database}`

export interface SqlSession {
    query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
    /** SQLSTATEs of the warnings so far */
    warnings: string[]
}

/** The result of `use` with a connection of its own. @throws what pg and `use` throw */
export async function withSql<Result>(
    { port, user, password, database }: SqlAddress,
    use: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
    const client = new pg.Client({
        host: "127.0.0.1",
        port,
        user,
        password,
        database,
        application_name: "ha-test",
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: QUERY_TIMEOUT_MS,
    })
    const warnings: string[] = []
    client.on("notice", notice => notice.code && warnings.push(notice.code))
    client.on("error", () => undefined) // a query that waits gets it too
    try {
        await client.connect()
        return await use({
            warnings,
            query: async <Row extends object>(text: string, values: unknown[] = []) =>
                (await client.query<Row>(text, values)).rows,
        })
    } finally {
        await client.end().catch(() => undefined)
    }
}

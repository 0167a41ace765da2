import assert from "node:assert/strict"
import { sql } from "kysely"
import { AirpinError } from "../../../certs/error.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openPostgres } from "../../../devs/api/store/postgres/postgres-database.ts"
import { embedded, type PostgresServer, sharedServer } from "./support/postgres-server.ts"

describe("errors of PostgreSQL", () => {
    let server: PostgresServer
    let url: string
    let database: Database

    before(async function () {
        if (embedded.bin === undefined) return this.skip()
        server = await sharedServer(embedded.bin)
        url = await server.createDatabase()
        database = await openPostgres(url)
    })
    after(() => database?.close())

    const codes: [sqlState: string, code: string][] = [
        ["08006", "STORE_UNREACHABLE"],
        ["25006", "STORE_UNREACHABLE"],
        ["53300", "STORE_UNREACHABLE"],
        ["57P01", "STORE_UNREACHABLE"],
        ["57P03", "STORE_UNREACHABLE"],
        ["28P01", "STORE_LOGIN_REFUSED"],
        ["3D000", "STORE_LOGIN_REFUSED"],
        ["42501", "STORE_LOGIN_REFUSED"],
        ["53100", "STORE_FULL"],
        ["40001", "STORE_BUSY"],
        ["55P03", "STORE_BUSY"],
        ["57014", "STORE_BUSY"],
        ["58030", "STORE_FAILED"],
        ["XX001", "STORE_FAILED"],
    ]
    for (const [sqlState, code] of codes)
        it(`of SQLSTATE ${sqlState} are ${code}, and the connection is used again only if it can be`, async () => {
            const raise = `DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = '${sqlState}'; END $$`
            await assert.rejects(sql.raw(raise).execute(database.sql), (error: unknown) => {
                assert.ok(error instanceof AirpinError)
                assert.equal(error.code, code)
                assert.doesNotMatch(error.message, /127\.0\.0\.1|airpin@/)
                return true
            })
            assert.equal((await sql<{ one: number }>`SELECT 1 AS one`.execute(database.sql)).rows[0]!.one, 1)
        })

    it("do not repeat the values of a row", async () => {
        const row = { name: "secret-name", value: "secret-value" }
        await database.sql.insertInto("state").values(row).execute()
        await assert.rejects(database.sql.insertInto("state").values(row).execute(), (error: unknown) => {
            assert.ok(error instanceof AirpinError)
            assert.doesNotMatch(error.message, /secret/)
            return error.code === "STORE_FAILED"
        })
    })

    it("are STORE_UNREACHABLE when the server takes no writes, and say so when it is opened", async () => {
        const other = await server.createDatabase()
        await (await openPostgres(other)).close()
        const name = new URL(other).pathname.slice(1)
        await server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
        await assert.rejects(openPostgres(other), { code: "STORE_UNREACHABLE", message: /takes no writes/ })
        await server.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
    })
})

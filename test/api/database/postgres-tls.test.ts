import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { inspect } from "node:util"
import { AirpinError } from "../../../certs/error.ts"
import { openPostgres } from "../../../devs/api/store/postgres/postgres-database.ts"
import { certify, namedCa, pemOf, serve } from "../../support/named-ca.ts"
import { embedded, PASSWORD, type PostgresServer, sharedServer, startPostgres } from "./support/postgres-server.ts"

describe("the connection to PostgreSQL", () => {
    const root = namedCa("Database CA")
    let server: PostgresServer
    let folder: string
    let rootFile: string
    let otherFile: string

    before(async function () {
        if (embedded.bin === undefined) return this.skip()
        const { key, cert } = serve(root)
        const settings = { ssl: "on", ssl_key_file: "FOLDER/server.key", ssl_cert_file: "FOLDER/server.pem" }
        server = await startPostgres(embedded.bin, settings, { "server.key": key, "server.pem": cert })
        folder = mkdtempSync(path.join(tmpdir(), "airpin-ca-"))
        rootFile = path.join(folder, "root.pem")
        otherFile = path.join(folder, "other.pem")
        writeFileSync(rootFile, pemOf(certify(root, root)))
        const other = namedCa("Other CA")
        writeFileSync(otherFile, pemOf(certify(other, other)))
    })
    after(async () => {
        await server?.stop()
        if (folder) rmSync(folder, { recursive: true })
    })

    const tls = (url: string, file: string) => `${url}?sslmode=verify-full&sslrootcert=${file}`
    const named = (url: string) => url.replace("127.0.0.1", "localhost")

    /** Code of the error with which opening fails; it must not show the password. */
    async function codeOf(url: string): Promise<string> {
        const error: unknown = await openPostgres(url).then(
            database => database.close(),
            (error: unknown) => error,
        )
        assert.ok(error instanceof AirpinError)
        const shown = inspect(error, { depth: Infinity })
        assert.ok(!shown.includes(PASSWORD) && !shown.includes(encodeURIComponent(PASSWORD)))
        return error.code
    }

    it("is TLS, verified by the CA named", async () => {
        const database = await openPostgres(named(tls(await server.createDatabase(), rootFile)))
        const [row] = await server.query(
            "SELECT s.ssl, s.version FROM pg_stat_ssl s JOIN pg_stat_activity USING (pid) WHERE application_name = 'airpin'",
        )
        await database.close()
        assert.deepEqual(row, { ssl: true, version: "TLSv1.3" })
    })

    it("is refused if another CA signed the server's certificate", async () => {
        assert.equal(await codeOf(named(tls(await server.createDatabase(), otherFile))), "STORE_UNTRUSTED")
    })

    it("is refused if no root of Node.js signed it", async () => {
        const url = `${named(await server.createDatabase())}?sslmode=verify-full`
        assert.equal(await codeOf(url), "STORE_UNTRUSTED")
    })

    it("is refused if the certificate is for another name, also where the environment switches verification off", async () => {
        const url = tls(await server.createDatabase(), rootFile)
        process.env["PGSSLMODE"] = "no-verify"
        try {
            assert.equal(await codeOf(url), "STORE_UNTRUSTED")
        } finally {
            delete process.env["PGSSLMODE"]
        }
    })

    it("is refused if the server offers no TLS", async () => {
        const plain = await sharedServer(embedded.bin!)
        assert.equal(await codeOf(named(tls(await plain.createDatabase(), rootFile))), "STORE_UNTRUSTED")
    })

    it("may be plain on this machine, over TCP and over a Unix socket", async () => {
        const url = await server.createDatabase()
        const socket = url.replace(/127\.0\.0\.1:\d+/, `${encodeURIComponent(server.folder)}:${server.port}`)
        for (const place of [url, socket]) await (await openPostgres(place)).close()
    })

    it("has an error of its own for a wrong password, a database that is not there, and a server that is not there", async () => {
        const url = await server.createDatabase()
        assert.equal(await codeOf(url.replace("7d1c", "7d1d")), "STORE_LOGIN_REFUSED")
        assert.equal(await codeOf(server.url("nowhere")), "STORE_LOGIN_REFUSED")
        assert.equal(await codeOf(url.replace(/:\d+\//, ":1/")), "STORE_UNREACHABLE")
    })
})

import assert from "node:assert/strict"
import { AirpinError } from "../../../certs/error.ts"
import { isPostgresUrl, parsePostgresUrl, placeOf } from "../../../devs/api/store/postgres/url.ts"

describe("the URL of a PostgreSQL database", () => {
    it("names user, password, host, port and database; special characters are encoded", () => {
        assert.deepEqual(parsePostgresUrl("postgres://air:p%40ss%3Aw%2Frd@db.example.org:6432/air%20quality"), {
            host: "db.example.org",
            port: 6432,
            user: "air",
            password: "p@ss:w/rd",
            database: "air quality",
            applicationName: "airpin",
            tls: {},
        })
    })

    it("is verified TLS on another machine; this machine and Unix sockets may be plain", () => {
        const isTls = (url: string) => parsePostgresUrl(url).tls !== undefined
        for (const host of ["localhost", "127.0.0.1", "127.3.2.1", "[::1]", "%2Frun%2Fpostgresql"])
            assert.equal(isTls(`postgres://air@${host}/air`), false, host)
        for (const host of ["10.0.0.7", "db", "localhost.example.org", "127.example.org", "[fd00::1]"])
            assert.equal(isTls(`postgres://air@${host}/air`), true, host)
        assert.equal(isTls("postgres://127.0.0.1/air?sslmode=verify-full"), true)
    })

    it("may name the folder of a Unix socket", () => {
        for (const url of ["postgres:///air?host=/run/postgresql", "postgresql://%2Frun%2Fpostgresql/air"]) {
            const address = parsePostgresUrl(url)
            assert.equal(address.host, "/run/postgresql")
            assert.equal(placeOf(address), "postgres:///air?host=/run/postgresql")
        }
    })

    it("may name the certificates", () => {
        const url = "postgres://db/air?sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=me.pem&sslkey=me.key"
        assert.deepEqual(parsePostgresUrl(url).tls, { rootCert: "/etc/ca.pem", cert: "me.pem", key: "me.key" })
        assert.deepEqual(parsePostgresUrl("postgres://db/air?sslrootcert=system").tls, {})
    })

    it("is shown without user and password", () => {
        const shown = (url: string) => placeOf(parsePostgresUrl(url))
        assert.equal(shown("postgres://air:secret@db.example.org/air"), "postgres://db.example.org:5432/air")
        assert.equal(shown("postgres://air:secret@[fd00::1]:6432/air"), "postgres://[fd00::1]:6432/air")
    })

    const refused: [url: string, message: RegExp][] = [
        ["postgres://air:secret@db/air?sslmode=require", /sslmode=require does not verify the server/],
        ["postgres://air:secret@db/air?sslmode=prefer", /sslmode=prefer does not verify/],
        ["postgres://air:secret@db/air?sslmode=verify-ca", /sslmode=verify-ca does not verify/],
        ["postgres://air:secret@db/air?sslmode=no-verify", /sslmode=no-verify does not verify/],
        ["postgres://air:secret@127.0.0.1/air?sslmode=allow", /sslmode=allow does not verify/],
        ["postgres://air:secret@db/air?sslmode=disable", /db is another machine/],
        ["postgres://air:secret@db/air?ssl=0", /no parameter ssl/],
        ["postgres://air:secret@db/air?uselibpqcompat=true&sslmode=verify-full", /no parameter uselibpqcompat/],
        ["postgres://air:secret@db", /names no database/],
        ["postgres://air:secret@a,b/air", /several hosts/],
        ["postgres://air:secret@a:5432,b:5432/air", /is not a URL/],
        ["postgres://air:secret%@db/air", /%/],
    ]
    for (const [url, message] of refused)
        it(`is refused as ${url}, without showing the password`, () => {
            assert.throws(
                () => parsePostgresUrl(url),
                (error: unknown) => {
                    assert.ok(error instanceof AirpinError)
                    assert.equal(error.code, "STORE_URL_INVALID")
                    assert.match(error.message, message)
                    const shown = `${error.stack} ${error.nextStep} ${JSON.stringify(error)} ${error.cause}`
                    assert.doesNotMatch(shown, /secret/)
                    return true
                },
            )
        })

    it("is told from the path of a file", () => {
        assert.deepEqual(
            ["postgres://a/b", "postgresql://a/b", "postgres.db", "./postgres:/x", ":memory:"].map(isPostgresUrl),
            [true, true, false, false, false],
        )
    })
})

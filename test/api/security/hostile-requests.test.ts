import assert from "node:assert/strict"
import { NOW_S, postHeaders } from "../support/world.ts"
import { bearer, type ClosedWorld, logInRequest, openClosedWorld, sameOrigin } from "./closed-world.ts"

/** What is sent in place of a value: SQL, paths, templates, numbers beyond every range, bytes that are no text. */
const attacks = [
    "' OR '1'='1",
    "'; DROP TABLE readings; --",
    '" OR ""="',
    "1) UNION SELECT name, passwordHash FROM admins --",
    "kitchen' AND (SELECT count(*) FROM admins) > 0 --",
    "\\'; SELECT pg_sleep(5) --",
    "%27%3B%00",
    "\u0000",
    "kitchen\u0000",
    "../../../../etc/passwd",
    "..%2f..%2f.airpin%2freadings.db",
    "%2e%2e/%2e%2e/package.json",
    "....//....//package.json",
    "/etc/passwd",
    "file:///etc/passwd",
    "$" + "{process.env.PATH}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "a\r\nSet-Cookie: x=1",
    "__proto__",
    "constructor",
    "-1",
    "1e309",
    "99999999999999999999",
    "NaN",
    "[]",
    "\uFFFF",
    "é".repeat(200),
    "*",
    "kitchen,attic",
]

/** It has no parameter, and does not end. */
const STREAM = "/api/v1/stream"

interface Parameter {
    name: string
    in: "path" | "query"
}

describe("hostile requests", () => {
    let world: ClosedWorld
    let untouched: string

    before(async () => {
        world = await openClosedWorld()
        untouched = await contents()
    })
    after(() => world.end())

    /** What is stored, for comparison. */
    async function contents(): Promise<string> {
        const tables = ["devices", "boots", "received", "readings", "admins", "links"] as const
        const rows = []
        for (const table of tables) rows.push([table, await world.db.sql.selectFrom(table).selectAll().execute()])
        return JSON.stringify(rows)
    }

    /** No response may show a failure of the server, a path, a query or a stack. */
    function checkResponse(
        { statusCode, body, headers }: { statusCode: number; body: string; headers: object },
        what: string,
    ) {
        assert.ok(statusCode < 500, `${what}: ${statusCode} ${body.slice(0, 200)}`)
        assert.doesNotMatch(body, /\bat [\w.]+ \(|node_modules|SQLITE|sqlite_|syntax error|root:x:|argon2/i, what)
        assert.ok(!("x" in headers) && !JSON.stringify(headers).includes("x=1"), what)
    }

    it("with an attack in every parameter of every route change nothing and show nothing", async () => {
        const { paths } = (await world.get("/openapi.json")).json()
        const credentials = bearer(world.everything)
        let sent = 0
        for (const [path, { get }] of Object.entries<{ get?: { parameters?: Parameter[] } }>(paths))
            for (const { name, in: place } of path === STREAM ? [] : (get?.parameters ?? []))
                for (const attack of attacks) {
                    const value = encodeURIComponent(attack)
                    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, key) =>
                        place === "path" && key === name ? value : "kitchen",
                    )
                    const url = place === "query" ? `${filled}?${name}=${value}` : filled
                    checkResponse(await world.as(credentials, url), url)
                    sent++
                }
        assert.ok(sent > 10 * attacks.length, `${sent} sent`)
        assert.equal(await contents(), untouched)
    })

    it("with an unknown or a repeated parameter are refused", async () => {
        const url = "/api/v1/devices/kitchen/readings"
        for (const query of ["?device=attic", "?from=1&from=2", "?from[]=1", "?__proto__=1", "?from=1;to=2"])
            assert.equal((await world.as(bearer(world.everything), url + query)).statusCode, 400, query)
    })

    it("with an attack as token, cookie, name and password, and in the place of a link's token", async () => {
        const headersSafe = attacks.filter(text => /^[\x20-\x7e]*$/.test(text))
        for (const attack of headersSafe) {
            checkResponse(await world.as({ authorization: `Bearer ${attack}` }, "/api/v1/devices"), attack)
            checkResponse(await world.as({ authorization: attack }, "/api/v1/devices"), attack)
            checkResponse(await world.as({ cookie: `__Host-airpin-00000000=${attack}` }, "/api/v1/devices"), attack)
            checkResponse(await world.as({ cookie: attack }, "/api/v1/devices"), attack)
            world.clock.ms += 60_000
        }
        for (const attack of attacks) {
            checkResponse(await world.get(`/v/${encodeURIComponent(attack)}`), attack)
            checkResponse(await world.app.inject(logInRequest(attack, attack)), attack)
            world.clock.ms += 60_000
        }
        assert.equal(await contents(), untouched)
    })

    it("with an attack in each member of a batch are refused, and store nothing", async () => {
        const batch = { boot: "b2", seq: 1, time: NOW_S, step: 60, co2Ppm: [700] }
        const names = [...Object.keys(batch), "age", "lost", "status", "settings", "__proto__", "constructor"]
        for (const name of names)
            for (const attack of attacks) {
                const body = JSON.stringify({ ...batch }).replace(
                    /}$/,
                    `,${JSON.stringify(name)}:${JSON.stringify(attack)}}`,
                )
                const response = await world.post(body)
                checkResponse(response, `${name}: ${attack}`)
                if (!["boot", "status"].includes(name))
                    assert.ok([400, 422].includes(response.statusCode), `${name}: ${attack} ${response.statusCode}`)
                world.clock.ms += 1000
            }
        assert.equal(({} as { polluted?: string }).polluted, undefined)
        const boots = await world.db.sql.selectFrom("boots").select("id").execute()
        for (const { id } of boots) assert.match(id, /^[\w-]{1,32}$/, "an attack that is a valid id is one")
    })

    it("for paths outside the page get 404, however they are written", async () => {
        const paths = [
            "/../package.json",
            "/..%2fpackage.json",
            "/%2e%2e/%2e%2e/package.json",
            "/uplot/../../package.json",
            "/uplot/..%2f..%2fpackage.json",
            "/uplot/....//package.json",
            "/..\\..\\package.json",
            "/.airpin/readings.db",
            "//etc/passwd",
            "/index.html/..%2f..%2fapp.ts",
            "/links.js%00.html",
            "/%c0%ae%c0%ae/package.json",
        ]
        for (const url of paths) {
            const { statusCode, body } = await world.as(bearer(world.everything), url)
            assert.ok([400, 404].includes(statusCode), `${url}: ${statusCode}`)
            assert.doesNotMatch(body, /"dependencies"|SQLite format|import /, url)
        }
    })

    describe("that are too large or too deep", () => {
        const post = (payload: string | Buffer, headers: object = {}) =>
            world.app.inject({
                method: "POST",
                url: "/api/v1/readings",
                headers: { ...postHeaders(world.token), ...headers },
                payload,
            })

        for (const [what, body, status] of [
            ["a body of more than 16 kB", `{"boot":"${"a".repeat(16_400)}"}`, 413],
            ["JSON 8,000 levels deep", `{"boot":${"[".repeat(8000)}${"]".repeat(8000)}}`, 400],
            ["objects 2,500 levels deep", `${'{"a":'.repeat(2500)}1${"}".repeat(2500)}`, 400],
            [
                "a status 7,000 levels deep, which is left out",
                `{"boot":"b3","seq":1,"time":${NOW_S},"step":60,"co2Ppm":[700],"status":${"[".repeat(7000)}${"]".repeat(7000)}}`,
                200,
            ],
            ["a number of 16,000 digits", `{"seq":${"9".repeat(16_000)}}`, 400],
            [
                "5,000 values",
                `{"boot":"b3","seq":1,"time":${NOW_S},"step":60,"co2Ppm":[${Array(5000).fill(1).join(",")}]}`,
                413,
            ],
            ["3,000 unknown members", `{${Array.from({ length: 1500 }, (_, at) => `"k${at}":1`).join(",")}}`, 400],
            ["__proto__", '{"__proto__":{"polluted":1}}', 400],
            ["JSON that ends too early", '{"boot":"b1', 400],
            ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400],
        ] as const)
            it(`are refused with ${status}: ${what}`, async () => {
                const started = performance.now()
                const response = await post(body)
                assert.equal(response.statusCode, status, response.body)
                assert.ok(performance.now() - started < 1000)
                assert.ok(response.body.length < 600, "the response does not repeat the request")
            })

        it("are refused before the body is read when the token is wrong", async () => {
            const response = await post("x".repeat(100_000), { authorization: "Bearer x" })
            assert.equal(response.statusCode, 401)
        })

        it("are refused when they are compressed: a few bytes cannot become many", async () => {
            const response = await post("{}", { "content-encoding": "gzip" })
            assert.ok([400, 415].includes(response.statusCode), `${response.statusCode}`)
        })

        it("are refused on the log-in page with 413", async () => {
            const headers = { "content-type": "application/x-www-form-urlencoded", ...sameOrigin }
            const payload = `name=ada&password=${"x".repeat(5000)}`
            const response = await world.app.inject({ method: "POST", url: "/log-in", headers, payload })
            assert.equal(response.statusCode, 413)
        })

        it("are refused for a URL of 10,000 characters", async () => {
            for (const url of [`/api/v1/devices/${"a".repeat(10_000)}`, `/v/${"a".repeat(10_000)}`])
                assert.ok([303, 400, 404, 414].includes((await world.as(bearer(world.everything), url)).statusCode))
        })
    })
})

import assert from "node:assert/strict"
import { buildApp } from "../../../devs/api/app.ts"
import { checkedOrigin } from "../../../devs/api/contract/cross-origin.ts"
import { openWorld, type World } from "../support/world.ts"

const site = "https://school.example"

describe("pages of other sites", () => {
    let world: World

    before(async () => {
        world = await openWorld()
    })
    after(() => world.end())

    const headersOf = async (corsOrigins: string[] | undefined, origin: string, method: "GET" | "OPTIONS" = "GET") => {
        const app = buildApp({ db: world.db, public: true, corsOrigins })
        const preflight = method === "OPTIONS" ? { "access-control-request-method": "GET" } : {}
        const { headers } = await app.inject({ method, url: "/api/v1/devices", headers: { origin, ...preflight } })
        await app.close()
        const names = Object.keys(headers).filter(name => name.startsWith("access-control"))
        return Object.fromEntries(names.map(name => [name, headers[name]]))
    }
    const exposed = { "access-control-expose-headers": "date, retry-after" }

    it("may not read without --cors", async () => {
        assert.deepEqual(await headersOf(undefined, site), {})
    })

    it("may read if their origin is allowed, without the cookies of this server", async () => {
        assert.deepEqual(await headersOf([site], site), { "access-control-allow-origin": site, ...exposed })
        assert.deepEqual(await headersOf([site], "https://other.example"), exposed)
    })

    it("may all read with --cors '*', and even then without cookies", async () => {
        assert.deepEqual(await headersOf(["*"], site), { "access-control-allow-origin": "*", ...exposed })
    })

    it("are told before they read which method and headers they may use", async () => {
        assert.deepEqual(await headersOf([site], site, "OPTIONS"), {
            "access-control-allow-origin": site,
            "access-control-allow-methods": "GET, HEAD",
            "access-control-allow-headers": "authorization, last-event-id",
            "access-control-max-age": "7200",
            ...exposed,
        })
    })

    for (const [text, origin] of [
        ["*", "*"],
        ["https://school.example", site],
        ["https://School.example:443/", site],
        ["http://10.0.0.5:3000", "http://10.0.0.5:3000"],
    ] as const)
        it(`have the origin ${origin} for --cors ${text}`, () => {
            assert.equal(checkedOrigin(text), origin)
        })

    for (const text of ["school.example", "https://school.example/page", "ftp://school.example", "null", ""])
        it(`have no origin ${JSON.stringify(text)}`, () => {
            assert.throws(() => checkedOrigin(text), { code: "ORIGIN_INVALID" })
        })
})

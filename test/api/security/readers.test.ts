import assert from "node:assert/strict"
import { once } from "node:events"
import { addLink, revokeLink } from "../../../devs/api/access/links.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { NOW_S, openWorld, postHeaders } from "../support/world.ts"
import { bearer, type ClosedWorld, openClosedWorld, sameOrigin } from "./closed-world.ts"

const STREAM = "/api/v1/stream"
const batch = { boot: "b1", seq: 9, time: NOW_S, step: 60, co2Ppm: [700] }

describe("who may read", () => {
    let world: ClosedWorld

    before(async () => {
        world = await openClosedWorld()
    })
    after(() => world.end())
    // wrong tokens of the tests before are forgotten
    beforeEach(() => {
        world.clock.ms += 60_000
    })

    /** Routes that show no readings, and those of admins. */
    const noReadings =
        /^\/(health|live|ready|errors|api\/v1\/(session|links|edge|alerts|anchors|devices\/\{id\}\/(pins|recalibration)))/

    /** Every route that shows readings, with its parameters filled in for a device. */
    async function readRoutes(device: string): Promise<string[]> {
        const { paths } = (await world.get("/openapi.json")).json()
        const gets = Object.keys(paths).filter(path => paths[path].get)
        const urls = gets.filter(path => !noReadings.test(path)).map(path => path.replace("{id}", device))
        return urls.map(url => (url === "/dev" ? `/dev?deviceId=${device}` : url)).filter(url => url !== STREAM)
    }

    /** What the stream sends first. */
    async function firstEvents(headers: object): Promise<string> {
        const response = await world.app.inject({ url: STREAM, headers: { ...headers }, payloadAsStream: true })
        assert.equal(response.statusCode, 200)
        const stream = response.stream()
        const [chunk] = await once(stream, "data")
        stream.destroy()
        return String(chunk)
    }

    const statuses = async (headers: object, urls: string[]) =>
        Promise.all(urls.map(async url => [url, (await world.as(headers, url)).statusCode]))

    it("without a token or a cookie nobody reads: 401 NOT_LOGGED_IN from every route with readings", async () => {
        const urls = await readRoutes("kitchen")
        assert.ok(urls.length >= 5, urls.join(" "))
        for (const url of [...urls, STREAM, "/api/v1/links", "/api/v1/edge", "/api/v1/devices/nobody"]) {
            const response = await world.get(url)
            assert.deepEqual([url, response.statusCode, response.json().code], [url, 401, "NOT_LOGGED_IN"])
            assert.equal(response.headers["www-authenticate"], "Bearer")
            assert.equal((await world.app.inject({ method: "HEAD", url })).statusCode, 401, url)
        }
    })

    it("a route that does not say who may use it is closed", async () => {
        const other = await openWorld(undefined, { public: false })
        other.app.get("/forgotten", async () => "secret")
        assert.equal((await other.get("/forgotten")).statusCode, 401)
        await other.end()
    })

    it("the page sends those who are not logged in to the log-in page, and needs nothing closed to show that", async () => {
        for (const url of ["/", "/wall"]) {
            const response = await world.get(url)
            assert.deepEqual([response.statusCode, response.headers.location], [303, "log-in"])
        }
        const html = (await world.get("/log-in")).body
        for (const [, path] of html.matchAll(/(?:src|href)="([^"#]+)"/g))
            assert.equal((await world.get(`/${path}`)).statusCode, 200, path)
    })

    it("a device's token reads nothing", async () => {
        for (const [url, status] of await statuses(bearer(world.token), (await readRoutes("kitchen")).slice(0, 5)))
            assert.equal(status, 401, `${url}`)
    })

    it("the token of a link stores nothing", async () => {
        const response = await world.post(batch, world.everything)
        assert.deepEqual([response.statusCode, response.json().code], [401, "TOKEN_UNKNOWN"])
    })

    for (const [what, authorization] of [
        ["an empty one", ""],
        ["another scheme", "Basic a2l0Y2hlbjpzZWNyZXQ="],
        ["a made-up one", "Bearer link_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        ["one with a line break", "Bearer link_\\r\\n"],
        ["a very long one", `Bearer ${"a".repeat(8000)}`],
    ] as const)
        it(`a wrong token reads nothing and stores nothing: ${what}`, async () => {
            assert.equal((await world.as({ authorization }, "/api/v1/devices")).statusCode, 401)
            const headers = { ...postHeaders("x"), authorization }
            const posted = await world.app.inject({ method: "POST", url: "/api/v1/readings", headers, payload: batch })
            assert.equal(posted.statusCode, 401)
        })

    it("a revoked device stores nothing, from its next post on, and the response does not repeat the token", async () => {
        const { token } = await addDevice(world.db, { id: "cellar", createdAt: NOW_S })
        assert.equal((await world.post(batch, token)).statusCode, 200)
        await revokeDevice(world.db, "cellar", NOW_S)
        const response = await world.post({ ...batch, seq: 10 }, token)
        assert.deepEqual([response.statusCode, response.json().code], [403, "TOKEN_REVOKED"])
        assert.ok(!response.body.includes(token))
    })

    it("a device stores only as itself: its token decides, whatever the post says", async () => {
        await world.post({ ...batch, device: "attic" })
        const { devices } = (await world.as(bearer(world.everything), "/api/v1/devices")).json()
        assert.deepEqual(
            devices.map(({ id, latest }: { id: string; latest: { seq: number } }) => [id, latest.seq]),
            [
                ["attic", 1],
                ["cellar", 9],
                ["kitchen", 1],
            ],
        )
    })

    it("a link's token reads everything, as a bearer token and as a cookie", async () => {
        const urls = await readRoutes("kitchen")
        const cookie = await world.open(world.everything)
        for (const credentials of [bearer(world.everything), { cookie }])
            for (const [url, status] of await statuses(credentials, [...urls, "/metrics"]))
                assert.ok([200, 204, 400].includes(Number(status)), `${url} ${status}`)
    })

    it("a link for one room shows this device and no other, on every route", async () => {
        for (const credentials of [bearer(world.kitchenOnly), { cookie: await world.open(world.kitchenOnly) }]) {
            const { devices } = (await world.as(credentials, "/api/v1/devices")).json()
            assert.deepEqual(
                devices.map(({ id }: { id: string }) => id),
                ["kitchen"],
            )
            assert.equal((await world.as(credentials, "/api/v1/devices/kitchen/latest")).statusCode, 200)
            for (const url of await readRoutes("attic")) {
                const response = await world.as(credentials, url)
                assert.ok(!/attic/i.test(response.body.replaceAll(/there is no device attic/g, "")), url)
                if (url.includes("/attic")) assert.deepEqual([url, response.statusCode], [url, 404])
            }
            const events = await firstEvents(credentials)
            assert.deepEqual([/kitchen/.test(events), /attic/i.test(events)], [true, false])
        }
    })

    it("to a link for one room, another device does not exist", async () => {
        const codes = []
        for (const id of ["attic", "nobody"]) {
            const { statusCode, body } = await world.as(bearer(world.kitchenOnly), `/api/v1/devices/${id}`)
            codes.push([statusCode, body.replaceAll(id, "ID")])
        }
        assert.deepEqual(codes[0], codes[1])
    })

    it("a link's token may stand in the URL of the widgets' route, which can send no header, and in no other", async () => {
        const status = async (url: string) => (await world.get(url)).statusCode
        assert.equal((await world.get(`/dev?deviceId=kitchen&key=${world.kitchenOnly}`)).json().found, true)
        assert.equal((await world.get(`/dev?deviceId=attic&key=${world.kitchenOnly}`)).json().found, false)
        assert.equal(await status("/dev?deviceId=kitchen&key=link_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 401)
        assert.equal(await status(`/api/v1/devices?key=${world.everything}`), 401)
    })

    it("a revoked link reads nothing from the next request on, and neither does the cookie of it", async () => {
        const token = await addLink(world.db, { name: "former", role: "viewer", createdAt: NOW_S })
        const cookie = await world.open(token)
        assert.equal((await world.as({ cookie }, "/api/v1/devices")).statusCode, 200)
        await revokeLink(world.db, "former", NOW_S)
        const byToken = await world.as(bearer(token), "/api/v1/devices")
        const byCookie = await world.as({ cookie }, "/api/v1/devices")
        assert.deepEqual([byToken.statusCode, byToken.json().code], [401, "LINK_INVALID"])
        assert.deepEqual([byCookie.statusCode, byCookie.json().code], [401, "NOT_LOGGED_IN"])
        const opened = await world.get(`/v/${token}`)
        assert.deepEqual([opened.statusCode, opened.headers.location], [303, "../log-in#link"])
    })

    it("a link is no admin: it changes nothing", async () => {
        for (const credentials of [bearer(world.everything), { cookie: await world.open(world.everything) }]) {
            const response = await world.as(credentials, "/api/v1/links")
            assert.deepEqual([response.statusCode, response.json().code], [403, "ADMIN_ONLY"])
            const headers = { ...credentials, ...sameOrigin }
            const posted = await world.app.inject({
                method: "POST",
                url: "/api/v1/links",
                headers,
                payload: { name: "x" },
            })
            assert.equal(posted.statusCode, 403)
            assert.equal((await world.as(headers, "/api/v1/links/school", "DELETE")).statusCode, 403)
        }
    })

    it("an expired link reads nothing", async () => {
        const expiresAt = Math.floor(world.clock.ms / 1000) + 60
        const brief = { name: "guest", role: "viewer", createdAt: NOW_S, expiresAt } as const
        const token = await addLink(world.db, brief)
        assert.equal((await world.as(bearer(token), "/api/v1/devices")).statusCode, 200)
        world.clock.ms += 60_000
        assert.equal((await world.as(bearer(token), "/api/v1/devices")).statusCode, 401)
    })

    it("opening a link writes nothing, so that it also works on a full disk", async () => {
        const stored = () => world.db.sql.selectFrom("links").selectAll().orderBy("name").execute()
        const before = await stored()
        await world.open(world.everything)
        assert.deepEqual(await stored(), before)
    })

    it("with --public everyone reads, but a wrong token is still refused", async () => {
        const other = await openWorld(undefined, { public: true })
        assert.equal((await other.get("/api/v1/devices")).statusCode, 200)
        assert.equal((await other.app.inject({ url: "/api/v1/devices", headers: bearer("wrong") })).statusCode, 401)
        await other.end()
    })

    it("the state of the server, its errors and its document are open, and show no reading", async () => {
        for (const url of ["/health", "/openapi.json", "/errors/ROUTE_UNKNOWN", "/api/v1/session"]) {
            const response = await world.get(url)
            assert.equal(response.statusCode, 200, url)
            assert.doesNotMatch(response.body, /attic/i, url)
        }
    })
})

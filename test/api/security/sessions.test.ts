import assert from "node:assert/strict"
import { deleteAdmin, setPassword } from "../../../devs/api/access/admins.ts"
import { firstLink } from "../../../devs/api/access/first-link.ts"
import { buildApp } from "../../../devs/api/app.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { NOW_MS, NOW_S } from "../support/world.ts"
import { type ClosedWorld, cookieOf, logInRequest, openClosedWorld, PASSWORD, sameOrigin } from "./closed-world.ts"

const DEVICES = "/api/v1/devices"

describe("logging in", () => {
    let world: ClosedWorld

    beforeEach(async () => {
        world = await openClosedWorld()
    })
    afterEach(() => world.end())

    /** of a request to read with this cookie */
    const status = async (cookie: string) => (await world.as({ cookie }, DEVICES, "HEAD")).statusCode

    it("sets a cookie that scripts, other hosts, other sites and HTTP do not get, and that is signed", async () => {
        const response = await world.app.inject(logInRequest("ada", PASSWORD))
        assert.deepEqual([response.statusCode, response.headers.location], [303, "./"])
        assert.match(
            `${response.headers["set-cookie"]}`,
            /^__Host-airpin-[0-9a-f]{8}=session_[\w-]{32}\.[\w+/]{43}; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
        )
        assert.equal(await status(cookieOf(response)), 200)
    })

    it("of a wrong password and of an unknown name look alike: 401, and the page says so", async () => {
        const responses = [
            await world.app.inject(logInRequest("ada", "wrong horse battery")),
            await world.app.inject(logInRequest("bob", PASSWORD)),
        ]
        for (const { statusCode, body, headers } of responses) {
            assert.equal(statusCode, 401)
            assert.equal(headers["set-cookie"], undefined)
            assert.match(body, /id="wrong">No admin has this name and this password/)
        }
        assert.equal(responses[0]!.body, responses[1]!.body)
        assert.doesNotMatch((await world.get("/log-in")).body, /id="wrong">/)
    })

    it("is refused with 400 for a form that is not one, whatever is in it", async () => {
        for (const payload of [
            "",
            "name=ada",
            "name=ada&name=bob&password=x",
            "name=a%00&password=x",
            "name=ada&password=x&admin=1",
        ]) {
            const response = await world.app.inject({ ...logInRequest("", ""), payload })
            assert.deepEqual([payload, response.statusCode], [payload, 400])
        }
    })

    it("keeps the password as Argon2id with 19 MiB and a salt of its own, and nothing that gives it away", async () => {
        await world.app.inject(logInRequest("ada", PASSWORD))
        const [admin] = await world.db.sql.selectFrom("admins").selectAll().execute()
        assert.match(admin!.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
        await setPassword(world.db, "ada", PASSWORD, NOW_S)
        const [again] = await world.db.sql.selectFrom("admins").selectAll().execute()
        assert.notEqual(again!.passwordHash, admin!.passwordHash)
    })

    it("gives a new session whatever cookie came with it, and ends that one: no session can be fixed beforehand", async () => {
        const planted = await world.logIn()
        const cookie = await world.logIn({ headers: { cookie: planted } })
        assert.notEqual(cookie, planted)
        assert.deepEqual([await status(planted), await status(cookie)], [401, 200])
        const madeUp = "__Host-airpin-00000000=session_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.x"
        assert.notEqual(await world.logIn({ headers: { cookie: madeUp } }), madeUp)
    })

    it("ends after a day", async () => {
        const cookie = await world.logIn()
        world.clock.ms += 86_399_000
        assert.equal(await status(cookie), 200)
        world.clock.ms += 1_000
        assert.equal(await status(cookie), 401)
    })

    it("ends with the log-out, on the server and in the browser", async () => {
        const cookie = await world.logIn()
        const response = await world.as({ cookie, ...sameOrigin }, "/log-out", "POST")
        assert.equal(response.statusCode, 303)
        assert.match(`${response.headers["set-cookie"]}`, /=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 /)
        assert.equal(await status(cookie), 401)
    })

    it("ends with another password, also in other browsers", async () => {
        const cookies = [await world.logIn(), await world.logIn()]
        await setPassword(world.db, "ada", "another horse battery", NOW_S)
        assert.deepEqual(await Promise.all(cookies.map(status)), [401, 401])
        assert.equal((await world.app.inject(logInRequest("ada", PASSWORD))).statusCode, 401)
        assert.equal((await world.app.inject(logInRequest("ada", "another horse battery"))).statusCode, 303)
    })

    it("ends when the admin is deleted, and does not come back with one of the same name", async () => {
        const cookie = await world.logIn()
        await deleteAdmin(world.db, "ada")
        assert.equal(await status(cookie), 401)
    })

    it("is known to every process on the database, and its end too", async () => {
        const db = await openDatabase(world.file)
        const other = buildApp({ db, now: () => NOW_MS })
        const cookie = await world.logIn()
        const ask = async () => (await other.inject({ method: "HEAD", url: DEVICES, headers: { cookie } })).statusCode
        assert.equal(await ask(), 200)
        await world.as({ cookie, ...sameOrigin }, "/log-out", "POST")
        assert.equal(await ask(), 401)
        await other.close()
        await db.close()
    })

    it("is not given by a cookie that was changed, not signed, or signed by another server", async () => {
        const cookie = await world.logIn()
        const other = await openClosedWorld()
        const foreign = (await other.logIn()).replace(/^[^=]+/, cookie.split("=")[0]!)
        await other.end()
        const [name, value] = cookie.split(/=(.*)/)
        const [token, signature] = decodeURIComponent(value!).split(".")
        const forged = [
            `${name}=${token}`,
            `${name}=${token}.`,
            `${name}=${token!.replace(/.$/, last => (last === "A" ? "B" : "A"))}.${signature}`,
            `${name}=.${signature}`,
            `${name}=%00`,
            `${name}=${"a".repeat(4000)}`,
            foreign,
        ]
        for (const text of forged) assert.equal(await status(text), 401, text.slice(0, 80))
    })

    it("by the link of the first start works once, within an hour, and is not offered once there is an admin", async () => {
        assert.equal(await firstLink(world.db, NOW_S), undefined)
        const fresh = await openClosedWorld()
        await fresh.db.sql.deleteFrom("admins").execute()
        await fresh.db.sql.deleteFrom("links").execute()
        const former = await firstLink(fresh.db, NOW_S)
        const token = (await firstLink(fresh.db, NOW_S)) ?? ""
        assert.equal((await fresh.get(`/v/${former}`)).statusCode, 303, "the former one is revoked")
        assert.equal((await fresh.as({ authorization: `Bearer ${token}` }, DEVICES, "HEAD")).statusCode, 401)
        const cookie = await fresh.open(token)
        assert.deepEqual((await fresh.as({ cookie }, "/api/v1/session")).json(), {
            role: "admin",
            name: "first log-in",
        })
        const again = await fresh.get(`/v/${token}`)
        assert.deepEqual([again.statusCode, again.headers["set-cookie"]], [303, undefined])
        const late = (await firstLink(fresh.db, NOW_S)) ?? ""
        fresh.clock.ms += 3_600_000
        assert.equal((await fresh.get(`/v/${late}`)).headers["set-cookie"], undefined)
        await fresh.end()
    })
})

describe("a request that a page of another site makes a browser send", () => {
    let world: ClosedWorld

    beforeEach(async () => {
        world = await openClosedWorld()
    })
    afterEach(() => world.end())

    const own = { host: "air.example.org" }

    for (const [what, headers, isRefused] of [
        ["of another site", { "sec-fetch-site": "cross-site" }, true],
        ["of another host of the same site", { "sec-fetch-site": "same-site" }, true],
        ["of nobody knows where", {}, true],
        ["of another origin, in an older browser", { origin: "https://evil.example" }, true],
        ["of a file", { origin: "null" }, true],
        ["of this server", sameOrigin, false],
        ["of this server, in an older browser", { origin: "http://air.example.org" }, false],
    ] as const)
        it(`changes ${isRefused ? "nothing" : "what it asks for"}: ${what}`, async () => {
            const cookie = await world.logIn()
            const response = await world.as({ ...own, ...headers, cookie }, "/log-out", "POST")
            assert.equal(response.statusCode, isRefused ? 403 : 303)
            if (isRefused) assert.equal(response.json().code, "CROSS_SITE")
            assert.equal((await world.as({ cookie }, DEVICES, "HEAD")).statusCode, isRefused ? 200 : 401)
        })

    it("does not log anybody in", async () => {
        const headers = { "sec-fetch-site": "cross-site" }
        const response = await world.app.inject(logInRequest("ada", PASSWORD, { headers }))
        assert.deepEqual([response.statusCode, response.headers["set-cookie"]], [403, undefined])
    })
})

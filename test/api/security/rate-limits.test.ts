import assert from "node:assert/strict"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { NOW_S } from "../support/world.ts"
import { bearer, type ClosedWorld, logInRequest, openClosedWorld, PASSWORD } from "./closed-world.ts"

describe("the rate limits", () => {
    let world: ClosedWorld

    beforeEach(async () => {
        world = await openClosedWorld({ maxReads: 20 })
    })
    afterEach(() => world.end())

    const post = (seq: number, values = 1, token = world.token) =>
        world.post({ boot: "b1", seq, time: NOW_S, step: 5, co2Ppm: Array(values).fill(700) }, token)

    /** Statuses of so many requests, one after the other, and how often each came. */
    async function countStatuses(times: number, send: (at: number) => Promise<{ statusCode: number }>) {
        const counts: Record<number, number> = {}
        for (let at = 0; at < times; at++) {
            const { statusCode } = await send(at)
            counts[statusCode] = (counts[statusCode] ?? 0) + 1
        }
        return counts
    }

    it("let a device send all it can hold after an outage, 4,000 readings in one minute, and go on every 5 s", async () => {
        assert.deepEqual(await countStatuses(134, at => post(10 + at * 30, 30)), { 200: 134 })
        const minutes = await countStatuses(36, at => {
            world.clock.ms += 5_000
            return post(9000 + at)
        })
        assert.deepEqual(minutes, { 200: 36 })
    })

    it("stop a device that posts without end, with 429 and Retry-After, and no other", async () => {
        const busy = await openClosedWorld({ maxPosts: 5 })
        const { token: other } = await addDevice(busy.db, { id: "cellar", createdAt: NOW_S })
        const posting = (token: string) =>
            busy.post({ boot: "b1", seq: 10, time: NOW_S, step: 5, co2Ppm: [700] }, token)
        assert.deepEqual(await countStatuses(6, () => posting(busy.token)), { 200: 5, 429: 1 })
        const refused = await posting(busy.token)
        assert.deepEqual([refused.json().code, refused.headers["retry-after"]], ["RATE_LIMIT", "60"])
        assert.equal((await posting(other)).statusCode, 200)
        busy.clock.ms += 60_000
        assert.equal((await posting(busy.token)).statusCode, 200)
        await busy.end()
    })

    it("are kept per reader and address", async () => {
        const read = (token: string, remoteAddress: string) =>
            world.app.inject({ url: "/api/v1/devices", headers: bearer(token), remoteAddress })
        assert.deepEqual(await countStatuses(21, () => read(world.everything, "192.0.2.1")), { 200: 20, 429: 1 })
        assert.equal((await read(world.everything, "192.0.2.2")).statusCode, 200)
        assert.equal((await read(world.kitchenOnly, "192.0.2.1")).statusCode, 200)
    })

    it("count an IPv6 network of 64 bits as one address", async () => {
        const read = (remoteAddress: string) => world.app.inject({ url: "/log-in", remoteAddress })
        const counts = await countStatuses(21, at => read(`2001:db8::${at.toString(16)}`))
        assert.deepEqual(counts, { 200: 20, 429: 1 })
        assert.equal((await read("2001:db8:0:1::1")).statusCode, 200)
    })

    it("do not keep those who are not logged in from being told so, until they ask too often", async () => {
        assert.deepEqual(await countStatuses(21, () => world.get("/api/v1/devices")), { 401: 20, 429: 1 })
    })

    it("slow a client with wrong tokens down, and not a device at the same address", async () => {
        assert.deepEqual(await countStatuses(10, at => post(1, 1, `wrong-${at}`)), { 401: 10 })
        const before = performance.now()
        const refused = await post(1, 1, "wrong")
        assert.ok(performance.now() - before > 950, "it has to wait a second for the response")
        assert.deepEqual([refused.statusCode, refused.headers["retry-after"]], [429, "60"])
        assert.equal((await post(10)).statusCode, 200)
        const link = world.app.inject({
            url: "/api/v1/devices",
            headers: bearer("link_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        })
        assert.equal((await link).statusCode, 429, "device tokens and links are counted together")
    })

    it("count a wrong token wherever it is sent", async () => {
        const who = (at: number) =>
            world.app.inject({ url: "/api/v1/session", headers: bearer(`link_${`${at}`.padStart(32, "A")}`) })
        assert.deepEqual(await countStatuses(11, who), { 401: 10, 429: 1 })
    })

    it("show a person who opens too many wrong links a page that says so", async () => {
        const open = () => world.get(`/v/link_${"A".repeat(32)}`)
        assert.deepEqual(await countStatuses(10, open), { 303: 10 })
        const refused = await open()
        assert.deepEqual([refused.statusCode, refused.headers["retry-after"]], [429, "60"])
        assert.match(String(refused.headers["content-type"]), /^text\/html/)
        assert.match(refused.body, /id="later">Too many attempts/)
        assert.match(refused.body, /href="\.\.&#x2F;assets\/access\.css"/)
    })

    it("let an address try ten passwords a minute; more are not even checked", async () => {
        const wrong = (at: number) => world.app.inject(logInRequest("ada", `wrong horse battery ${at}`))
        assert.deepEqual(await countStatuses(10, wrong), { 401: 10 })
        const right = await world.app.inject(logInRequest("ada", PASSWORD))
        assert.deepEqual([right.statusCode, right.headers["retry-after"]], [429, "60"])
        assert.match(right.body, /id="later">Too many attempts/)
        const other = await world.app.inject(logInRequest("ada", PASSWORD, { remoteAddress: "192.0.2.9" }))
        assert.equal(other.statusCode, 303, "another address can log in")
    })

    it("hash only some passwords at once, and refuse more with 503", async () => {
        const attempts = Array.from({ length: 40 }, (_, at) =>
            world.app.inject(logInRequest("ada", `wrong horse ${at}`, { remoteAddress: `198.51.100.${at}` })),
        )
        const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode)
        assert.deepEqual(
            [statuses.filter(status => status === 401).length, statuses.filter(status => status === 503).length],
            [18, 22],
        )
    })
})

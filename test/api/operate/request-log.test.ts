import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { setTimeout as wait } from "node:timers/promises"
import type { InjectOptions } from "fastify"
import { buildApp } from "../../../devs/api/app.ts"
import { EventLog } from "../../../devs/api/operate/event-log.ts"
import { errorFields } from "../../../devs/api/operate/log.ts"
import { NOW_MS, NOW_S, openWorld, postHeaders, type World } from "../support/world.ts"

const batch = { boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [721] }
const SECRET = "sEcReT-sEcReT-sEcReT-sEcReT-1234"

interface Line {
    [name: string]: unknown
    level: string
    msg: string
}

describe("the log", () => {
    let world: World
    let app: ReturnType<typeof buildApp>
    let text: string
    before(async () => {
        world = await openWorld()
        const stream = new PassThrough()
        text = ""
        stream.on("data", chunk => (text += chunk))
        app = buildApp({ db: world.db, public: true, now: () => NOW_MS, log: { stream, level: "debug" } })
    })
    after(async () => {
        await app.close()
        await world.end()
    })

    const lines = (): Line[] =>
        text
            .split("\n")
            .filter(Boolean)
            .map(line => JSON.parse(line))
    /** The lines that a request makes. */
    async function linesOf(options: InjectOptions) {
        const known = lines().length
        const response = await app.inject(options)
        await wait(0)
        return { response, lines: lines().slice(known) }
    }

    it("has one line for each request: id, route, parameters, status, time, address and device", async () => {
        const { lines: posted } = await linesOf({
            method: "POST",
            url: "/api/v1/readings",
            headers: postHeaders(world.token),
            payload: batch,
        })
        const { reqId, time, ms, ...rest } = posted[0]!
        assert.match(`${reqId}`, /^[0-9a-f]{8}-\w+$/)
        assert.match(`${time}`, /^20\d\d-\d\d-\d\dT/)
        assert.equal(typeof ms, "number")
        assert.deepEqual(rest, {
            level: "info",
            method: "POST",
            route: "/api/v1/readings",
            status: 200,
            address: "127.0.0.1",
            device: "kitchen",
            msg: "request",
        })
        const { lines: read } = await linesOf({ url: "/api/v1/devices/kitchen/readings?from=2025-01-01&token=x" })
        assert.deepEqual(read[0]?.parameters, { from: "2025-01-01", id: "kitchen" })
        assert.equal(posted.length + read.length, 2)
    })

    it("has the id that an error response has, and no other response has one", async () => {
        const { response, lines: failed } = await linesOf({ url: "/api/v1/devices/none" })
        assert.equal(response.headers["x-request-id"], failed[0]?.reqId)
        assert.deepEqual([failed[0]?.code, failed[0]?.status], ["DEVICE_UNKNOWN", 404])
        assert.equal((await app.inject({ url: "/live" })).headers["x-request-id"], undefined)
    })

    it("has no secret, wherever a request carries one", async () => {
        const carriers = [
            { url: `/${SECRET}` },
            { url: `/%ZZ${SECRET}`, remoteAddress: "192.0.2.5" },
            { url: `/api/v1/devices?token=${SECRET}&${SECRET}=1` },
            { url: `/errors/${SECRET}`, remoteAddress: "192.0.2.3" },
            { url: `/api/v1/devices/kitchen/readings?from=${SECRET}`, remoteAddress: "192.0.2.4" },
            { url: `/api/v1/devices/${SECRET}/latest`, remoteAddress: "192.0.2.2" },
            { url: "/api/v1/devices", headers: { cookie: `session=${SECRET}`, authorization: `Bearer ${SECRET}` } },
            { url: "/api/v1/devices", headers: { "x-request-id": SECRET, "user-agent": SECRET, referer: SECRET } },
            { method: "POST", url: "/api/v1/readings", headers: postHeaders(SECRET), payload: batch },
            { method: "POST", url: "/api/v1/readings", headers: postHeaders(world.token), payload: `{"${SECRET}` },
            { method: "POST", url: "/api/v1/readings", headers: postHeaders(world.token), payload: { [SECRET]: 1 } },
        ] satisfies InjectOptions[]
        const known = lines().length
        for (const carrier of carriers) await app.inject(carrier)
        await wait(0)
        assert.ok(lines().length > known + 3)
        assert.ok(!text.includes(SECRET), text)
        assert.ok(!text.includes(world.token), text)
    })

    it("has one line for refused tokens of one address, and the number of the others at the end", async () => {
        const post = () =>
            app.inject({
                method: "POST",
                url: "/api/v1/readings",
                headers: postHeaders("y"),
                payload: batch,
                remoteAddress: "192.0.2.1",
            })
        for (let at = 0; at < 9; at++) await post()
        const refused = () => lines().filter(({ subject }) => subject === "192.0.2.1")
        assert.deepEqual(
            refused().map(({ level, code, address }) => [level, code, address]),
            [["warn", "TOKEN_UNKNOWN", "192.0.2.1"]],
        )
        app.events.flush()
        assert.deepEqual(
            refused().map(({ repeated }) => repeated),
            [undefined, 8],
        )
    })

    it("explains a failure of the database with its cause, and without its values", () => {
        const cause = Object.assign(new Error("duplicate key"), {
            detail: `Key (tokenSha256)=(${SECRET})`,
            code: "23505",
        })
        const fields = errorFields(new Error("the database failed", { cause }))
        assert.match(JSON.stringify(fields), /"message":"the database failed".*"cause":\{"type":"Error","code":"23505"/)
        assert.ok(!JSON.stringify(fields).includes(SECRET))
    })
})

describe("events that repeat", () => {
    const WINDOW_MS = 40

    /** What is logged while `work` runs, as [code, subject, repeated]. */
    async function logged(work: (events: EventLog) => unknown) {
        const found: unknown[][] = []
        const write = ({ code, subject, repeated }: { code: string; subject: string; repeated?: number }) =>
            found.push([code, subject, repeated ?? 0])
        const events = new EventLog({ info: write, warn: write, error: write } as never, WINDOW_MS)
        await work(events)
        events.flush()
        return found
    }

    it("are written once for each code and subject, and then counted in each window", async () => {
        const found = await logged(async events => {
            for (const subject of ["a", "a", "b", "a"]) events.record("warn", "TOKEN_UNKNOWN", subject)
            await wait(1.5 * WINDOW_MS)
            events.record("warn", "TOKEN_UNKNOWN", "a")
            await wait(3 * WINDOW_MS)
            events.record("warn", "TOKEN_UNKNOWN", "a")
        })
        assert.deepEqual(found, [
            ["TOKEN_UNKNOWN", "a", 0],
            ["TOKEN_UNKNOWN", "b", 0],
            ["TOKEN_UNKNOWN", "a", 2],
            ["TOKEN_UNKNOWN", "a", 1],
            ["TOKEN_UNKNOWN", "a", 0],
        ])
    })

    it("of more than 1,000 subjects share a line, so that addresses cannot fill memory or disk", async () => {
        const found = await logged(events => {
            for (let at = 0; at < 5000; at++) events.record("warn", "TOKEN_UNKNOWN", `address ${at}`)
        })
        assert.equal(found.length, 1002)
        assert.deepEqual(found.at(-1), ["TOKEN_UNKNOWN", "others", 3999])
    })
})

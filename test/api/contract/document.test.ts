import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import type { InjectOptions } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import { isErrorCode } from "../../../certs/error-codes/table.ts"
import { addAdmin } from "../../../devs/api/access/admins.ts"
import { replyToClientError } from "../../../devs/api/client-errors.ts"
import { addDevice, setDevice } from "../../../devs/api/device-registry.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { writeEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { panelSettingNames, settingRange } from "../../../src/wire.ts"
import { accepts, heldBackStatus, refuses } from "../pins/edge-samples.ts"
import { cookieOf, logInRequest, PASSWORD, sameOrigin } from "../security/closed-world.ts"
import { fullStatus } from "../support/full-status.ts"
import { NOW_S, openWorld, postHeaders, type World } from "../support/world.ts"
import { Contract, type Sent } from "./support/document.ts"

const batch = { boot: "b1", seq: 1, time: NOW_S - 300, step: 60, co2Ppm: [721, 722], temperatureC: [23.18, null] }
const DEVICE = "/api/v1/devices/{id}"
/** routes with a range of time */
const RANGES = ["/readings", "/readings.csv", "/readings.lp"]

/** Errors that do not come from the request, as those of the database; thrown in its place. Other tests cause them. */
const NOT_BY_REQUEST =
    /^(STORE_.*|INTERNAL|READS_BUSY|DEVICE_LIMIT|DISK_LOW|NOT_LOGGED_IN|TOKEN_UNKNOWN|LINK_INVALID|DEVICE_LINK_ONLY|ADMIN_ONLY|CROSS_SITE|RATE_LIMIT)$/

/** Longer than what a device keeps of a response. */
const manySettings = Object.fromEntries(
    panelSettingNames().map(name => [name, settingRange(name)!.max] as [string, number]),
)

/** Errors of Node's HTTP parser: the same for every route. */
const BY_PARSER: Record<string, string> = {
    REQUEST_MALFORMED: "HPE_INVALID_METHOD",
    REQUEST_TIMEOUT: "ERR_HTTP_REQUEST_TIMEOUT",
    HEADERS_TOO_LARGE: "HPE_HEADER_OVERFLOW",
}

describe("the OpenAPI document", () => {
    let world: World
    let contract: Contract
    /** headers of an admin's browser */
    let admin: Record<string, string>
    /** where the server's clock is set, ms from the right time */
    const set = (ms: number) => (world.clock.ms = NOW_S * 1000 + ms)

    before(async () => {
        world = await openWorld(undefined, { readThreads: true })
        world.app.addHook("onRequest", async ({ headers: { "x-throw": code } }) => {
            if (typeof code === "string" && isErrorCode(code)) throw new AirpinError(code, `thrown: ${code}`)
        })
        contract = new Contract((await world.get("/openapi.json")).json())
        await addDevice(world.db, { id: "attic", createdAt: NOW_S })
        await addAdmin(world.db, "ada", PASSWORD, NOW_S)
        admin = { cookie: cookieOf(await world.app.inject(logInRequest("ada", PASSWORD))), ...sameOrigin }
        await world.post({ ...batch, lost: 3, rejected: 1, status: fullStatus })
        await setDevice(world.db, "kitchen", { INTERVAL_S: 30 }, NOW_S)
        await world.post({ ...batch, seq: 3, time: NOW_S, status: { uptimeS: 5000, settings: { revision: 1 }, x: 1 } })
        await setDevice(world.db, "kitchen", { BATCH: 10 }, NOW_S)
    })
    after(() => world.end())

    const ask = async (route: string, options: InjectOptions): Promise<void> => {
        const { statusCode, headers, body } = await world.app.inject(options)
        // an acknowledgement does without its header, as no device reads it
        const mediaType = `${headers["content-type"] ?? "application/json"}`.split(";")[0] ?? ""
        contract.check(route, { status: statusCode, mediaType, body })
    }
    const get = (path: string, url: string) => ask(`GET ${path}`, { url })
    const post = (payload: object | string, token = world.token, more: Record<string, string> = {}) =>
        ask("POST /api/v1/readings", {
            method: "POST",
            url: "/api/v1/readings",
            headers: { ...postHeaders(token), ...more },
            payload,
        })

    it("is in OpenAPI 3.1 and names whole schemas", async () => {
        const document = (await world.get("/openapi.json")).json()
        assert.equal(document.openapi, "3.1.0")
        assert.deepEqual(Object.keys(document.components.schemas).sort(), [
            "Device",
            "MeanReading",
            "Problem",
            "Reading",
            "StreamDevice",
            "StreamDevices",
            "StreamRoom",
            "StreamRooms",
            "StreamTime",
            "WallRoom",
        ])
    })

    it("fits the responses of GET routes", async () => {
        await get("/api/v1/devices", "/api/v1/devices")
        for (const id of ["kitchen", "attic"]) {
            await get(DEVICE, `/api/v1/devices/${id}`)
            await get(`${DEVICE}/latest`, `/api/v1/devices/${id}/latest`)
            await get(`${DEVICE}/readings`, `/api/v1/devices/${id}/readings`)
            await get(`${DEVICE}/readings`, `/api/v1/devices/${id}/readings?step=60`)
            for (const from of ["2025-01-14", "2024-02-01"])
                await get(`${DEVICE}/events`, `/api/v1/devices/${id}/events?from=${from}`)
            await get(`${DEVICE}/readings.csv`, `/api/v1/devices/${id}/readings.csv`)
            await get(`${DEVICE}/readings.lp`, `/api/v1/devices/${id}/readings.lp`)
            await get("/dev", `/dev?deviceId=${id}`)
        }
        await get("/api/v1/wall", "/api/v1/wall")
        for (const query of ["", "?from=2025-01-15"]) await get("/api/v1/school/week", `/api/v1/school/week${query}`)
        for (const query of ["", "?month=2025-01"]) await get("/api/v1/school/month", `/api/v1/school/month${query}`)
        // GET has no end
        await ask("GET /api/v1/stream", { method: "HEAD", url: "/api/v1/stream" })
        for (const path of ["/live", "/ready", "/health", "/metrics"]) await get(path, path)
        await get("/errors/{code}", "/errors/TOKEN_UNKNOWN")
        await get("/api/v1/session", "/api/v1/session")
    })

    it("fits the responses of POST routes", async () => {
        await post({ ...batch, seq: 5, time: NOW_S, status: { uptimeS: 5000 } })
        await post({ ...batch, seq: 6, time: NOW_S })
    })

    it("fits the errors of GET routes", async () => {
        for (const path of ["", "/latest", "/events", ...RANGES]) {
            await get(`${DEVICE}${path}`, `/api/v1/devices/none${path}`)
            await get(`${DEVICE}${path}`, `/api/v1/devices/NONE${path}`)
        }
        const queries = ["from=x", "from=2025-01-16&to=2025-01-15", "step=0", "step=9999999&from=2024-01-01"]
        for (const path of RANGES)
            for (const query of queries) await get(`${DEVICE}${path}`, `/api/v1/devices/kitchen${path}?${query}`)
        await get(`${DEVICE}/readings`, "/api/v1/devices/kitchen/readings?after=x")
        for (const query of ["from=x", "from=2025-01-16&to=2025-01-15", "from=2023-01-01", "step=60"])
            await get(`${DEVICE}/events`, `/api/v1/devices/kitchen/events?${query}`)
        for (const query of ["columns=x", "zone=x"])
            await get(`${DEVICE}/readings.csv`, `/api/v1/devices/kitchen/readings.csv?${query}`)
        for (const query of ["from=2025-02-30", "from=0&from=1"])
            await get("/api/v1/school/week", `/api/v1/school/week?${query}`)
        for (const query of ["month=2025-13", "form=x"])
            await get("/api/v1/school/month", `/api/v1/school/month?${query}`)
        await get("/dev", "/dev?deviceId=a&deviceId=b")
        await get("/api/v1/stream", "/api/v1/stream?view=x")
        await get("/errors/{code}", "/errors/none")
        await get("/errors/{code}", "/errors/%ZZ")
    })

    it("fits the errors of POST routes", async () => {
        await post(batch, "", { authorization: "" })
        await ask("POST /api/v1/readings", { method: "POST", url: "/api/v1/readings" })
        const { token } = await addDevice(world.db, { id: "gone", createdAt: NOW_S })
        await revokeDevice(world.db, "gone", NOW_S)
        await post(batch, token)
        await post("x", world.token, { "content-type": "text/plain" })
        await post("{")
        await post(`{"boot":"${"b".repeat(16 * 1024)}"}`)
        await post({ ...batch, co2Ppm: Array(61).fill(700) })
        await post({ boot: "b1", seq: 1, time: NOW_S, step: 60 })
        await post({ ...batch, co2Ppm: [1000] })
        await post({ ...batch, time: undefined })
        await post({ ...batch, time: 1 })
        await post({ ...batch, co2Ppm: [1, 2] })
    })

    it("fits what an admin does with links", async () => {
        const url = "/api/v1/links"
        const add = (payload: object | string, more = {}) =>
            ask(`POST ${url}`, { method: "POST", url, headers: { ...admin, ...more }, payload })
        await add({ name: "cook", device: "kitchen", days: 30 })
        await add({ name: "cook" })
        await add({ name: "guest", device: "none" })
        await add({ name: "guest", days: 0 })
        await add({})
        await add("x", { "content-type": "text/plain" })
        await add({ name: "x".repeat(2 ** 20) })
        await ask(`GET ${url}`, { url, headers: admin })
        for (const name of ["cook", "none"])
            await ask(`DELETE ${url}/{name}`, { method: "DELETE", url: `${url}/${name}`, headers: admin })
        await ask("GET /api/v1/session", { url: "/api/v1/session", headers: admin })
    })

    it("fits what an admin does with the site", async () => {
        const url = "/api/v1/site"
        const put = (payload: object | string, more = {}) =>
            ask(`PUT ${url}`, { method: "PUT", url, headers: { ...admin, ...more }, payload })
        await ask(`GET ${url}`, { url, headers: admin })
        const site = (await world.app.inject({ url, headers: admin })).json()
        const group = "Building A / Floor 1"
        const rooms = { kitchen: { group, limits: { fairPpm: 800, poorPpm: 1400 } } }
        const holidays = [{ from: "2026-12-21", to: "2027-01-08", name: "Christmas" }]
        await put({ ...site, language: "de", rooms, holidays })
        await ask(`GET ${url}`, { url, headers: admin })
        await put(site)
        await put({})
        await put("{", { "content-type": "application/json" })
        await put("x", { "content-type": "text/plain" })
        await put({ name: "x".repeat(2 ** 20) })
        const more = { QUIET_FROM_H: 10, QUIET_TO_H: 10, UTC_OFFSET_MIN: -600, SCREEN_ROTATION: 180, SCREEN_INVERT: 1 }
        await addDevice(world.db, { id: "full", createdAt: NOW_S })
        const full = { ...more, NIGHT_FROM_H: 10, NIGHT_TO_H: 10, TONE_REPEAT_MIN: 1440, ASC: 0 }
        await setDevice(world.db, "full", full, NOW_S)
        await put({ ...site, revision: 1, limits: { fairPpm: 1000, poorPpm: 1400 } })
    })

    it("fits what an admin sees of the certificate in use and of pins", async () => {
        const see = async () => {
            await ask("GET /api/v1/edge", { url: "/api/v1/edge", headers: admin })
            for (const id of ["kitchen", "none", "NOT-AN-ID"])
                await ask(`GET ${DEVICE}/pins`, { url: `/api/v1/devices/${id}/pins`, headers: admin })
        }
        await see()
        await writeEdgeStatus(world.db, {
            ...heldBackStatus(["kitchen"], 12),
            devices: [refuses("kitchen"), accepts("gym")],
        })
        const anchors = [
            { subject: "CN=X", spkiSha256: "22".repeat(32), notAfter: "2035-06-04T11:04:38Z", role: "issuer" },
        ]
        const image = {
            imageFile: "kitchen.bin",
            imageSha256: "11".repeat(32),
            board: "M5Stack",
            hosts: ["a.test:443"],
        }
        await storePins(world.db, "kitchen", { ...image, anchors, bundle: Buffer.of(0, 1) }, NOW_S)
        await see()
    })

    it("fits what an admin does with devices", async () => {
        const url = "/api/v1/devices"
        const send = (
            method: "POST" | "PATCH" | "PUT",
            route: string,
            id: string,
            payload: object | string,
            more = {},
        ) =>
            ask(`${method} ${route}`, {
                method,
                url: route.replace("{id}", id),
                headers: { ...admin, ...more },
                payload,
            })
        const bodies = async (method: "POST" | "PATCH" | "PUT", route: string) => {
            await send(method, route, "kitchen", {})
            await send(method, route, "kitchen", "x", { "content-type": "text/plain" })
            await send(method, route, "kitchen", { name: "x".repeat(2 ** 20) })
        }
        await bodies("POST", url)
        for (const name of ["hall", "hall"]) await send("POST", url, "", { name })
        await bodies("PATCH", DEVICE)
        for (const id of ["hall", "none", "NOT-AN-ID"]) {
            await send("PATCH", DEVICE, id, { name: "Hall" })
            for (const method of ["POST", "DELETE"] as const)
                await ask(`${method} ${DEVICE}/token`, { method, url: `${url}/${id}/token`, headers: admin })
            await ask(`GET ${DEVICE}/recalibration`, { url: `${url}/${id}/recalibration`, headers: admin })
        }
        const settings = `${DEVICE}/settings`
        await bodies("PUT", settings)
        for (const id of ["kitchen", "hall", "none", "NOT-AN-ID"]) await send("PUT", settings, id, { LIGHT: 10 })
        for (const wrong of [{ LOUDNESS: 1 }, { LIGHT: 101 }, { RECALIBRATE_PPM: 2000 }, manySettings])
            await send("PUT", settings, "kitchen", wrong)
        await ask(`GET ${DEVICE}/recalibration`, { url: `${url}/kitchen/recalibration`, headers: admin })
        await ask("GET /api/v1/alerts", { url: "/api/v1/alerts", headers: admin })
        await ask("GET /api/v1/anchors", { url: "/api/v1/anchors", headers: admin })
    })

    it("fits the errors of a wrong clock", async () => {
        const now = { boot: "b1", seq: 9, time: NOW_S, age: 0, step: 60, co2Ppm: [721], status: { uptimeS: 1e6 } }
        for (const id of ["office", "gym"]) await post(now, (await addDevice(world.db, { id, createdAt: NOW_S })).token)
        await post({ ...now, time: NOW_S - 7200 })
        set(-20 * 365 * 86_400_000)
        for (const path of ["/ready", "/health"]) await get(path, path)
        await post({ ...batch, seq: 11 })
        set(0)
    })

    it("fits the errors that do not come from the request", async () => {
        for (const declared of contract.declared()) {
            const [method = "GET", path = "", , code = ""] = declared.split(" ")
            if (!NOT_BY_REQUEST.test(code)) continue
            const url = path.replace("{id}", "kitchen").replace("{code}", "INTERNAL").replace("{name}", "cook")
            const options = { method: method as "GET", url, headers: { ...admin, "x-throw": code } }
            await ask(`${method} ${path}`, options)
        }
    })

    it("fits the errors of HTTP itself, on every route", async () => {
        for (const [code, nodeCode] of Object.entries(BY_PARSER)) {
            const sent = await parserError(nodeCode)
            for (const route of contract.routes) contract.check(route, sent)
            assert.ok([...contract.checked].some(checked => checked.endsWith(code)))
        }
    })

    it("declares nothing else: every route, status and code was checked", () => {
        assert.deepEqual(
            contract.declared().filter(declared => !contract.checked.has(declared)),
            [],
        )
    })

    it("refuses a response with a member that it does not name, and without one that it requires", () => {
        const sent = (body: object) => ({ status: 200, mediaType: "application/json", body: JSON.stringify(body) })
        contract.check("GET /health", sent({ status: "ok" }))
        assert.throws(() => contract.check("GET /health", sent({ status: "ok", more: 1 })), /additional properties/)
        assert.throws(() => contract.check("GET /health", sent({})), /must have required property 'status'/)
        const device = { status: 404, mediaType: "application/problem+json" }
        const body = JSON.stringify({ code: "STORE_BUSY", message: "" })
        assert.throws(() => contract.check(`GET ${DEVICE}`, { ...device, body }), /must be equal to one of/)
    })
})

/** What the server sends for an error of Node's parser. */
async function parserError(code: string): Promise<Sent> {
    const socket = new PassThrough()
    replyToClientError(Object.assign(new Error("parser"), { code }), socket, undefined)
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n")
    const status = Number(head.split(" ")[1])
    const mediaType = /content-type: (.+)/.exec(head)?.[1] ?? ""
    return { status, mediaType: mediaType.trim(), body }
}

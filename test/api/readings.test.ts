import assert from "node:assert/strict"
import { type ErrorCode, errorRow } from "../../certs/error-codes/table.ts"
import { addDevice } from "../../devs/api/device-registry.ts"
import { co2Batch, NOW_DATE, NOW_S, noOtherLosses, openWorld, values, type World } from "./support/world.ts"

const empty = { eco2Ppm: null, tvocPpb: null, temperatureC: null, humidityRh: null }

describe("GET routes of the API", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const append = (batch: ReturnType<typeof co2Batch>) => world.store.append("kitchen", batch, NOW_S)
    const rows = async (query: string) => (await world.get(`/api/v1/devices/kitchen/readings${query}`)).json().readings
    const co2 = async (query: string) => (await rows(query)).map((row: { co2Ppm: number }) => row.co2Ppm)

    it("lists devices with their latest reading and its age by the server's clock", async () => {
        await addDevice(world.db, { id: "attic", name: "Attic", createdAt: NOW_S })
        await append(co2Batch(1, NOW_S - 95, [721], { lost: 2 }))
        const latest = { time: NOW_S - 95, boot: "b1", seq: 1, co2Ppm: 721, ...empty, age: 95 }
        assert.deepEqual((await world.get("/api/v1/devices")).json(), {
            now: NOW_S,
            devices: [
                {
                    id: "attic",
                    name: "Attic",
                    createdAt: NOW_S,
                    revokedAt: null,
                    lastSeenAt: null,
                    lost: 0,
                    ...noOtherLosses,
                    latest: null,
                    lowestCo2: null,
                    status: null,
                    boots: 0,
                    starts: {},
                    settings: null,
                    group: null,
                    limits: { fairPpm: 1000, poorPpm: 2000 },
                },
                {
                    id: "kitchen",
                    name: "Kitchen",
                    createdAt: NOW_S - 86_400,
                    revokedAt: null,
                    lastSeenAt: NOW_S,
                    lost: 2,
                    ...noOtherLosses,
                    latest,
                    lowestCo2: { ppm: 721, at: NOW_S, hours: 1 },
                    status: null,
                    boots: 1,
                    starts: {},
                    settings: null,
                    group: null,
                    limits: { fairPpm: 1000, poorPpm: 2000 },
                },
            ],
        })
    })

    it("shows the latest reading of one device, with what it lost", async () => {
        await append(co2Batch(1, NOW_S - 200, [721, 722], { lost: 3 }))
        const response = await world.get("/api/v1/devices/kitchen/latest")
        const latest = { time: NOW_S - 140, boot: "b1", seq: 2, co2Ppm: 722, ...empty, age: 140 }
        assert.deepEqual(response.json(), { device: "kitchen", lost: 3, latest })
        assert.equal(response.headers.date, NOW_DATE)
    })

    it("shows null before the first reading", async () => {
        assert.deepEqual((await world.get("/api/v1/devices/kitchen/latest")).json(), {
            device: "kitchen",
            lost: 0,
            latest: null,
        })
    })

    it("returns the readings of the last 24 hours without a time range", async () => {
        await append(co2Batch(1, NOW_S - 86_401, [1]))
        await append(co2Batch(2, NOW_S - 86_400, [2]))
        await append(co2Batch(3, NOW_S, [3]))
        await append(co2Batch(4, NOW_S + 1, [4]))
        assert.deepEqual(await co2(""), [2, 3])
    })

    it("accepts Unix seconds, ISO 8601 and dates; both ends belong to the range", async () => {
        await append(co2Batch(1, NOW_S - 120, [1, 2, 3, 4, 5]))
        assert.deepEqual(await co2("?from=1736942340&to=1736942460"), [2, 3, 4])
        assert.deepEqual(await co2("?from=2025-01-15T11:59:00Z&to=2025-01-15T12:01:00Z"), [2, 3, 4])
        assert.deepEqual(await co2("?from=2025-01-15T13:59:00%2B02:00&to=2025-01-15T07:01:59.9-05:00"), [2, 3, 4])
        assert.deepEqual(await co2("?from=2025-01-15&to=2025-01-16"), [1, 2, 3, 4, 5])
        assert.deepEqual(await co2("?from=2025-01-15T12:00:00Z&to=2025-01-15T12:00:00Z"), [3])
    })

    it("orders readings by time, whatever order they came in", async () => {
        await append(co2Batch(1, NOW_S - 60, [2], { boot: "b2" }))
        await append(co2Batch(1, NOW_S - 120, [1]))
        assert.deepEqual(await co2(""), [1, 2])
    })

    it("returns means over steps on request, with the number of readings in each", async () => {
        await append(co2Batch(1, NOW_S - 540, [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]))
        assert.deepEqual(await rows("?step=300"), [
            { time: NOW_S - 300, count: 5, co2Ppm: 300, ...empty },
            { time: NOW_S, count: 5, co2Ppm: 800, ...empty },
        ])
    })

    it("pages through more rows than fit one response", async () => {
        const values = Array.from({ length: 10_001 }, () => 700)
        await append(co2Batch(1, NOW_S - 80_000, values, { step: 7 }))
        const first = (await world.get("/api/v1/devices/kitchen/readings")).json()
        assert.deepEqual([first.readings.length, first.readings.at(-1).seq], [10_000, 10_000])
        const second = (await world.get(`/api/v1/devices/kitchen/readings?after=${first.next}`)).json()
        assert.deepEqual(
            second.readings.map((row: { seq: number }) => row.seq),
            [10_001],
        )
        assert.equal(second.next, null)
    })

    const wrong: [url: string, status: number, code: ErrorCode][] = [
        ["/api/v1/devices/kitchen/readings?from=yesterday", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?from=2025-02-30", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?from=2025-01-15T12:00:00", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?from=2025-01-15T25:00:00Z", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?from=2025-01-15T12:00:00+01:00", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?to=-1", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?to=1736942400500", 400, "TIME_UNREADABLE"],
        ["/api/v1/devices/kitchen/readings?from=2025-01-16&to=2025-01-15", 400, "RANGE_REVERSED"],
        ["/api/v1/devices/kitchen/readings?step=0", 400, "STEP_INVALID"],
        ["/api/v1/devices/kitchen/readings?step=1.5", 400, "STEP_INVALID"],
        ["/api/v1/devices/kitchen/readings?from=0&step=60", 400, "RANGE_TOO_LONG"],
        ["/api/v1/devices/kitchen/readings?after=x", 400, "AFTER_INVALID"],
        ["/api/v1/devices/kitchen/readings?form=0", 400, "QUERY_MALFORMED"],
        ["/api/v1/devices/kitchen/readings?from=0&from=1", 400, "QUERY_MALFORMED"],
        ["/api/v1/devices/Kitchen/latest", 400, "QUERY_MALFORMED"],
        ["/api/v1/devices/%ZZ/latest", 400, "QUERY_MALFORMED"],
        ["/api/v1/devices/attic", 404, "DEVICE_UNKNOWN"],
        ["/api/v1/devices/attic/latest", 404, "DEVICE_UNKNOWN"],
        ["/api/v1/devices/attic/readings", 404, "DEVICE_UNKNOWN"],
        ["/api/v1/devices/attic/readings.csv", 404, "DEVICE_UNKNOWN"],
        ["/api/v2/devices", 404, "ROUTE_UNKNOWN"],
        ["/page.ts", 404, "ROUTE_UNKNOWN"],
        ["/..%2fapp.ts", 404, "ROUTE_UNKNOWN"],
    ]
    for (const [url, status, code] of wrong) {
        it(`responds with ${status} ${code} to ${url}`, async () => {
            const response = await world.get(url)
            assert.deepEqual([response.statusCode, response.json().code], [status, code])
            const { message } = response.json()
            assert.deepEqual(response.json(), {
                type: `/errors/${code}`,
                title: errorRow(code).what,
                status,
                detail: message,
                code,
                message,
            })
            assert.equal(response.headers["content-type"]?.toString().split(";")[0], "application/problem+json")
            assert.equal(response.headers.date, NOW_DATE)
        })
    }

    it("responds with 404 ROUTE_UNKNOWN to a method that a route does not have", async () => {
        const response = await world.app.inject({ method: "DELETE", url: "/api/v1/devices/kitchen/readings" })
        assert.deepEqual([response.statusCode, response.json().code], [404, "ROUTE_UNKNOWN"])
    })

    it("is healthy while it can store", async () => {
        const response = await world.get("/health")
        assert.deepEqual([response.statusCode, response.body], [200, '{"status":"ok"}'])
    })

    it("describes itself: every route, the token, and the limits of a batch", async () => {
        const document = (await world.get("/openapi.json")).json()
        assert.equal(document.openapi, "3.1.0")
        assert.deepEqual(Object.keys(document.paths).sort(), [
            "/api/v1/alerts",
            "/api/v1/anchors",
            "/api/v1/devices",
            "/api/v1/devices/{id}",
            "/api/v1/devices/{id}/events",
            "/api/v1/devices/{id}/latest",
            "/api/v1/devices/{id}/pins",
            "/api/v1/devices/{id}/readings",
            "/api/v1/devices/{id}/readings.csv",
            "/api/v1/devices/{id}/readings.lp",
            "/api/v1/devices/{id}/recalibration",
            "/api/v1/devices/{id}/settings",
            "/api/v1/devices/{id}/token",
            "/api/v1/edge",
            "/api/v1/links",
            "/api/v1/links/{name}",
            "/api/v1/readings",
            "/api/v1/school/month",
            "/api/v1/school/week",
            "/api/v1/session",
            "/api/v1/site",
            "/api/v1/stream",
            "/api/v1/wall",
            "/dev",
            "/errors/{code}",
            "/health",
            "/live",
            "/metrics",
            "/ready",
        ])
        const post = document.paths["/api/v1/readings"].post
        assert.deepEqual(post.security, [{ token: [] }])
        assert.equal(document.components.securitySchemes.token.scheme, "bearer")
        const batch = post.requestBody.content["application/json"].schema
        assert.deepEqual(batch.required, ["boot", "seq", "step"])
        assert.deepEqual(batch.properties.temperatureC.items, {
            type: ["number", "null"],
            minimum: -40,
            maximum: 125,
        })
        assert.deepEqual(batch.properties.status.anyOf[0].required, ["uptimeS"])
        assert.match(batch.properties.status.description, /does not fit .* never causes the readings to be rejected/)
        const device = document.components.schemas.Device
        assert.equal(device.properties.status.properties.rssi.description, "Wi-Fi signal, dBm")
        assert.equal(device.properties.settings.properties.desired.properties.INTERVAL_S.description, "5 to 3600")
        assert.ok(document.paths["/api/v1/devices/{id}/readings.csv"].get.responses["200"].content["text/csv"])
    })

    it("shows a reading in which nothing was measured as null, not as the one before", async () => {
        await append(co2Batch(1, NOW_S - 60, [721]))
        await append({ ...co2Batch(2, NOW_S, []), values: [values({})] })
        assert.equal((await world.get("/api/v1/devices/kitchen/latest")).json().latest.co2Ppm, null)
    })
})

import assert from "node:assert/strict"
import { NOW_S, openWorld, values, type World } from "./support/world.ts"

describe("GET /dev, for the widgets of uPyCO2", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    const store = (some: Parameters<typeof values>[0], seq = 1) =>
        world.store.append(
            "kitchen",
            { boot: "b1", seq, time: NOW_S + seq, step: 60, lost: 0, values: [values(some)] },
            NOW_S,
        )
    const ask = async (query: string) => {
        const { statusCode, headers, ...response } = await world.get(`/dev${query}`)
        assert.deepEqual([statusCode, headers["content-type"]], [200, "application/json"])
        return response.json()
    }

    it("has the latest reading in the names and forms of its server", async () => {
        await store({ eco2Ppm: 450, tvocPpb: 12 })
        assert.deepEqual(await ask("?deviceId=kitchen"), {
            device_id: "kitchen",
            tvoc: 12,
            eco2: 450,
            epoch: NOW_S + 1,
            timestamp: "Wed, 15 Jan 2025 12:00:01 GMT",
            found: true,
        })
    })

    it("has measured CO2 rather than its estimate, and null for what is not measured", async () => {
        await store({ eco2Ppm: 450, co2Ppm: 812 })
        const { eco2, tvoc } = await ask("?deviceId=kitchen")
        assert.deepEqual([eco2, tvoc], [812, null])
    })

    it("finds nothing for an unknown device, one without a reading, and none", async () => {
        for (const query of ["?deviceId=none", "?deviceId=kitchen", "?deviceId=' OR 1=1", "?deviceId=", ""])
            assert.deepEqual(await ask(query), { found: false })
    })

    it("is refused with two devices", async () => {
        const response = await world.get("/dev?deviceId=a&deviceId=b")
        assert.deepEqual([response.statusCode, response.json().code], [400, "QUERY_MALFORMED"])
    })
})

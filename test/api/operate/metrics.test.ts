import assert from "node:assert/strict"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { NOW_S, openWorld, type World } from "../support/world.ts"

const batch = { boot: "b1", seq: 1, time: NOW_S - 60, step: 60, lost: 3, co2Ppm: [721, 722] }

describe("GET /metrics", () => {
    let world: World
    beforeEach(async () => (world = await openWorld()))
    afterEach(() => world.end())

    const metrics = async () => (await world.get("/metrics")).body.split("\n")
    const shows = async (...lines: string[]) => {
        const all = await metrics()
        for (const line of lines)
            assert.ok(all.includes(line), `${line}\n${all.filter(each => /^airpin/.test(each)).join("\n")}`)
    }

    it("counts posts by result, and what became of their readings", async () => {
        await world.post(batch)
        await world.post(batch)
        await world.post({ ...batch, seq: 3, time: 1 })
        await world.post(batch, "x".repeat(32))
        await shows(
            'airpin_posts_total{code="OK"} 2',
            'airpin_posts_total{code="TIME_OUT_OF_RANGE"} 1',
            'airpin_posts_total{code="TOKEN_UNKNOWN"} 1',
            'airpin_readings_total{result="stored"} 2',
            'airpin_readings_total{result="repeated"} 2',
            'airpin_readings_total{result="rejected"} 1',
            "airpin_post_duration_seconds_count 4",
        )
    })

    it("counts and times reads by the pattern of their route, whatever their URL", async () => {
        for (const id of ["a", "b", "c"]) await world.get(`/api/v1/devices/${id}`)
        await world.get("/none/of/these")
        await shows(
            'airpin_requests_total{method="GET",route="/api/v1/devices/:id",code="DEVICE_UNKNOWN"} 3',
            'airpin_requests_total{method="any",route="none",code="ROUTE_UNKNOWN"} 1',
            'airpin_read_duration_seconds_count{route="/api/v1/devices/:id"} 3',
        )
    })

    it("shows devices by state, and each one's latest CO2, last post and losses", async () => {
        await world.post(batch)
        for (const id of ["attic", "gone"]) await addDevice(world.db, { id, createdAt: NOW_S })
        await revokeDevice(world.db, "gone", NOW_S)
        await shows(
            'airpin_devices{state="posting"} 1',
            'airpin_devices{state="silent"} 0',
            'airpin_devices{state="never"} 1',
            'airpin_devices{state="revoked"} 1',
            'airpin_device_co2_ppm{device="kitchen"} 722',
            'airpin_device_co2_fair_limit_ppm{device="kitchen"} 1000',
            'airpin_device_co2_poor_limit_ppm{device="kitchen"} 2000',
            `airpin_device_last_seen_timestamp_seconds{device="kitchen"} ${NOW_S}`,
            'airpin_device_lost_readings{device="kitchen"} 3',
        )
        assert.ok(!(await metrics()).some(line => line.includes('device="gone"')))
    })

    it("shows the 200 devices that were seen last, so that devices cannot fill Prometheus", async () => {
        for (let at = 0; at < 210; at++) await addDevice(world.db, { id: `room-${at}`, createdAt: NOW_S })
        await world.post(batch)
        const shown = (await metrics()).filter(line => line.startsWith("airpin_device_lost_readings{"))
        assert.equal(shown.length, 200)
        assert.ok(shown[0]?.includes("kitchen"))
    })

    it("calls a device silent that has not posted for two hours", async () => {
        await world.post(batch)
        world.clock.ms += 7_201_000
        await shows('airpin_devices{state="silent"} 1', 'airpin_devices{state="posting"} 0')
    })

    it("is not ready while the clock is in doubt", async () => {
        await shows("airpin_ready 1")
        world.clock.ms -= 20 * 365 * 86_400_000
        await shows("airpin_ready 0")
    })
})

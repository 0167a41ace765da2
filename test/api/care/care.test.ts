import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { saveChanges } from "../../../devs/api/alerts/alert-store.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { bearer, type ClosedWorld, openClosedWorld, sameOrigin } from "../security/closed-world.ts"
import { NOW_S } from "../support/world.ts"

/** 5 minutes after the readings of the world */
const NOW = NOW_S + 300
const KITCHEN = "/api/v1/devices/kitchen"
const batch = { boot: "b2", seq: 1, time: NOW - 240, step: 60, co2Ppm: [480, 470, 475, 465, 470] }

const changes = [
    ["PUT", `${KITCHEN}/settings`, { LIGHT: 10 }],
    ["POST", "/api/v1/devices", { name: "hall" }],
    ["PATCH", KITCHEN, { name: "Kitchen 2" }],
    ["POST", `${KITCHEN}/token`, undefined],
    ["DELETE", `${KITCHEN}/token`, undefined],
] as const

describe("care of the devices", () => {
    let world: ClosedWorld
    let logged: string
    let admin: Record<string, string>

    const send = (method: "PUT" | "POST" | "PATCH" | "DELETE", url: string, payload?: object, headers = admin) =>
        world.app.inject({ method, url, headers, ...(payload && { payload }) })
    const post = (body: object, token = world.token) => world.post({ ...batch, ...body }, token)
    const recalibration = async () => (await world.as(admin, `${KITCHEN}/recalibration`)).json().recalibration

    beforeEach(async () => {
        logged = ""
        const stream = new PassThrough().on("data", chunk => (logged += chunk))
        world = await openClosedWorld({ log: { stream, level: "debug" } })
        admin = { cookie: await world.logIn(), ...sameOrigin }
        world.clock.ms += 300_000
    })
    afterEach(() => world?.end())

    it("is for admins, on a page of this server", async () => {
        for (const [method, url, payload] of changes) {
            const crossSite = { ...admin, "sec-fetch-site": "cross-site" }
            assert.equal((await send(method, url, payload, crossSite)).json().code, "CROSS_SITE")
            assert.equal((await send(method, url, payload, bearer(world.everything))).json().code, "ADMIN_ONLY")
            assert.equal((await send(method, url, payload, sameOrigin)).statusCode, 401)
        }
        for (const url of [`${KITCHEN}/recalibration`, "/api/v1/alerts", "/api/v1/anchors"])
            assert.equal((await world.as(bearer(world.everything), url)).json().code, "ADMIN_ONLY")
    })

    it("asks a device for settings, which it takes with its next post", async () => {
        const { json } = await send("PUT", `${KITCHEN}/settings`, { INTERVAL_S: 30, PRESSURE_HPA: 0 })
        const desired = { INTERVAL_S: 30, PRESSURE_HPA: 0 }
        assert.deepEqual(json(), { revision: 1, desired, withdrawn: false })
        assert.deepEqual((await post({ status: { uptimeS: 600 } })).json().desired, { revision: 1, ...desired })
        await post({ seq: 6, status: { uptimeS: 900, settings: { revision: 1, refused: ["INTERVAL_S"] } } })
        const { settings } = (await world.as(admin, KITCHEN)).json().device
        assert.deepEqual(settings.applied, { revision: 1, at: NOW, refused: ["INTERVAL_S"] })
        for (const [wrong, code] of [
            [{ LIGHT: 101 }, "SETTING_OUT_OF_RANGE"],
            [{ RAM_READINGS: 60 }, "SETTING_UNKNOWN"],
            [{ LIGHT: 1.5 }, "BODY_MALFORMED"],
        ] as const)
            assert.equal((await send("PUT", `${KITCHEN}/settings`, wrong)).json().code, code)
    })

    it("recalibrates within 200 ppm of what the device measures, once a day, and says what became of it", async () => {
        const ask = async (ppm: number) => (await send("PUT", `${KITCHEN}/settings`, { RECALIBRATE_PPM: ppm })).json()
        await post({})
        assert.deepEqual(await recalibration(), {
            ...{ obstacles: [], fromPpm: 400, toPpm: 670, measuredPpm: 470, isSteady: true, nextAt: null, last: null },
        })
        assert.match((await ask(700)).message, /told 700 ppm, and accepts from 400 to 670 ppm/)
        assert.equal((await ask(420)).revision, 1)
        const { last, nextAt, obstacles } = await recalibration()
        assert.deepEqual(last, { outcome: "asked", askedAt: NOW, ppm: 420, changePpm: null })
        assert.deepEqual([nextAt, obstacles], [NOW + 86_400, ["asked-today"]])
        assert.equal((await ask(420)).code, "RECALIBRATION_REFUSED")

        const sensors = (recalibrated: number | string) => ({ scd40: { recalibrated } })
        await post({ seq: 6, status: { uptimeS: 900, settings: { revision: 1 }, sensors: sensors(7) } })
        assert.equal((await recalibration()).last.outcome, "waiting")
        world.clock.ms += 300_000
        await post({ seq: 11, time: NOW + 60, status: { uptimeS: 1200, sensors: sensors(-51) } })
        const done = (await recalibration()).last
        assert.deepEqual([done.outcome, done.changePpm], ["done", -51])

        world.clock.ms += 2 * 3_600_000
        assert.deepEqual((await recalibration()).obstacles, ["old", "asked-today"])
        world.clock.ms += 86_400_000
        admin = { cookie: await world.logIn(), ...sameOrigin }
        const steps = { time: NOW + 93_000, co2Ppm: [900, 800] }
        await post({ seq: 16, ...steps, status: { uptimeS: 9e4, sensors: sensors("refused") } })
        const refused = await recalibration()
        assert.deepEqual([refused.obstacles, refused.isSteady, refused.last.outcome], [[], false, "refused"])
    })

    it("adds a device, gives it another token and revokes that; no token is logged", async () => {
        const added = (await send("POST", "/api/v1/devices", { name: "Room 103" })).json()
        assert.match(added.id, /^air-[0-9a-f]{8}$/)
        assert.equal((await send("POST", "/api/v1/devices", { name: "attic" })).json().code, "DEVICE_EXISTS")
        assert.equal((await post({}, added.token)).statusCode, 200)
        const url = `/api/v1/devices/${added.id}/token`
        const { token } = (await send("POST", url)).json()
        assert.equal((await post({ seq: 6 }, added.token)).statusCode, 401)
        assert.equal((await post({ seq: 6 }, token)).statusCode, 200)
        assert.equal((await send("DELETE", url)).statusCode, 200)
        assert.equal((await post({ seq: 11 }, token)).json().code, "TOKEN_REVOKED")
        const set = await send("PUT", `/api/v1/devices/${added.id}/settings`, { LIGHT: 10 })
        assert.equal(set.json().code, "DEVICE_REVOKED")
        assert.equal((await send("PATCH", `/api/v1/devices/${added.id}`, { name: "Room 104" })).statusCode, 200)
        assert.equal((await world.as(admin, `/api/v1/devices/${added.id}`)).json().device.name, "Room 104")
        assert.ok(logged.includes("/api/v1/devices/:id/token"))
        for (const secret of [token, added.token]) assert.ok(!logged.includes(secret))
    })

    it("shows alerts, open ones first, and which devices hang on which pin", async () => {
        const alert = (key: string, text: string) => ({
            raised: [{ key, kind: "silent" as const, device: null, holds: true, text, values: {} }],
            ...{ resolved: [], reworded: [] },
        })
        for (const at of [1, 2]) await saveChanges(world.db, alert(`silent:${at}`, `alert ${at}`), ["ntfy"], NOW + at)
        const { alerts } = (await world.as(admin, "/api/v1/alerts")).json()
        assert.deepEqual(
            alerts.map(({ text, resolvedAt, deliveries }: (typeof alerts)[number]) => [
                ...[text, resolvedAt, deliveries[0].channel, deliveries[0].status],
            ]),
            [
                ["alert 2", null, "ntfy", "pending"],
                ["alert 1", null, "ntfy", "pending"],
            ],
        )
        const anchor = {
            subject: "CN=X",
            spkiSha256: "22".repeat(32),
            notAfter: "2035-06-04T11:04:38Z",
            role: "issuer",
        }
        const image = { imageFile: "k.bin", imageSha256: "11".repeat(32), board: "M5Stack", hosts: ["a.test:443"] }
        const anchors = [anchor, { ...anchor, subject: "CN=Y", trustEnds: "2025-02-01" }]
        await storePins(world.db, "kitchen", { ...image, anchors, bundle: Buffer.of(0, 1) }, NOW_S)
        const pins = (await world.as(admin, "/api/v1/anchors")).json()
        const devices = [{ id: "kitchen", name: "Kitchen" }]
        assert.deepEqual(pins, {
            now: NOW,
            anchors: [
                { subject: "CN=Y", spkiSha256: "22".repeat(32), endsAt: 1_738_368_000, devices },
                { subject: "CN=X", spkiSha256: "22".repeat(32), endsAt: 2_064_567_878, devices },
            ],
            unknown: [{ id: "attic", name: "Attic" }],
        })
    })
})

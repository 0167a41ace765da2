import assert from "node:assert/strict"
import { AlertService } from "../../../devs/api/alerts/alert-service.ts"
import { alertSettings } from "../../../devs/api/alerts/settings.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { EdgeLog } from "../../../devs/api/pins/edge-log.ts"
import { readEdgeStatus, writeEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { bearer, openClosedWorld } from "../security/closed-world.ts"
import { NOW_S, openWorld, type World } from "../support/world.ts"
import { edgeStatus, heldBackStatus, refuses } from "./edge-samples.ts"

describeOnEach("the status of airpin renew", kind => {
    let world: World
    beforeEach(async () => {
        world = await openWorld(kind)
    })
    afterEach(() => world?.end())

    it("is kept as it was written, and replaced by that of the next round", async () => {
        const { db } = world
        assert.equal(await readEdgeStatus(db.sql), undefined)
        await writeEdgeStatus(db, heldBackStatus(["kitchen"], 12))
        assert.deepEqual(await readEdgeStatus(db.sql), heldBackStatus(["kitchen"], 12))
        await writeEdgeStatus(db, edgeStatus())
        assert.deepEqual(await readEdgeStatus(db.sql), edgeStatus())
    })

    it("is shown as metrics, which are absent before the first round", async () => {
        const values = async () =>
            (await world.get("/metrics")).body.split("\n").filter(line => line.startsWith("airpin_edge"))
        assert.deepEqual(await values(), [])
        const at = new Date((NOW_S - 60) * 1000).toISOString()
        const errors = [{ at, code: "ACME_DOWN", message: "no response", nextStep: "wait" }]
        const unknown = { id: "attic", name: "attic", stand: "unknown", reason: "no manifest" } as const
        const devices = [refuses("kitchen"), refuses("gym"), unknown]
        await world.end()
        world = await openWorld(kind)
        await writeEdgeStatus(world.db, { ...heldBackStatus(["kitchen"], 12), devices, errors })
        assert.deepEqual(await values(), [
            `airpin_edge_certificate_start_seconds ${NOW_S + 0.5 - 8 * 86_400}`,
            `airpin_edge_certificate_expiry_seconds ${NOW_S + 0.5 + 12.2 * 86_400}`,
            "airpin_edge_held_back 1",
            "airpin_edge_refusing_devices 2",
            "airpin_edge_unknown_devices 1",
            `airpin_edge_last_round_seconds ${NOW_S + 0.5 - 3600}`,
            `airpin_edge_last_error_seconds{code="ACME_DOWN"} ${NOW_S - 60}`,
        ])
    })

    it("raises one alert that names the devices and the days left, and resolves it", async () => {
        const { db, clock } = world
        const sources = {
            clockDoubt: () => undefined,
            certificatePem: () => undefined,
            pinsFolder: "/none",
            diskFolder: undefined,
        }
        const settings = alertSettings({})
        const now = () => clock.ms
        const service = new AlertService({ db, settings, channels: [], sources, now, onFailure: assert.fail })
        const alerts = () =>
            db.sql.selectFrom("alerts").select(["text", "details", "resolvedAt"]).orderBy("openedAt").execute()
        await service.look()
        assert.deepEqual(await alerts(), [])
        await writeEdgeStatus(db, heldBackStatus(["kitchen", "gym"], 12))
        for (let look = 0; look < 3; look++) await service.look()
        const [alert, ...others] = await alerts()
        assert.deepEqual(others, [])
        assert.equal(
            alert?.text,
            "The new certificate would lock out kitchen, gym: not used. The present one is good for 12 more days",
        )
        assert.deepEqual(JSON.parse(alert.details), { outcome: "refused", devices: "kitchen, gym", daysLeft: 12 })
        clock.ms += 60_000
        await writeEdgeStatus(db, edgeStatus())
        await service.look()
        const [resolved, ...more] = await alerts()
        await service.close()
        assert.deepEqual([resolved?.resolvedAt, more], [NOW_S + 60, []])
    })
})

describe("a log line", () => {
    it("is written when a round ends otherwise than the one before, not for each round", async () => {
        const lines: { edge?: string; msg: string }[] = []
        const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
        const world = await openWorld(undefined, { log: { stream, level: "info" } })
        const log = new EdgeLog(world.app, world.db, () => world.clock.ms)
        const statuses = [edgeStatus(), edgeStatus(), heldBackStatus(["gym"], 12), heldBackStatus(["gym"], 11)]
        await log.look()
        for (const status of statuses) {
            await writeEdgeStatus(world.db, status)
            await log.look()
        }
        await world.end()
        assert.deepEqual(
            lines.flatMap(({ edge, msg }) => (edge === undefined ? [] : [[edge, msg]])),
            [
                [
                    "fine",
                    "The certificate for air.example.org is renewed as it should, and valid until 24 February 2025",
                ],
                [
                    "refused",
                    "The new certificate would lock out gym: not used. The present one is good for 12 more days",
                ],
            ],
        )
    })
})

describe("GET /api/v1/edge and the pins of a device", () => {
    it("are for admins only", async () => {
        const world = await openClosedWorld()
        await writeEdgeStatus(world.db, heldBackStatus(["gym"], 12))
        const cookie = await world.logIn()
        for (const url of ["/api/v1/edge", "/api/v1/devices/kitchen/pins"]) {
            const codes = [{}, bearer(world.everything), bearer(world.token), { cookie }].map(
                async headers => (await world.as(headers, url)).statusCode,
            )
            assert.deepEqual(await Promise.all(codes), [401, 403, 401, 200], url)
        }
        await world.end()
    })

    it("show the notice with the whole status, the anchors, and the one through which the device comes", async () => {
        const world = await openClosedWorld()
        const cookie = await world.logIn()
        const get = async (url: string) => (await world.as({ cookie }, url)).json()
        const pins = "/api/v1/devices/kitchen/pins"
        assert.deepEqual(await get("/api/v1/edge"), { now: NOW_S, edge: null })
        assert.deepEqual(await get(pins), { device: "kitchen", pins: null, usedAnchor: null })
        const status = { ...heldBackStatus(["gym"], 12) }
        await writeEdgeStatus(world.db, status)
        const notice = "The new certificate would lock out gym: not used. The present one is good for 12 more days"
        const edge = { ...status, daysLeft: 12, needsAction: true, notice }
        assert.deepEqual(await get("/api/v1/edge"), { now: NOW_S, edge })
        const notAfter = "2035-06-04T11:04:38.000Z"
        const anchors = [{ subject: "CN=Root X", spkiSha256: "22".repeat(32), notAfter, role: "issuer" }]
        const image = {
            imageFile: "kitchen.bin",
            imageSha256: "11".repeat(32),
            board: "M5Stack",
            hosts: ["a.test:443"],
        }
        await storePins(world.db, "kitchen", { ...image, anchors, bundle: Buffer.of(0, 1) }, NOW_S)
        const stored = { ...image, anchors, storedAt: NOW_S, format: "idf50", bundle: "AAE=" }
        assert.deepEqual(await get(pins), { device: "kitchen", pins: stored, usedAnchor: "CN=Root X" })
        await world.end()
    })
})

import assert from "node:assert/strict"
import type { AlertService } from "../../../devs/api/alerts/alert-service.ts"
import { claim, closeAlert, dueDeliveries, listAlerts, pruneAlerts } from "../../../devs/api/alerts/alert-store.ts"
import { setLimits } from "../../../devs/api/alerts/device-limits.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { readSite, writeSite } from "../../../devs/api/site/site-store.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { AlertWorld, of } from "./alert-world.ts"

const BAD = "raised: Room 103: CO2 1,620 ppm for 20 minutes: open a window"

describe("alerts of a server", () => {
    let world: AlertWorld

    beforeEach(async () => {
        world = await AlertWorld.open()
    })
    afterEach(() => world.end())

    /** Looks again and again for so long. */
    async function lookFor(service: AlertService, seconds: number, everyS = 10): Promise<void> {
        for (let passed = 0; passed < seconds; passed += everyS) {
            world.pass(everyS)
            await world.look(service)
        }
    }

    it("are sent once, and once when they end", async () => {
        const service = world.service()
        await world.post(of(20, 1620))
        await lookFor(service, 60)
        assert.deepEqual(world.messages(), [BAD])
        world.pass(300)
        await world.post(of(5, 900))
        await lookFor(service, 60)
        assert.deepEqual(world.messages(), [BAD, "resolved: Room 103: CO2 is down to 900 ppm"])
        const ids = world.webhook.received.map(({ headers }) => headers["webhook-id"]?.replace(/\..*/, ""))
        assert.equal(new Set(ids).size, 1)
    })

    it("are not repeated by a restart", async () => {
        await world.post(of(20, 1620))
        const first = world.service()
        await world.look(first)
        await first.close()
        await lookFor(world.service(), 120)
        assert.deepEqual(world.messages(), [BAD])
    })

    it("about CO2 wait for the end of quiet hours, and are sent then only if they still hold", async () => {
        const service = world.service({ ALERT_QUIET_HOURS: "11:00-14:00" })
        await world.post(of(20, 1620))
        await world.look(service)
        world.pass(3000)
        await world.post([...of(40, 1700), ...of(10, 900)])
        await world.look(service)
        world.pass(4190)
        await world.post(of(60, 1800))
        await lookFor(service, 20)
        assert.deepEqual(world.messages(), ["raised: Room 103: CO2 1,800 ppm for 1 hour: open a window"])
        const [open, ended] = await listAlerts(world.db.sql, 10)
        assert.deepEqual([open?.resolvedAt, ended?.text], [null, "Room 103: CO2 is down to 900 ppm"])
        assert.deepEqual(
            ended?.deliveries.map(({ event, status }) => [event, status]),
            [["raised", "cancelled"]],
        )
    })

    it("that began before quiet hours end after them", async () => {
        const service = world.service({ ALERT_QUIET_HOURS: "12:05-12:12" })
        await world.post(of(20, 1620))
        await world.look(service)
        world.pass(360)
        await world.post(of(5, 900))
        await lookFor(service, 300)
        assert.deepEqual(world.messages(), [BAD])
        await lookFor(service, 60)
        assert.deepEqual(world.messages(), [BAD, "resolved: Room 103: CO2 is down to 900 ppm"])
    })

    it("are tried again with longer and longer pauses, also across a restart", async () => {
        world.webhook.status = 503
        await world.post(of(20, 1620))
        const attempts: number[] = []
        let service = world.service()
        const startS = world.nowS
        for (let seconds = 0; seconds < 500; seconds += 10) {
            const before = world.webhook.received.length
            await world.look(service)
            if (world.webhook.received.length > before) attempts.push(world.nowS - startS)
            if (seconds === 100) {
                await service.close()
                service = world.service()
            }
            world.pass(10)
        }
        assert.deepEqual(attempts, [0, 30, 90, 210, 450])
        assert.match(world.failures[0]!, /^alerts by webhook are not delivered: 127\.0\.0\.1:\d+: it responded 503/)
        world.webhook.status = 200
        world.webhook.received = []
        await world.post(of(8, 1620))
        await lookFor(service, 600)
        assert.deepEqual(world.messages(), [BAD.replace("20 minutes", "28 minutes")])
    })

    it("are given up after 30 attempts", async () => {
        world.webhook.status = 401
        await world.post(of(20, 1620))
        const service = world.service()
        for (let hours = 0; hours < 50; hours++) {
            await world.look(service)
            world.pass(3600)
        }
        assert.equal(world.webhook.received.length, 30)
        const [alert] = await listAlerts(world.db.sql, 1)
        assert.match(String(alert?.deliveries[0]?.error), /responded 401/)
        assert.equal(alert?.deliveries[0]?.status, "failed")
    })

    it("that end before they could be delivered are not sent at all", async () => {
        world.webhook.status = 503
        const service = world.service()
        await world.post(of(20, 1620))
        await world.look(service)
        world.pass(20)
        await world.post([900])
        await world.look(service)
        world.webhook.status = 200
        world.webhook.received = []
        await lookFor(service, 300)
        assert.deepEqual(world.messages(), [])
    })

    it("reach one channel while another does not respond, and do not hold up the looks", async () => {
        world.webhook.responds = false
        const service = world.service(world.both)
        await world.post(of(20, 1620))
        await service.look()
        for (let ms = 0; world.ntfy.received.length === 0 && ms < 2000; ms += 10)
            await new Promise(resolve => setTimeout(resolve, 10))
        world.pass(600)
        await world.post(of(10, 900))
        await service.look()
        for (let ms = 0; world.ntfy.received.length === 1 && ms < 2000; ms += 10)
            await new Promise(resolve => setTimeout(resolve, 10))
        assert.deepEqual(world.messages(world.ntfy), [BAD.replace("raised: ", ""), "Room 103: CO2 is down to 900 ppm"])
        assert.equal(world.webhook.received.length, 1)
    })

    it("tell of a device that falls silent and comes back", async () => {
        const service = world.service()
        await world.post(of(5, 700))
        await lookFor(service, 890)
        assert.deepEqual(world.messages(), [])
        await lookFor(service, 60)
        assert.deepEqual(world.messages(), [
            "raised: Room 103: no readings for 15 minutes, since 15 Jan, 12:00: check its power and its Wi-Fi",
        ])
        await world.post(of(5, 700))
        await world.look(service)
        assert.equal(world.messages()[1], "resolved: Room 103: it sends readings again")
    })

    it("call no device silent because the server was away", async () => {
        await world.post(of(5, 700))
        world.pass(10_000)
        const service = world.service()
        await lookFor(service, 900, 50)
        assert.deepEqual(world.messages(), [])
        world.clockDoubt = "it is 2045"
        await lookFor(service, 3600, 50)
        world.clockDoubt = undefined
        await lookFor(service, 900, 50)
        assert.deepEqual(world.messages(), [
            "raised: The server's clock is in doubt, so no readings are stored; devices keep theirs: it is 2045",
            "resolved: The server's clock is right: readings are stored again",
        ])
    })

    it("learn how often a device posts, and remember it", async () => {
        const service = world.service()
        for (let at = 0; at < 3; at++) {
            await world.post(of(30, 700))
            await lookFor(service, 1800, 50)
        }
        await service.close()
        const next = world.service()
        await lookFor(next, 3000, 50)
        // the first pause of half an hour looked like silence: 3 × 5 minutes; after two of them it does not
        assert.deepEqual(
            world.messages().map(text => text.slice(0, 31)),
            [
                "raised: Room 103: no readings f",
                "resolved: Room 103: it sends re",
                "raised: Room 103: no readings f",
                "resolved: Room 103: it sends re",
            ],
        )
    })

    it("name a sensor that failed", async () => {
        const service = world.service()
        await world.post([700], { uptimeS: 1e6, sensors: { scd41: { state: "failed" }, sht31: {} } })
        await world.look(service)
        world.pass(60)
        await world.post([700], { uptimeS: 1e6, sensors: { scd41: {}, sht31: {} } })
        await world.look(service)
        assert.deepEqual(world.messages(), [
            "raised: Room 103: sensor SCD41 has failed: check its wiring, or replace it",
            "resolved: Room 103: sensor SCD41 works again",
        ])
    })

    it("follow a device's own limits from the next look on", async () => {
        const service = world.service()
        await world.post(of(20, 1100))
        await world.look(service)
        await setLimits(world.db, "room-103", { co2Ppm: 1000 })
        await world.look(service)
        await setLimits(world.db, "room-103", { co2Ppm: null })
        await world.look(service)
        assert.deepEqual(world.messages(), [
            "raised: Room 103: CO2 1,100 ppm for 20 minutes: open a window",
            "resolved: Room 103: CO2 is down to 1,100 ppm",
        ])
    })

    it("begin where the air of the room is poor by the site, where no limit of alerts is set", async () => {
        const service = world.service({ ALERT_CO2_PPM: "" })
        await world.post(of(20, 1100))
        await world.look(service)
        const site = await readSite(world.db.sql)
        const rooms = { "room-103": { limits: { fairPpm: 800, poorPpm: 1000 } } }
        await writeSite(world.db, { ...site, rooms }, world.nowS)
        await world.look(service)
        await setLimits(world.db, "room-103", { co2Ppm: 1200 })
        await world.look(service)
        assert.deepEqual(world.messages(), [
            "raised: Room 103: CO2 1,100 ppm for 20 minutes: open a window",
            "resolved: Room 103: CO2 is down to 1,100 ppm",
        ])
    })

    it("end when their device is revoked, or by hand", async () => {
        const service = world.service()
        await world.post(of(20, 1620))
        await world.look(service)
        const [alert] = await listAlerts(world.db.sql, 1)
        assert.equal(await closeAlert(world.db, alert!.id, world.nowS), true)
        assert.equal(await closeAlert(world.db, alert!.id, world.nowS), false)
        world.pass(60)
        await world.post([1620])
        await world.look(service)
        await revokeDevice(world.db, "room-103", world.nowS)
        await world.look(service)
        assert.deepEqual(
            world.messages().sort(),
            [
                BAD,
                BAD.replace("20 minutes", "21 minutes"),
                `resolved: ${BAD.replace("raised: ", "")} (closed by hand)`,
                "resolved: Room 103: no longer watched",
            ].sort(),
        )
    })

    it("are sent by one of two processes, and by the other within a minute after the first was killed", async () => {
        await world.end()
        world = await AlertWorld.open("readings.db")
        const other = await openDatabase(world.db.place)
        try {
            const [first, second] = [world.service(), world.service({}, other)]
            await world.look(first)
            await world.look(second)
            await world.post(of(20, 1620))
            await world.look(second)
            assert.deepEqual(await listAlerts(world.db.sql, 1), [])
            await Promise.all([world.look(second), world.look(first)])
            assert.deepEqual(world.messages(), [BAD])
            const killedAtS = world.nowS // the first looks no more
            world.pass(10)
            await world.post([900])
            while (world.messages().length === 1 && world.nowS - killedAtS < 120) await lookFor(second, 10)
            assert.equal(world.messages()[1], "resolved: Room 103: CO2 is down to 900 ppm")
            assert.ok(world.nowS - killedAtS <= 50, String(world.nowS - killedAtS))
            await lookFor(first, 60)
            await second.close()
        } finally {
            await other.close()
        }
        assert.equal(world.messages().length, 2)
    })

    it("are claimed by one of two processes that want to send the same", async () => {
        world.webhook.status = 503
        await world.post(of(20, 1620))
        await world.look(world.service())
        world.pass(40)
        const [due] = await dueDeliveries(world.db.sql, "webhook", world.nowS, 3600)
        const claims = await Promise.all([claim(world.db, due!, 0), claim(world.db, due!, 0), claim(world.db, due!, 0)])
        assert.deepEqual(claims.sort(), [false, false, true])
    })

    it("are sent although they were planned while the clock was 30 days ahead", async () => {
        world.webhook.status = 503
        await world.post(of(20, 1620))
        world.pass(30 * 86_400)
        await world.post(of(20, 1620))
        const service = world.service()
        await world.look(service)
        world.webhook.status = 200
        world.pass(-30 * 86_400)
        await world.look(service)
        assert.equal(world.messages().at(-1), BAD)
        assert.equal(world.messages().length, 2)
    })

    it("of many devices are judged without holding up posts", async () => {
        for (let at = 0; at < 300; at++) await addDevice(world.db, { id: `room-${at + 200}`, createdAt: world.nowS })
        const service = world.service()
        let turns = 0
        let isLooking = true
        const count = (): void => {
            turns++
            if (isLooking) setImmediate(count)
        }
        const startMs = performance.now()
        setImmediate(count)
        await service.look()
        isLooking = false
        const tookMs = performance.now() - startMs
        assert.ok(turns > tookMs / 25, `${turns} turns in ${tookMs} ms`)
    })

    it("do not end the service when the database fails", async () => {
        const service = world.service()
        await world.db.close()
        await world.look(service)
        await world.look(service)
        assert.equal(world.failures.length, 1)
        assert.match(world.failures[0]!, /^alerts are not judged: /)
        Object.assign(world, { db: await openDatabase(":memory:") })
    })

    it("are forgotten a year after they ended", async () => {
        const service = world.service()
        await world.post(of(20, 1620))
        await world.look(service)
        world.pass(60)
        await world.post([900])
        await world.look(service)
        world.pass(364 * 86_400)
        await pruneAlerts(world.db, world.nowS)
        assert.equal((await listAlerts(world.db.sql, 10)).length, 1)
        world.pass(2 * 86_400)
        await pruneAlerts(world.db, world.nowS)
        assert.deepEqual(await listAlerts(world.db.sql, 10), [])
    })
})

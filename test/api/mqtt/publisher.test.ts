import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { MqttPublisher } from "../../../devs/api/mqtt/publisher.ts"
import { mqttSettings } from "../../../devs/api/mqtt/settings.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { storedIn } from "../support/stored.ts"
import { values } from "../support/world.ts"
import { Mosquitto, mosquittoMissing } from "./mosquitto.ts"

/** 2025-01-15T12:00:00Z */
const START_S = 1_736_942_400

describe("devices in Home Assistant", () => {
    let broker: Mosquitto
    let db: Database
    let publishers: MqttPublisher[]
    let failures: string[]
    let nowS: number
    let seq: number

    before(function () {
        const missing = mosquittoMissing()
        if (missing === undefined) return
        console.log(`      ${missing}`)
        this.skip()
    })
    beforeEach(async () => {
        ;[publishers, failures, nowS, seq] = [[], [], START_S, 1]
        broker = new Mosquitto()
        await broker.start()
        db = await openDatabase(":memory:")
        await addDevice(db, { id: "room-103", name: "Room 103", createdAt: START_S - 100 })
        await addDevice(db, { id: "hall", name: "Hall", createdAt: START_S - 100 })
    })
    afterEach(async () => {
        for (const publisher of publishers) await publisher.close()
        await broker.end()
        await db.close()
    })

    async function post(co2Ppm: number | null, device = "room-103"): Promise<void> {
        const batch = {
            boot: "b1",
            seq: seq++,
            time: nowS,
            step: 60,
            lost: 0,
            values: [values({ co2Ppm, temperatureC: 21.37 })],
        }
        await storedIn(db).append(device, batch, nowS)
    }

    function publisher(more: Record<string, string> = {}): MqttPublisher {
        const made = new MqttPublisher({
            db,
            settings: mqttSettings({ MQTT_URL: broker.url, ...more })!,
            now: () => nowS * 1000,
            onFailure: text => failures.push(text),
        })
        publishers.push(made)
        return made
    }

    /** Lets it look until everything is published. */
    async function publish(made: MqttPublisher): Promise<void> {
        for (let ms = 0; !made.isPublished && ms < 5000; ms += 20) {
            await made.look()
            await sleep(20)
        }
        await made.look()
        assert.ok(made.isPublished, failures.join())
    }

    const at = async (topic: string) => (await broker.retained(topic, 1))[topic]

    it("have discovery, values and availability, all retained", async () => {
        await post(812)
        await publish(publisher())
        const { "homeassistant/device/airpin-room-103/config": config, ...states } = await broker.retained("#")
        assert.deepEqual(states, {
            "airpin/status": "online",
            "airpin/room-103/availability": "online",
            "airpin/room-103/state":
                '{"time":"2025-01-15T12:00:00.000Z","co2Ppm":812,"eco2Ppm":null,"tvocPpb":null,"temperatureC":21.37,"humidityRh":null}',
        })
        const { device, components, state_topic } = JSON.parse(config!)
        assert.equal(device.name, "Room 103")
        assert.deepEqual(Object.keys(components), ["co2Ppm", "temperatureC"])
        assert.equal(components.co2Ppm.expire_after, 900)
        assert.equal(state_topic, "airpin/room-103/state")
    })

    it("follow each post, fall silent, and come back", async () => {
        const made = publisher()
        await post(812)
        await publish(made)
        nowS += 60
        await post(null)
        await publish(made)
        assert.match(String(await at("airpin/room-103/state")), /"co2Ppm":null,.*"temperatureC":21.37/)
        nowS += 901
        await publish(made)
        assert.equal(await at("airpin/room-103/availability"), "offline")
        await post(700)
        await publish(made)
        assert.equal(await at("airpin/room-103/availability"), "online")
    })

    it("do not show an old reading as the air now", async () => {
        nowS -= 5000
        await post(2000)
        nowS += 5000
        await publish(publisher())
        assert.equal(await at("airpin/room-103/state"), undefined)
    })

    it("are renamed and removed with the devices, also while the server was down", async () => {
        const first = publisher()
        await post(812)
        await post(600, "hall")
        await publish(first)
        assert.match(String(await at("airpin/hall/state")), /"co2Ppm":600/)
        await db.sql.updateTable("devices").set({ name: "Room 104" }).where("id", "=", "room-103").execute()
        await publish(first)
        assert.equal(JSON.parse((await at("homeassistant/device/airpin-room-103/config"))!).device.name, "Room 104")
        await revokeDevice(db, "hall", nowS)
        await publish(first)
        assert.equal(await at("homeassistant/device/airpin-hall/config"), undefined)
        await first.close()
        assert.equal(await at("airpin/status"), "offline")

        await db.sql.deleteFrom("devices").where("id", "=", "room-103").execute()
        await publish(publisher())
        assert.deepEqual(await broker.retained("#"), { "airpin/status": "online" })
    })

    it("move when the topic is changed", async () => {
        const first = publisher()
        await post(812)
        await publish(first)
        await first.close()
        await publish(publisher({ MQTT_TOPIC: "school/air" }))
        const topics = Object.keys(await broker.retained("#"))
        assert.deepEqual(topics.sort(), [
            "homeassistant/device/school_air-room-103/config",
            "school/air/room-103/availability",
            "school/air/room-103/state",
            "school/air/status",
        ])
    })

    it("are published anew when the broker has lost everything", async () => {
        const made = publisher()
        await post(812)
        await publish(made)
        await broker.stop()
        for (let ms = 0; failures.length === 0 && ms < 3000; ms += 10) await sleep(10)
        assert.match(failures[0]!, /^MQTT broker localhost:\d+: /)
        await broker.start()
        await publish(made)
        assert.equal(Object.keys(await broker.retained("#")).length, 4)
    })

    it("are published by one of two processes, and by the other when that ends", async () => {
        const [first, second] = [publisher(), publisher()]
        await publish(first)
        await second.look()
        await sleep(100)
        await second.look()
        assert.deepEqual([first.isPublished, second.isPublished], [true, false])
        await first.close()
        await publish(second)
        assert.equal(await at("airpin/status"), "online")
        assert.deepEqual(failures, [])
    })

    it("do not hold up a post while the broker hangs", async () => {
        const made = publisher()
        await post(812)
        await publish(made)
        broker.signal("SIGSTOP")
        nowS += 60
        await post(813)
        const looking = made.look()
        const startMs = performance.now()
        nowS += 60
        await post(814)
        assert.ok(performance.now() - startMs < 1000)
        broker.signal("SIGCONT")
        await looking
        await publish(made)
        assert.match(String(await at("airpin/room-103/state")), /"co2Ppm":814/)
    })

    it("follow a post that comes while another is published, without waiting for the next look", async () => {
        const made = publisher()
        await post(812)
        await publish(made)
        broker.signal("SIGSTOP")
        nowS += 60
        await post(813)
        const looking = made.look()
        await sleep(50)
        nowS += 60
        await post(814)
        made.wake()
        broker.signal("SIGCONT")
        await looking
        await sleep(800)
        assert.match(String(await at("airpin/room-103/state")), /"co2Ppm":814/)
    })

    it("do not hold up a stop while the broker hangs, and a post does not connect again after it", async () => {
        const made = publisher()
        await post(812)
        await publish(made)
        broker.signal("SIGSTOP")
        nowS += 60
        await post(813)
        void made.look()
        await sleep(50)
        const startMs = performance.now()
        await made.close()
        const stopMs = performance.now() - startMs
        broker.signal("SIGCONT")
        assert.ok(stopMs < 3000, `closed after ${Math.round(stopMs)} ms`)
        made.wake()
        await sleep(300)
        assert.equal(await at("airpin/status"), "offline")
        assert.deepEqual(failures, [])
    })
})

import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { MqttConnection } from "../../../devs/api/mqtt/connection.ts"
import { mqttSettings } from "../../../devs/api/mqtt/settings.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { type BrokerTls, Mosquitto, mosquittoMissing } from "./mosquitto.ts"

const status = (payload: string) => [{ topic: "airpin/status", payload }]

describe("the connection to Mosquitto", () => {
    let broker: Mosquitto | undefined
    let connections: MqttConnection[]
    let failures: string[]
    let clockMs: number

    before(function () {
        const missing = mosquittoMissing()
        if (missing === undefined) return
        console.log(`      ${missing}`)
        this.skip()
    })
    beforeEach(() => {
        connections = []
        failures = []
        clockMs = 0
    })
    afterEach(async () => {
        for (const connection of connections) await connection.close()
        await broker?.end()
        broker = undefined
    })

    async function start(tls?: BrokerTls): Promise<Mosquitto> {
        broker = new Mosquitto(tls)
        await broker.start()
        return broker
    }

    function connection(url: string, ca?: string[]): MqttConnection {
        const settings = { ...mqttSettings({ MQTT_URL: url })!, ca }
        const made = new MqttConnection({
            settings,
            monotonicMs: () => clockMs,
            onConnect: () => undefined,
            onFailure: text => failures.push(text),
        })
        connections.push(made)
        return made
    }

    const until = async (isTrue: () => boolean) => {
        for (let ms = 0; !isTrue() && ms < 5000; ms += 10) await sleep(10)
        assert.ok(isTrue())
    }

    it("publishes retained messages with its password, and declares itself offline when it is cut off", async () => {
        const mosquitto = await start()
        const client = connection(mosquitto.url)
        client.open()
        await until(() => client.isConnected)
        await client.publish(status("online"))
        assert.deepEqual(await mosquitto.retained("airpin/#"), { "airpin/status": "online" })

        // the broker ends the connection of a client whose id connects again, and publishes its last will
        const other = connection(mosquitto.url)
        other.open()
        await until(() => other.isConnected && failures.length > 0)
        assert.deepEqual(await mosquitto.retained("airpin/#"), { "airpin/status": "offline" })
        await other.publish(status("online"))
        await other.close()
        assert.deepEqual(await mosquitto.retained("airpin/#"), { "airpin/status": "online" })
    })

    it("does not connect with a wrong password, and does not tell it", async () => {
        const mosquitto = await start()
        const client = connection(mosquitto.url.replace(encodeURIComponent(mosquitto.password), "wrong-secret"))
        client.open()
        await until(() => failures.length > 0)
        assert.match(failures[0]!, /^MQTT broker localhost:\d+: .*Not authorized/)
        assert.doesNotMatch(failures[0]!, /wrong-secret/)
    })

    it("verifies the certificate of mqtts://", async () => {
        const ca = await temporaryCa()
        const { keyPem, chainPem } = ca.server
        const mosquitto = await start({ certPem: chainPem, keyPem, rootPem: ca.rootPem })
        const stranger = connection(mosquitto.url)
        stranger.open()
        await until(() => failures.length > 0)
        assert.match(failures[0]!, /self-signed certificate in certificate chain|unable to/)
        const client = connection(mosquitto.url, [ca.rootPem])
        client.open()
        await until(() => client.isConnected)
        await client.publish(status("online"))
        assert.deepEqual(await mosquitto.retained("airpin/#"), { "airpin/status": "online" })
    })

    it("waits longer after each failure, and connects once the broker is back", async () => {
        const mosquitto = await start()
        await mosquitto.stop()
        const client = connection(mosquitto.url)
        client.open()
        await until(() => failures.length === 1)
        client.open()
        clockMs += 499
        client.open()
        await sleep(100)
        assert.equal(failures.length, 1)
        clockMs += 501
        client.open()
        await until(() => failures.length === 2)
        clockMs += 999
        client.open()
        await sleep(100)
        assert.equal(failures.length, 2)
        await mosquitto.start()
        clockMs += 1001
        client.open()
        await until(() => client.isConnected)
    })

    it("fails a message that the broker does not acknowledge, when the connection ends", async () => {
        const mosquitto = await start()
        const client = connection(mosquitto.url)
        client.open()
        await until(() => client.isConnected)
        mosquitto.signal("SIGSTOP")
        const refused = assert.rejects(client.publish(status("online")), /ended|closed/i)
        await sleep(50)
        await mosquitto.stop()
        await refused
        assert.equal(failures.length, 1)
    })
})

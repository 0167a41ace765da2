import assert from "node:assert/strict"
import { WifiService } from "../../../devs/vm/wifi-service.ts"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

const settings = { API_URL: "https://air.example", API_TOKEN: "tok_1", INTERVAL_S: "10", BATCH: "2" }

describe("the status in each post", () => {
    let bench: Workbench
    let server: ScriptedServer

    beforeEach(async () => {
        bench = new Workbench(["scd4x", "sgp30"])
        server = new ScriptedServer(() => bench.nowMs)
        await bench.powerUp(settings, { network: server })
    })

    const newest = () => statusOf(server.batches.at(-1)!)

    it("is short if there is nothing to report", () => {
        bench.runSeconds(61)
        const { uptimeS, ...status } = newest()
        assert.deepEqual(status, { handshakes: 1, sensors: { scd4x: {}, sgp30: {} } })
        assert.ok(uptimeS >= 50 && uptimeS <= 53, `${uptimeS} s`)
        assert.equal(server.batches.length, 3)
    })

    it("reports the last error, and how many readings wait", () => {
        bench.runSeconds(20)
        server.available = false
        server.soon({ type: "close" })
        bench.runSeconds(410)
        server.available = true
        server.play = () => server.batches.length === 2
        bench.runSeconds(11)
        const status = statusOf(server.batches[1]!)
        assert.equal(status.lastError, "no-network:wifi")
        assert.ok(status.failures! > 30 && status.failures! < 90, `${status.failures}`)
        assert.equal(status.ram, 12, "42 readings, 30 of them in this post")
        assert.equal(status.handshakes, 2)
    })

    it("counts failed handshakes, and reports the age of the last", () => {
        server.onOpen = () => server.soon({ type: "error", message: "mbedtls_ssl_handshake" })
        bench.runSeconds(120)
        const refused = server.opened.length
        const refusedAtMs = server.opened.at(-1)!.atMs
        server.onOpen = () => server.soon({ type: "open" })
        bench.runSeconds(320)
        const first = server.batches[0]!
        const { handshakeFailureAgeS, ...status } = statusOf(first)
        assert.deepEqual(
            [status.handshakeFailures, status.handshakes, status.lastError],
            [refused, 1, "refused:handshake"],
        )
        assert.ok(Math.abs(handshakeFailureAgeS! - (first.atMs - refusedAtMs) / 1000) <= 1, `${handshakeFailureAgeS}`)
    })

    it("reports the errors and state of each sensor", () => {
        bench.runSeconds(30)
        bench.scd4x.faults.unplugged = true
        bench.runSeconds(60)
        const { scd4x, sgp30 } = newest().sensors!
        assert.equal(scd4x!.state, "absent")
        assert.ok(scd4x!.nack! >= 3, `${scd4x!.nack}`)
        assert.deepEqual(sgp30, {})
    })

    it("reports the Wi-Fi signal if the chip knows it, and waits for it at most a second", () => {
        const wifi = new WifiService()
        bench.afterRound = () => wifi.round(bench.machine, bench.nowMs)
        wifi.signalDbm = -67
        bench.runSeconds(61)
        assert.deepEqual(
            server.batches.map(batch => statusOf(batch).rssi),
            [-67, -67, -67],
        )
        wifi.signalDbm = -128
        bench.runSeconds(20)
        wifi.signalDbm = undefined
        bench.runSeconds(20)
        assert.deepEqual(
            server.batches.slice(3).map(batch => statusOf(batch).rssi),
            [undefined, undefined],
        )
        assert.equal(wifi.asked, 6, "once for the short form, which the server refused")
        assert.ok(server.batches[4]!.atMs - server.batches[3]!.atMs < 21_500)
    })

    it("is left out of a post without space for it, but the readings are not", async () => {
        bench = new Workbench(["scd4x", "sgp30"])
        bench.air = { co2Ppm: 39999, temperatureC: -39.99, humidityRh: 99.99, tvocPpb: 60000 }
        server = new ScriptedServer(() => bench.nowMs)
        server.available = false
        await bench.powerUp({ ...settings, BATCH: "30", INTERVAL_S: "5" }, { network: server })
        bench.runSeconds(400)
        server.available = true
        bench.runSeconds(60)
        const { text, count } = server.batches[0]!
        assert.equal(count, 30)
        assert.ok(text.endsWith("}"))
        assert.deepEqual(Object.keys(statusOf(server.batches[0]!)).slice(0, 2), ["uptimeS", "handshakes"])
    })
})

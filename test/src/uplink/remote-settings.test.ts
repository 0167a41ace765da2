import assert from "node:assert/strict"
import type { SettingsReport } from "../../../src/wire.ts"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

describe("settings from the server", () => {
    let bench: Workbench
    let server: ScriptedServer
    /** JSON that the server sends as `desired` in each response; nothing if empty */
    let desired: string

    beforeEach(async () => {
        desired = ""
        bench = new Workbench(["scd4x"])
        server = new ScriptedServer(() => bench.nowMs)
        server.play = batch => {
            if (!desired) return false
            server.store(batch)
            const body = `{"ack":${batch.seq + batch.count - 1},"desired":${desired}}`
            server.reply(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
            return true
        }
        await bench.powerUp(
            { API_URL: "https://air.example", API_TOKEN: "tok_1", INTERVAL_S: "10", BATCH: "1" },
            { network: server },
        )
    })

    /** Lets the server send these settings until it has a report. */
    function report(json: string): SettingsReport {
        desired = json
        const from = server.batches.length
        for (let tries = 0; tries < 20; tries++) {
            bench.runSeconds(1)
            const received = server.batches
                .slice(from)
                .map(statusOf)
                .find(status => status.settings)?.settings
            if (received) return received
            if (server.batches.length > from) desired = ""
        }
        return assert.fail("no report")
    }

    it("are saved, reported once, and in effect after a restart when everything is delivered", async () => {
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":3,"INTERVAL_S":30,"BATCH":2,"ALTITUDE_M":520}'), { revision: 3 })
        const tookS = await bench.runToRestart(30, { network: server })
        assert.ok(tookS !== undefined && tookS < 10, `${tookS} s`)
        const taken = server.batches.length
        bench.runSeconds(100)
        assert.equal(bench.logged("boot")[0]!.reason, "settings")
        assert.equal(bench.logged("boot")[0]!.interval, "30")
        assert.deepEqual(
            server.batches.slice(taken).map(batch => batch.count),
            [1, 2],
        )
        assert.deepEqual(statusOf(server.batches.at(-1)!).restartReason, "settings")
        assert.equal(statusOf(server.batches.at(-1)!).settings, undefined)
        assert.equal(bench.scd4x.eepromWrites, 1)
    })

    it("change nothing, not even flash, if they are in effect already", async () => {
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":4,"INTERVAL_S":10,"BATCH":1,"PRESSURE_HPA":0}'), { revision: 4 })
        const { flash } = bench
        assert.equal(await bench.runToRestart(60), undefined)
        assert.equal(bench.flash, flash)
    })

    const refused: Record<string, string[]> = {
        '"INTERVAL_S":4': ["INTERVAL_S"],
        '"INTERVAL_S":3601': ["INTERVAL_S"],
        '"INTERVAL_S":10.5': ["INTERVAL_S"],
        '"INTERVAL_S":"10"': ["INTERVAL_S"],
        '"INTERVAL_S":null': ["INTERVAL_S"],
        '"BATCH":-1': ["BATCH"],
        '"BATCH":1e999': ["BATCH"],
        '"PRESSURE_HPA":1': ["PRESSURE_HPA"],
        '"ASC":2,"LOW_POWER":true': ["ASC", "LOW_POWER"],
        '"API_URL":"https://evil.example"': ["API_URL"],
        '"API_TOKEN":1': ["API_TOKEN"],
        '"RAM_READINGS":480': ["RAM_READINGS"],
        '"wifi_ssid":1': ["UNKNOWN"],
        '"a\\"b":1': ["UNKNOWN"],
        '"RECALIBRATE_PPM":399': ["RECALIBRATE_PPM"],
        '"RECALIBRATE_PPM":[]': ["RECALIBRATE_PPM"],
    }
    for (const [word, names] of Object.entries(refused))
        it(`are refused and change nothing: ${word}`, async () => {
            bench.runSeconds(20)
            assert.deepEqual(report(`{"revision":5,${word}}`), { revision: 5, refused: names })
            const { flash } = bench
            assert.equal(await bench.runToRestart(60), undefined)
            assert.equal(bench.flash, flash)
        })

    it("are applied except for those that are refused", async () => {
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":6,"BATCH":99,"CO2_FAIR_PPM":700}'), { revision: 6, refused: ["BATCH"] })
        assert.ok((await bench.runToRestart(30, { network: server })) !== undefined)
        bench.runSeconds(60)
        assert.deepEqual(
            bench.logged("air").map(({ level }) => level),
            ["fair"],
        )
    })

    for (const word of ["3", "null", "[]", "{}", '{"revision":0}', '{"revision":"3"}', '{"BATCH":2}'])
        it(`are ignored if they are ${word}, and the readings are acknowledged`, async () => {
            bench.runSeconds(20)
            desired = word
            assert.equal(await bench.runToRestart(60), undefined)
            assert.equal(bench.logged("settings")[0]?.problem, "malformed")
            assert.ok(server.batches.every(batch => statusOf(batch).settings === undefined))
            assert.equal(bench.logged("ack").at(-1)!.seq, String(server.batches.at(-1)!.seq))
        })

    it("recalibrate a sensor and report it before a restart", async () => {
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":8,"RECALIBRATE_PPM":420,"BATCH":2}'), { revision: 8 })
        const tookS = await bench.runToRestart(400, { network: server })
        assert.ok(tookS! > 170 && tookS! < 220, `${tookS}`)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 721)
    })

    it("recalibrate a sensor once, and report the result", async () => {
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
        bench.runSeconds(400)
        assert.equal(bench.logged("sensor").filter(({ recalibration }) => recalibration).length, 1)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 721)
    })
})

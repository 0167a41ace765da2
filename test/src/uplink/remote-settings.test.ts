import assert from "node:assert/strict"
import type { SettingsReport } from "../../../src/wire.ts"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

describe("the server's word", () => {
    let bench: Workbench
    let server: ScriptedServer
    /** JSON that the server tells as `desired` in each answer; nothing when empty */
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

    /** Lets the server say this until it has a receipt, and then no more. */
    function hear(json: string): SettingsReport {
        desired = json
        const from = server.batches.length
        for (let tries = 0; tries < 20; tries++) {
            bench.runSeconds(1)
            const receipt = server.batches
                .slice(from)
                .map(statusOf)
                .find(status => status.settings)?.settings
            if (receipt) return receipt
            if (server.batches.length > from) desired = ""
        }
        return assert.fail("no receipt")
    }

    it("is kept, told back once, and in force after a restart when all is delivered", async () => {
        bench.runSeconds(20)
        assert.deepEqual(hear('{"revision":3,"INTERVAL_S":30,"BATCH":2,"ALTITUDE_M":520}'), { revision: 3 })
        const tookS = await bench.runToRestart(30, { network: server })
        assert.ok(tookS !== undefined && tookS < 10, `${tookS} s`)
        const taken = server.batches.length
        bench.runSeconds(100)
        assert.equal(bench.logged("boot")[0]!.reason, "settings")
        assert.equal(bench.logged("boot")[0]!.interval, "30")
        assert.deepEqual(
            server.batches.slice(taken).map(batch => batch.count),
            [2],
        )
        assert.deepEqual(statusOf(server.batches.at(-1)!).restartReason, "settings")
        assert.equal(statusOf(server.batches.at(-1)!).settings, undefined)
        assert.equal(bench.scd4x.eepromWrites, 1)
    })

    it("changes nothing, not even flash, when it is in force already", async () => {
        bench.runSeconds(20)
        assert.deepEqual(hear('{"revision":4,"INTERVAL_S":10,"BATCH":1,"PRESSURE_HPA":0}'), { revision: 4 })
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
        it(`is refused and changes nothing when it is ${word}`, async () => {
            bench.runSeconds(20)
            assert.deepEqual(hear(`{"revision":5,${word}}`), { revision: 5, refused: names })
            const { flash } = bench
            assert.equal(await bench.runToRestart(60), undefined)
            assert.equal(bench.flash, flash)
        })

    it("is taken but for what is refused", async () => {
        bench.runSeconds(20)
        assert.deepEqual(hear('{"revision":6,"BATCH":99,"CO2_FAIR_PPM":700}'), { revision: 6, refused: ["BATCH"] })
        assert.ok((await bench.runToRestart(30, { network: server })) !== undefined)
        bench.runSeconds(60)
        assert.deepEqual(
            bench.logged("air").map(({ level }) => level),
            ["fair"],
        )
    })

    for (const word of ["3", "null", "[]", "{}", '{"revision":0}', '{"revision":"3"}', '{"BATCH":2}'])
        it(`is nothing when it is ${word}, and the readings count all the same`, async () => {
            bench.runSeconds(20)
            desired = word
            assert.equal(await bench.runToRestart(60), undefined)
            assert.equal(bench.logged("settings")[0]?.problem, "malformed")
            assert.ok(server.batches.every(batch => statusOf(batch).settings === undefined))
            assert.equal(bench.logged("ack").at(-1)!.seq, String(server.batches.at(-1)!.seq))
        })

    it("recalibrates and tells of it before it restarts for settings", async () => {
        bench.runSeconds(20)
        assert.deepEqual(hear('{"revision":8,"RECALIBRATE_PPM":420,"BATCH":2}'), { revision: 8 })
        const tookS = await bench.runToRestart(400, { network: server })
        assert.ok(tookS! > 170 && tookS! < 220, `${tookS}`)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 721)
    })

    it("recalibrates a part once, and says what came of it", async () => {
        bench.runSeconds(20)
        assert.deepEqual(hear('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
        bench.runSeconds(400)
        assert.equal(bench.logged("sensor").filter(({ recalibration }) => recalibration).length, 1)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 721)
    })
})

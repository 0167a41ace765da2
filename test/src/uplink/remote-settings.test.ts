import assert from "node:assert/strict"
import { readStore } from "../../../devs/image/fstor.ts"
import { settingsOf } from "../../../devs/image/store-entries.ts"
import type { SettingsReport } from "../../../src/wire.ts"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

const access = { API_URL: "https://air.example", API_TOKEN: "tok_1" }

describe("settings from the server", function () {
    this.timeout(120_000)
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
        await bench.powerUp({ ...access, INTERVAL_S: "10", BATCH: "1" }, { network: server })
    })

    /** Lets the server send these settings until it has a report. */
    function report(json: string): SettingsReport {
        desired = json
        const from = server.batches.length
        for (let tries = 0; tries < 150; tries++) {
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
        bench.air = { ...bench.air, co2Ppm: 600 }
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":8,"RECALIBRATE_PPM":420,"BATCH":2}'), { revision: 8 })
        const tookS = await bench.runToRestart(400, { network: server })
        assert.ok(tookS! > 170 && tookS! < 220, `${tookS}`)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 600)
    })

    it("recalibrate a sensor once, and report the result", async () => {
        bench.air = { ...bench.air, co2Ppm: 600 }
        bench.runSeconds(20)
        assert.deepEqual(report('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
        bench.runSeconds(400)
        assert.equal(bench.logged("sensor").filter(({ recalibration }) => recalibration).length, 1)
        assert.equal(statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated, 420 - 600)
    })

    describe("cannot ruin a sensor:", () => {
        const outcomes = () =>
            bench
                .logged("sensor")
                .flatMap(({ recalibration, reason, correction }) =>
                    recalibration ? [[recalibration, reason ?? correction].join(" ")] : [],
                )
        const recalibrated = () => statusOf(server.batches.at(-1)!).sensors!.scd4x!.recalibrated

        for (const [co2Ppm, targetPpm] of [
            [621, 420],
            [900, 2000],
            [800, 1001],
        ] as const)
            it(`${targetPpm} ppm is refused and reported while it measures ${co2Ppm}`, () => {
                bench.air = { ...bench.air, co2Ppm }
                bench.runSeconds(20)
                assert.deepEqual(report(`{"revision":7,"RECALIBRATE_PPM":${targetPpm}}`), {
                    revision: 7,
                    refused: ["RECALIBRATE_PPM"],
                })
                bench.runSeconds(600)
                assert.deepEqual([outcomes(), recalibrated()], [[], undefined])
            })

        it("a target is refused and reported if the air has moved away from it meanwhile", () => {
            bench.air = { ...bench.air, co2Ppm: 600 }
            bench.runSeconds(20)
            assert.deepEqual(report('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
            bench.air = { ...bench.air, co2Ppm: 640 }
            bench.runSeconds(100)
            bench.air = { ...bench.air, co2Ppm: 660 }
            bench.runSeconds(400)
            assert.deepEqual([outcomes(), recalibrated()], [["refused far"], "refused"])
        })

        it("it waits for three minutes of steady air, and gives up after half an hour", () => {
            bench.air = { ...bench.air, co2Ppm: 500 }
            bench.runSeconds(20)
            assert.deepEqual(report('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
            for (let minute = 0; minute < 29; minute++) {
                bench.air = { ...bench.air, co2Ppm: minute % 2 === 0 ? 420 : 520 }
                bench.runSeconds(60)
            }
            assert.deepEqual(outcomes(), [])
            bench.air = { ...bench.air, co2Ppm: 600 }
            bench.runSeconds(120)
            assert.deepEqual([outcomes(), recalibrated()], [["refused unsteady"], "refused"])
        })

        it("once a day at most, however often the server asks and restarts the chip", async () => {
            await bench.powerUp({ ...access, INTERVAL_S: "60", BATCH: "1" }, { network: server })
            bench.air = { ...bench.air, co2Ppm: 600 }
            bench.runSeconds(120)
            assert.deepEqual(report('{"revision":7,"RECALIBRATE_PPM":420}'), { revision: 7 })
            bench.runSeconds(400)
            assert.deepEqual(outcomes(), ["ok -180"])
            const refusal = { revision: 8, refused: ["RECALIBRATE_PPM"] }
            assert.deepEqual(report('{"revision":8,"RECALIBRATE_PPM":600,"CO2_FAIR_PPM":900}'), refusal)
            assert.ok((await bench.runToRestart(120, { network: server })) !== undefined)
            bench.runSeconds(120)
            assert.deepEqual(report('{"revision":9,"RECALIBRATE_PPM":600}'), { ...refusal, revision: 9 })
            desired = ""
            bench.runSeconds(24 * 3600)
            assert.deepEqual(report('{"revision":10,"RECALIBRATE_PPM":500}'), { revision: 10 })
            bench.runSeconds(400)
            assert.deepEqual(outcomes(), ["ok 80"])
        })
    })

    it("are written 12 times a day at most, whatever the server sends, and the last ones are not lost", async () => {
        let revision = 0
        let fairPpm = 0
        /** the server changes a setting with each response, as long as it is not told to stop */
        let flips = true
        server.play = batch => {
            if (flips) fairPpm = 700 + (++revision % 100)
            server.store(batch)
            const body = `{"ack":${batch.seq + batch.count - 1},"desired":{"revision":${revision},"CO2_FAIR_PPM":${fairPpm}}}`
            server.reply(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
            return true
        }
        const writes: { atMs: number; ppm: string }[] = []
        const saved = () => settingsOf(readStore(Buffer.from(bench.flash))).CO2_FAIR_PPM ?? ""
        const options = {
            network: server,
            onFlash: (bytes: Uint8Array) => {
                const before = saved()
                bench.flash = bytes
                if (saved() !== before) writes.push({ atMs: bench.nowMs, ppm: saved() })
            },
        }
        await bench.powerUp({ ...access, INTERVAL_S: "300", BATCH: "1" }, options)
        const startMs = bench.nowMs
        const runTo = async (hour: number) => {
            while (bench.nowMs < startMs + hour * 3_600_000)
                await bench.runToRestart((startMs + hour * 3_600_000 - bench.nowMs) / 1000, options)
        }
        await runTo(23)
        assert.equal(writes.length, 12)
        await runTo(26)
        assert.equal(writes.length, 24)
        assert.ok(writes[12]!.atMs - writes[0]!.atMs >= 24 * 3_600_000 - 60_000)
        flips = false
        await bench.cutPower(60, options)
        await runTo(27)
        assert.equal(writes.length, 25)
        assert.equal(writes.at(-1)!.ppm, `${fairPpm}`)
        const reports = server.batches.flatMap(batch => statusOf(batch).settings ?? [])
        assert.deepEqual(reports.at(-1), { revision })
    })
})

import assert from "node:assert/strict"
import { ScreenBench } from "../../../support/screen/screen-bench.ts"
import { ScriptedServer } from "../../../support/scripted-server.ts"
import { links, silentServer } from "../panel-bench.ts"

const BOARD = "m5stick_c_plus"
const SERVER = { API_URL: "https://airpin.example", API_TOKEN: "t".repeat(32) }

describe("the screen of the StickC Plus", () => {
    it("shows the number, by button A the last hour and the device, and the number again", async () => {
        const bench = await (await ScreenBench.of(["scd4x"], BOARD)).powerUp()
        bench.runSeconds(30)
        assert.equal(bench.panel.portHas5V, true)
        await bench.assertLooks("now-good")
        bench.press("A")
        await bench.assertLooks("hour-good")
        bench.press("A")
        await bench.assertLooks("device")
        bench.press("A")
        await bench.assertLooks("now-good")
        assert.deepEqual(bench.panel.problems, [])
        assert.deepEqual(bench.panics, [])
    })

    it("has room for four digits, in the colour of poor air, and stands upside down by setting", async () => {
        for (const rotation of ["0", "180"]) {
            const bench = await ScreenBench.of(["scd4x"], BOARD, { turned: rotation === "0" ? 0 : 180 })
            bench.air = { ...bench.air, co2Ppm: 2048 }
            await bench.powerUp({ SCREEN_ROTATION: rotation })
            bench.runSeconds(30)
            await bench.assertLooks("now-poor")
            bench.air = { ...bench.air, co2Ppm: 12_345 }
            bench.runSeconds(10)
            await bench.assertLooks("now-largest")
        }
    })

    it("says what is missing in the first minutes, in both languages", async () => {
        const unset = await (await ScreenBench.of(["scd4x"], BOARD)).powerUp()
        unset.runSeconds(4)
        await unset.assertLooks("no-settings")
        const alone = await (await ScreenBench.of([], BOARD)).powerUp({ ...SERVER, LANGUAGE: "de" })
        alone.runSeconds(20)
        await alone.assertLooks("no-sensor-de")
    })

    it("says to which server it connects", async () => {
        const bench = await ScreenBench.of(["sht3x"], BOARD)
        const network = silentServer(() => bench.nowMs)
        await bench.powerUp({ ...SERVER, INTERVAL_S: "5", BATCH: "1" }, { network })
        bench.runSeconds(6.8)
        await bench.assertLooks("connecting")
    })

    it("says which anchor it trusts when the certificate is refused", async () => {
        const bench = await ScreenBench.of(["sht3x"], BOARD)
        const { settings, network } = links["certificate refused"]!(() => bench.nowMs)
        await bench.powerUp({ ...settings, PINNED: "ISRG Root X1 2035-06,ISRG Root X2 2040-09" }, { network })
        bench.runSeconds(27)
        await bench.assertLooks("certificate-refused")
        assert.deepEqual(bench.panics, [])
    })

    it("shows what an SGP30 estimates, and says so, where no CO2 is measured", async () => {
        const bench = await ScreenBench.of(["sgp30", "sht3x"], BOARD)
        bench.air = { ...bench.air, tvocPpb: 60 }
        const network = new ScriptedServer(() => bench.nowMs)
        await bench.powerUp({ ...SERVER, INTERVAL_S: "10", BATCH: "1", LANGUAGE: "de" }, { network })
        bench.runSeconds(40)
        await bench.assertLooks("now-estimate-de")
        bench.air = { ...bench.air, tvocPpb: 150 }
        bench.runSeconds(30)
        await bench.assertLooks("now-estimate-fair-de")
        bench.press("A")
        await bench.assertLooks("hour-estimate-de")
        bench.air = { ...bench.air, tvocPpb: 500 }
        bench.runSeconds(90)
        await bench.assertLooks("now-estimate-poor-de")
        assert.deepEqual(bench.panel.buzzer?.tones, [])
    })

    it("mutes the tone by button B, and is drawn again after a restart", async () => {
        const bench = await (await ScreenBench.of(["scd4x"], BOARD)).powerUp()
        bench.runSeconds(30)
        bench.press("B")
        await bench.assertLooks("now-good")
        bench.panel.chipStopped(bench.nowMs)
        await bench.powerUp()
        bench.runSeconds(30)
        await bench.assertLooks("now-good")
        assert.deepEqual(bench.panel.problems, [])
    })
})

import assert from "node:assert/strict"
import { ScreenBench } from "../../../support/screen/screen-bench.ts"

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

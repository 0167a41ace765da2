import assert from "node:assert/strict"
import { type PanelBench, panelBench } from "./panel-bench.ts"

const MINUTE_MS = 60_000

describe("the tone", function () {
    this.timeout(60_000)
    /** In poor air from the second minute on. The clock of the bench stands at 14:19 UTC when it starts. */
    async function inPoorAir(settings: Record<string, string> = {}): Promise<PanelBench> {
        const bench = await panelBench("m5stick_c_plus", "fine", 700, settings)
        bench.runFor(MINUTE_MS)
        assert.deepEqual(bench.panel.buzzer!.tones, [])
        bench.air.co2Ppm = 2500
        bench.runFor(MINUTE_MS)
        return bench
    }
    const notes = (bench: PanelBench) => bench.panel.buzzer!.tones.map(({ hz }) => Math.round(hz))
    const signals = (bench: PanelBench) => notes(bench).length / 2

    it("is two notes, once when the air turns poor", async () => {
        const bench = await inPoorAir()
        assert.deepEqual(notes(bench), [1319, 1046])
        const [first, second] = bench.panel.buzzer!.tones
        assert.ok(second!.atMs - first!.atMs >= 200 && second!.atMs - first!.atMs < 400)
        bench.runFor(10 * MINUTE_MS)
        assert.equal(signals(bench), 1)
        assert.deepEqual(bench.panel.problems, [])
    })

    it("comes again after TONE_REPEAT_MIN while the air is poor, and never for 0", async () => {
        const bench = await inPoorAir({ TONE_REPEAT_MIN: "5" })
        bench.runFor(11 * MINUTE_MS)
        assert.equal(signals(bench), 3)
        const once = await inPoorAir({ TONE_REPEAT_MIN: "0" })
        once.runFor(35 * MINUTE_MS)
        assert.equal(signals(once), 1)
    })

    it("is due again only after the air was good, not after it was fair", async () => {
        const bench = await inPoorAir({ TONE_REPEAT_MIN: "0" })
        for (const [co2Ppm, expected] of [
            [1500, 1],
            [2500, 1],
            [700, 1],
            [2500, 2],
        ] as const) {
            bench.air.co2Ppm = co2Ppm
            bench.runFor(MINUTE_MS)
            assert.equal(signals(bench), expected)
        }
    })

    it("waits for the end of the quiet hours", async () => {
        const bench = await inPoorAir({ QUIET_FROM_H: "9", QUIET_TO_H: "15" })
        bench.runFor(35 * MINUTE_MS)
        assert.equal(signals(bench), 0)
        bench.runFor(6 * MINUTE_MS)
        assert.equal(signals(bench), 1)
    })

    it("is silent by TONE=0", async () => {
        assert.equal(signals(await inPoorAir({ TONE: "0" })), 0)
    })

    it("is muted by a short press until the air was good; holding the button for 5 s still recalibrates", async () => {
        const bench = await inPoorAir({ TONE_REPEAT_MIN: "5" })
        bench.panel.press("BTNA", true)
        bench.runFor(150)
        bench.panel.press("BTNA", false)
        bench.runFor(20 * MINUTE_MS)
        assert.equal(signals(bench), 1)
        assert.equal(bench.log.filter(line => line.includes("tone muted=1")).length, 1)
        bench.air.co2Ppm = 700
        bench.runFor(MINUTE_MS)
        bench.air.co2Ppm = 2500
        bench.runFor(MINUTE_MS)
        assert.equal(signals(bench), 2)
        bench.panel.press("BTNA", true)
        bench.runFor(6000)
        bench.panel.press("BTNA", false)
        bench.runFor(1000)
        assert.ok(bench.log.some(line => line.includes("button held=5 recalibrating=1")))
        assert.equal(bench.log.filter(line => line.includes("tone muted=1")).length, 1)
    })
})

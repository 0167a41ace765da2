import assert from "node:assert/strict"
import { links, type PanelBench, panelBench, periodOf } from "./panel-bench.ts"

/** One letter for each 131 ms: the air, and before it what keeps readings from the server. As in src/panel/README.md. */
const airs = {
    good: "GGGGGGGGGGGGGGGG",
    fair: "YYYYYYYY........",
    poor: "RRRR....RRRR....",
    "no sensor": "....V.V.........",
    "warming up": "....C...........",
}
const marks: Record<string, string> = {
    fine: "",
    "no Wi-Fi": "....BB..",
    "server away": "....BB..BB..",
    "certificate refused": "....VV..VV..VV..",
    "no settings": "....WW..WW..WW..WW..",
}

/** Low power: the sensor warms up for 30 s. */
const SLOW = { LOW_POWER: "1", INTERVAL_S: "60" }

describe("the status light", function () {
    this.timeout(60_000)
    const patterns = new Map<string, string>()

    async function brought(link: string): Promise<Record<string, string>> {
        const bench = await panelBench("m5atom_lite", link, 700, SLOW)
        const shown: Record<string, string> = {}
        bench.runFor(150_000)
        shown.good = bench.pattern()
        bench.air.co2Ppm = 1500
        bench.runFor(45_000)
        shown.fair = bench.pattern()
        bench.air.co2Ppm = 2500
        bench.runFor(45_000)
        shown.poor = bench.pattern()
        bench.unplug()
        bench.runFor(180_000)
        shown["no sensor"] = bench.pattern()
        bench.plug()
        warmUp(bench)
        shown["warming up"] = bench.pattern()
        return shown
    }

    function warmUp(bench: PanelBench): void {
        const from = bench.log.length
        for (let s = 0; s < 60; s++) {
            if (bench.log.slice(from).some(line => line.includes("name=scd4x state=warming"))) break
            bench.runFor(1000)
        }
        bench.runFor(1000)
    }

    for (const link of Object.keys(links))
        it(`shows the air, and that the way to the server is: ${link}`, async () => {
            const shown = await brought(link)
            for (const [air, letters] of Object.entries(airs)) {
                assert.equal(shown[air], periodOf(`${marks[link]}${letters}`.repeat(3)), air)
                patterns.set(`${air}, ${link}`, shown[air]!.replace(/[A-Z]/g, "#"))
            }
        })

    it("has 25 patterns of which no two are the same without colours", () => {
        assert.equal(patterns.size, 25)
        assert.equal(new Set(patterns.values()).size, 25)
    })

    it("flashes at most twice in any second", () => {
        for (const [name, pattern] of patterns) {
            const long = pattern.repeat(Math.ceil(40 / pattern.length) + 1)
            const flashes = (from: number) => [...long.slice(from, from + 8).matchAll(/(?<=\.)#/g)].length
            for (let from = 0; from + 8 <= long.length; from++) assert.ok(flashes(from) <= 2, name)
        }
    })

    it("gets a command at least once a second, so that the runtime's own light never shows, and at most 8", async () => {
        const bench = await panelBench("m5atom_lite", "fine", 700)
        bench.runFor(30_000)
        for (const [at, { atMs }] of bench.shown.entries()) {
            const nextMs = bench.shown[at + 1]?.atMs ?? atMs + 131
            assert.ok(nextMs - atMs >= 130 && nextMs - atMs <= 1000, `${nextMs - atMs} ms`)
        }
        bench.panel.light!.colorAt(bench.clock.nowMs)
        const from = bench.shown.find(({ letter }) => letter === "G")!.atMs
        assert.deepEqual(
            bench.panel.light!.changes.filter(({ atMs, red, blue }) => atMs > from + 131 && red + blue > 0),
            [],
        )
    })

    const peak = (bench: PanelBench) => {
        const { red, green, blue } = bench.panel.light!.colorAt(bench.clock.nowMs)
        return Math.max(red, green, blue)
    }

    it("is as bright as LIGHT says, by the square, and dark at 0; a LED of one colour is on or off", async () => {
        const peaks: number[] = []
        for (const [board, LIGHT] of [
            ["m5atom_lite", "100"],
            ["m5atom_lite", "30"],
            ["m5atom_lite", "1"],
            ["m5atom_lite", "0"],
            ["esp32_devkit", "1"],
            ["esp32_devkit", "0"],
        ] as const) {
            const bench = await panelBench(board, "fine", 700, { LIGHT })
            bench.runFor(20_000)
            peaks.push(peak(bench))
        }
        assert.deepEqual(peaks, [253, 21, 1, 0, 255, 0])
    })

    it("has another brightness at night, in local time", async () => {
        // the bench starts at 14:19 UTC
        const settings = { NIGHT_FROM_H: "22", NIGHT_TO_H: "6", NIGHT_LIGHT: "10", UTC_OFFSET_MIN: "-480" }
        const bench = await panelBench("m5atom_lite", "fine", 700, { ...settings, LIGHT: "100" })
        bench.runFor(60_000)
        assert.equal(new Date(bench.clock.nowMs).toISOString().slice(11, 16), "14:20")
        assert.equal(peak(bench), 253)
        const night = await panelBench("m5atom_lite", "fine", 700, { ...settings, UTC_OFFSET_MIN: "480", LIGHT: "100" })
        night.runFor(60_000)
        assert.equal(peak(night), 1)
    })
})

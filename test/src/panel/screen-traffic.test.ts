import assert from "node:assert/strict"
import { buildFirmware } from "../../../devs/vm/firmware.ts"
import { functionsEnd } from "../../../devs/vm/function-bytecode.ts"
import { ScreenBench } from "../../support/screen/screen-bench.ts"

/** What 40 MHz carries in the time for a whole picture. */
const MAX_PICTURE_BYTES = (0.4 * 40e6) / 8
const SCREEN_BYTES = 320 * 240 * 2

describe("the program with a screen", () => {
    it("leaves room at the end of what the chip's program counter reaches", async () => {
        const end = functionsEnd((await buildFirmware("src/main-screen.ts")).bytecode)
        assert.ok(end < 60_000, `${end} bytes`)
    })
})

describe("the screen's traffic", function () {
    this.timeout(180_000)

    async function running(co2Ppm = 721) {
        const bench = await ScreenBench.of(["scd4x", "sgp30"])
        bench.air = { ...bench.air, co2Ppm }
        await bench.powerUp()
        bench.runSeconds(90)
        return bench
    }

    const bytesWhile = (bench: ScreenBench, what: () => void) => {
        const before = bench.spiBytes
        what()
        return bench.spiBytes - before
    }

    it("is little more than the pixels for a whole picture, which takes 31 ms at 40 MHz", async () => {
        const bench = await running()
        for (const button of ["A", "A", "A", "A", "C"]) {
            const bytes = bytesWhile(bench, () => bench.press(button))
            assert.ok(bytes >= SCREEN_BYTES && bytes < 1.01 * SCREEN_BYTES + 8000, `${bytes} bytes`)
            assert.ok(bytes < MAX_PICTURE_BYTES)
        }
        assert.deepEqual(bench.panel.problems, [])
    })

    it("is at rest what moves on with the minute, and little more while the value changes every 5 s", async () => {
        const bench = await running()
        const resting = bytesWhile(bench, () => bench.runSeconds(60))
        const changing = bytesWhile(bench, () => {
            for (let i = 0; i < 12; i++) {
                bench.air = { ...bench.air, co2Ppm: 721 + 7 * i, temperatureC: 23.18 + i / 10 }
                bench.runSeconds(5)
            }
        })
        console.log(`        at rest ${resting} bytes a minute, while the value changes ${changing}`)
        assert.ok(resting > 0 && resting < 50_000, `${resting}`)
        assert.ok(changing > resting && changing < 400_000, `${changing}`)
    })

    it("leaves the SGP30 its measurement in each second, however often the picture is drawn anew", async () => {
        const bench = await running()
        const measuredMs: number[] = []
        const { transfer } = bench.bus
        bench.bus.transfer = (address, write, ...rest) => {
            if (address === 0x58 && write[0] === 0x20 && write[1] === 0x08) measuredMs.push(bench.nowMs)
            return transfer.call(bench.bus, address, write, ...rest)
        }
        const bytes = bytesWhile(bench, () => {
            for (let press = 0; press < 20; press++) bench.press("A")
        })
        assert.ok(bytes > 15 * SCREEN_BYTES)
        assert.ok(measuredMs.length >= 26, `${measuredMs.length}`)
        for (const [at, ms] of measuredMs.entries())
            assert.ok(at === 0 || Math.abs(ms - measuredMs[at - 1]! - 1000) <= 20, `${ms - measuredMs[at - 1]!} ms`)
    })
})

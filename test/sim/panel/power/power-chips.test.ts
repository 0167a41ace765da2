import assert from "node:assert/strict"
import { Aw9523 } from "../../../../devs/sim/panel/power/aw9523.ts"
import { Axp192 } from "../../../../devs/sim/panel/power/axp192.ts"
import { Axp2101 } from "../../../../devs/sim/panel/power/axp2101.ts"
import type { PowerChip } from "../../../../devs/sim/panel/power/power-chip.ts"
import { ProblemLog } from "../../../../devs/sim/panel/problems.ts"

function write(chip: PowerChip, ...bytes: number[]): void {
    chip.begin()
    for (const byte of bytes) chip.write(byte, 5)
}

describe("the AXP192", () => {
    it("switches and sets its outputs", () => {
        const chip = new Axp192(new ProblemLog())
        assert.deepEqual([chip.millivolts("LDO2"), chip.millivolts("LDO3"), chip.millivolts("EXTEN")], [0, 0, 0])
        write(chip, 0x28, 0x5c)
        write(chip, 0x27, 72)
        write(chip, 0x12, 0x4f)
        assert.deepEqual([chip.millivolts("LDO2"), chip.millivolts("LDO3")], [2300, 3000])
        assert.deepEqual([chip.millivolts("DCDC3"), chip.millivolts("EXTEN")], [2500, 5000])
        write(chip, 0x12, 0x4b)
        assert.equal(chip.millivolts("LDO2"), 0)
    })

    it("pulls GPIO4 low only as an output", () => {
        const chip = new Axp192(new ProblemLog())
        assert.equal(chip.millivolts("GPIO4"), 3300)
        write(chip, 0x95, 0x84)
        assert.equal(chip.millivolts("GPIO4"), 0)
        write(chip, 0x96, 0x02)
        assert.equal(chip.millivolts("GPIO4"), 3300)
    })

    it("names a program that takes the chip's own supply", () => {
        const problems = new ProblemLog()
        const chip = new Axp192(problems)
        write(chip, 0x12, 0x0c)
        write(chip, 0x12, 0x0d)
        write(chip, 0x26, 80)
        write(chip, 0x26, 104)
        write(chip, 0x32, 0x80)
        assert.deepEqual(
            problems.all.map(({ kind, detail }) => `${kind} ${detail}`),
            [
                "power-chip AXP192: 0x12 = 0x0c takes the chip's own supply (DCDC1)",
                "power-chip AXP192: 0x26 = 0x50 takes the chip's own supply (DCDC1)",
                "power-chip AXP192: everything is shut down",
            ],
        )
    })
})

describe("the AXP2101", () => {
    it("switches and sets its outputs", () => {
        const chip = new Axp2101(new ProblemLog())
        assert.deepEqual([chip.millivolts("DCDC1"), chip.millivolts("DLDO1")], [3300, 0])
        write(chip, 0x90, 0x9a)
        const on = ["ALDO1", "ALDO2", "ALDO3", "ALDO4", "BLDO1", "BLDO2", "CPUSLDO", "DLDO1"].filter(
            output => chip.millivolts(output) > 0,
        )
        assert.deepEqual(on, ["ALDO2", "ALDO4", "BLDO1", "DLDO1"])
        write(chip, 0x96, 20)
        assert.equal(chip.millivolts("BLDO1"), 2500)
    })

    it("names a program that takes the chip's own supply, and writes of several bytes", () => {
        const problems = new ProblemLog()
        const chip = new Axp2101(problems)
        write(chip, 0x80, 0)
        write(chip, 0x80, 1)
        write(chip, 0x10, 0x31)
        write(chip, 0x96, 20, 20)
        assert.deepEqual(
            problems.all.map(({ kind }) => kind),
            ["power-chip", "power-chip", "not-modelled"],
        )
    })
})

describe("the AW9523B", () => {
    it("drives port 0 high only with push-pull outputs, and no pin that is an input or a LED's", () => {
        const chip = new Aw9523(new ProblemLog())
        write(chip, 0x02, 0x03, 0x82)
        const levels = () => ["P0_0", "P0_1", "P1_1", "P1_7"].map(output => chip.millivolts(output))
        assert.deepEqual(levels(), [0, 0, 3300, 3300])
        write(chip, 0x11, 0x10)
        assert.deepEqual(levels(), [3300, 3300, 3300, 3300])
        write(chip, 0x05, 0x80)
        write(chip, 0x12, 0xfe)
        assert.deepEqual(levels(), [0, 3300, 3300, 0])
        write(chip, 0x00)
        assert.deepEqual([chip.read(), chip.read()], [0x02, 0x02])
        write(chip, 0x7f, 0)
        assert.deepEqual(levels(), [0, 0, 0, 0])
    })
})

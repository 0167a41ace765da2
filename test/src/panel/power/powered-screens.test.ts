import assert from "node:assert/strict"
import { CHIP_STORE_BYTES, createStore } from "../../../../devs/image/fstor.ts"
import { settingEntries } from "../../../../devs/image/store-entries.ts"
import { RegisterBus } from "../../../support/register-bus.ts"
import { ScreenBench } from "../../../support/screen/screen-bench.ts"
import { Workbench } from "../../../support/workbench.ts"

const AXP = 0x34

describe("a screen behind a power chip", () => {
    for (const [board, variant] of [
        ["m5stack_core2", "axp192"],
        ["m5stack_core2", "axp2101"],
        ["m5stack_cores3", "ips"],
    ] as const)
        it(`shows the air, and the port has its 5 V: ${board} with ${variant}`, async () => {
            const bench = await ScreenBench.of(["scd4x"], board, { variant })
            assert.equal(bench.panel.portHas5V, false)
            await bench.powerUp()
            bench.runSeconds(1.5)
            assert.equal(bench.panel.portHas5V, true)
            bench.runSeconds(28.5)
            await bench.assertLooks("now")
            assert.deepEqual(bench.panel.problems, [])
            assert.deepEqual(bench.panics, [])
        })

    it("stays dark if the chip cannot be set, with a line in the log, and the readings go on", async () => {
        const labels = ["LCD_MOSI", "LCD_SCK", "LCD_CS", "LCD_DC"]
        const boards: [string, RegisterBus][] = [
            ["no-ack", new RegisterBus([], labels)],
            ["chip-id", new RegisterBus([[AXP, "03=41"]], labels)],
            ["line-low", new RegisterBus([[AXP, "03=03"]], labels)],
        ]
        for (const [reason, board] of boards) {
            if (reason === "line-low") board.hold("PMU_SDA", Number.POSITIVE_INFINITY)
            const bench = new PoweredBench(["scd4x", "sgp30"])
            const flash = createStore(CHIP_STORE_BYTES, settingEntries({ INTERVAL_S: "10" }))
            await bench.powerUp({}, { peripherals: board, flash })
            bench.runSeconds(60)
            const off = bench.logged("panel").map(({ power, reason }) => ({ power, reason }))
            assert.deepEqual(off, [{ power: "off", reason }])
            assert.ok(bench.logged("reading").length >= 4, reason)
            assert.equal(board.transfers, 0)
            assert.deepEqual(bench.panics, [])
        }
    })
})

class PoweredBench extends Workbench {
    override program = "src/main-powered.ts"
}

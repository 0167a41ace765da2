import assert from "node:assert/strict"
import { readBoard } from "../../../../devs/image/boards.ts"
import { VirtualPanel } from "../../../../devs/sim/panel/virtual-panel.ts"
import { boot } from "../../../support/program.ts"

describe("the firmware's power chip driver", () => {
    for (const [id, variant] of [
        ["m5stack_core2", "axp192"],
        ["m5stack_core2", "axp2101"],
        ["m5stack_cores3", "ips"],
        ["m5stick_c_plus", "ips"],
    ] as const)
        it(`switches on the backlight and the port's 5 V, and the backlight off (${id}, ${variant})`, async () => {
            const panel = new VirtualPanel(await readBoard(id), { variant })
            const { log, events, runFor } = await boot("test/fixtures/programs/power-chip.ts", { peripherals: panel })
            assert.equal(panel.portHas5V, false)
            while (!events.some(({ event }) => event === "lit")) runFor(10)
            assert.equal(panel.portHas5V, true, log.join("\n"))
            assert.ok((panel.screen?.brightness ?? 0) > 0.3)
            runFor(1500)
            assert.equal(panel.screen?.brightness, 0)
            assert.deepEqual(panel.problems, [])
        })
})

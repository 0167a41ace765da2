import assert from "node:assert/strict"
import { readBoard } from "../../../devs/image/boards.ts"
import { VirtualPanel } from "../../../devs/sim/panel/virtual-panel.ts"
import { boot } from "../../support/program.ts"

describe("the buttons", () => {
    async function presses(boardId: string, ...pressed: [label: string, ms: number][]): Promise<string[]> {
        const panel = new VirtualPanel(await readBoard(boardId))
        const device = await boot("test/fixtures/programs/buttons.ts", { peripherals: panel })
        device.runFor(3000)
        for (const [label, ms] of pressed) {
            panel.press(label, true)
            device.runFor(ms)
            panel.press(label, false)
            device.runFor(300)
        }
        return device.events.flatMap(({ event, values }) =>
            event === "press" ? `${values.button} ${values.held === "1" ? "held" : "short"}` : [],
        )
    }

    it("A, B and C count when they are released, and once when they are held for a second", async () => {
        assert.deepEqual(
            await presses("m5stack_core", ["BTNA", 100], ["BTNB", 900], ["BTNC", 100], ["BTNC", 4000], ["BTNA", 100]),
            ["0 short", "1 short", "2 short", "2 held", "0 short"],
        )
    })

    it("are one where the board has only BOOT, and none without", async () => {
        assert.deepEqual(await presses("esp32_devkit", ["BOOT", 100]), ["0 short"])
        assert.deepEqual(await presses("xiao_esp32c3"), [])
    })
})

/** The firmware of a board with a screen, on the workbench, with what a person sees and presses. */
import { readBoard } from "../../../devs/image/boards.ts"
import { CHIP_STORE_BYTES, createStore } from "../../../devs/image/fstor.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"
import { VirtualPanel, type VirtualPanelOptions } from "../../../devs/sim/panel/virtual-panel.ts"
import type { MachineOptions } from "../../../devs/vm/machine.ts"
import { type Part, Workbench } from "../workbench.ts"
import { assertGolden } from "./golden-screen.ts"

/** A press is short below, and the buttons are looked at more often than this. */
const PRESS_MS = 150
const HOLD_MS = 2500

export class ScreenBench extends Workbench {
    override program = "src/main-screen.ts"
    readonly board: string
    readonly panel: VirtualPanel

    private constructor(parts: Part[], board: string, panel: VirtualPanel) {
        super(parts)
        this.board = board
        this.panel = panel
    }

    static async of(parts: Part[] = ["scd4x"], board = "m5stack_core", options: VirtualPanelOptions = {}) {
        return new ScreenBench(parts, board, new VirtualPanel(await readBoard(board), options))
    }

    override async powerUp(
        settings: Record<string, string> = {},
        options: Partial<MachineOptions> = {},
    ): Promise<this> {
        const flash = createStore(CHIP_STORE_BYTES, settingEntries({ INTERVAL_S: "60", ...settings }))
        return await super.powerUp({}, { flash, peripherals: this.panel, ...options })
    }

    /** Presses a button: "A", "B" or "C". */
    press(button: string, held = false): void {
        this.panel.press(`BTN${button}`, true)
        this.runSeconds((held ? HOLD_MS : PRESS_MS) / 1000)
        this.panel.press(`BTN${button}`, false)
        this.runSeconds(1.5)
    }

    get screen() {
        const { screen } = this.panel
        if (!screen) throw new Error(`${this.board} has no screen`)
        return screen
    }

    /** @param name of the golden picture, without the board */
    async assertLooks(name: string): Promise<void> {
        const { width, height } = this.screen
        await assertGolden({ width, height, pixels: this.screen.pixels() }, `${this.board}/${name}`)
    }
}

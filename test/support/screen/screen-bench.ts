/** The firmware of a board with a screen, on the workbench, with what a person sees and presses. */
import { mainFileFor } from "../../../devs/image/board-program.ts"
import { type Board, readBoard } from "../../../devs/image/boards.ts"
import { CHIP_STORE_BYTES, createStore } from "../../../devs/image/fstor.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"
import { VirtualPanel, type VirtualPanelOptions } from "../../../devs/sim/panel/virtual-panel.ts"
import type { MachineOptions } from "../../../devs/vm/machine.ts"
import { WifiService } from "../../../devs/vm/wifi-service.ts"
import { type Part, Workbench } from "../workbench.ts"
import { assertGolden } from "./golden-screen.ts"

/** A short press, and a long one. */
const PRESS_S = 0.2
const HOLD_S = 1.3
/** Until what a press changes is drawn. */
const DRAWN_S = 1.2

export class ScreenBench extends Workbench {
    override program: string
    readonly board: string
    readonly panel: VirtualPanel
    readonly wifi = new WifiService()

    private constructor(parts: Part[], board: Board, panel: VirtualPanel) {
        super(parts)
        this.board = board.id
        this.program = mainFileFor(board)
        this.panel = panel
        this.wifi.signalDbm = -58
    }

    static async of(parts: Part[] = ["scd4x"], board = "m5stack_core", options: VirtualPanelOptions = {}) {
        const whole = await readBoard(board)
        return new ScreenBench(parts, whole, new VirtualPanel(whole, options))
    }

    override async powerUp(
        settings: Record<string, string> = {},
        options: Partial<MachineOptions> = {},
    ): Promise<this> {
        const flash = createStore(CHIP_STORE_BYTES, settingEntries({ INTERVAL_S: "60", ...settings }))
        await super.powerUp(
            {},
            { flash, peripherals: this.panel, randomBytes: length => Buffer.alloc(length, 7), ...options },
        )
        this.afterRound = () => {
            this.wifi.round(this.machine, this.nowMs)
            this.panel.afterRound?.(this.machine, this.nowMs)
        }
        return this
    }

    /** Presses a button: "A", "B" or "C". */
    press(button: string, held = false): void {
        this.panel.press(`BTN${button}`, true)
        this.runSeconds(held ? HOLD_S : PRESS_S)
        this.panel.press(`BTN${button}`, false)
        this.runSeconds(DRAWN_S)
    }

    get screen() {
        const { screen } = this.panel
        if (!screen) throw new Error(`${this.board} has no screen`)
        return screen
    }

    /** Bytes that the screen has received. */
    get spiBytes(): number {
        const { commands, parameters, pixels } = this.screen.received
        return commands + parameters + pixels
    }

    /** @param name of the golden picture, without the board */
    async assertLooks(name: string): Promise<void> {
        const { width, height } = this.screen
        await assertGolden({ width, height, pixels: this.screen.pixels() }, `${this.board}/${name}`)
    }
}

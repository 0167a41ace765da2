/**
 * What a person sees of a device, hears and presses: the parts on a board's pins, for a `Machine`
 * (`devs/vm/machine.ts`). Screen by screen and pin by pin it does what the datasheets say, and records what they forbid.
 */
import type { Board } from "../../image/boards.ts"
import type { Machine } from "../../vm/machine.ts"
import type { Peripherals, SpiConfig } from "../../vm/peripherals.ts"
import { type BoardParts, boardParts } from "./board-parts.ts"
import { type PanelVariant, screens } from "./boards.ts"
import { Buzzer } from "./buzzer.ts"
import type { QuarterTurn } from "./lcd.ts"
import { StatusLight } from "./light.ts"
import { drivenLevel, GPIO_MODE, type Level, pulledLevel } from "./pin-levels.ts"
import { type Problem, ProblemLog } from "./problems.ts"
import { VirtualScreen } from "./virtual-screen.ts"

export interface VirtualPanelOptions {
    /** kind of glass, by its name in `boards.ts`; the usual one if absent */
    variant?: string
    /** how far the device is turned from its usual position, clockwise; 0 if absent */
    turned?: QuarterTurn
}

export class VirtualPanel implements Peripherals {
    /** labels of the buttons */
    readonly buttons: readonly string[]
    /** undefined if the board has none */
    readonly screen: VirtualScreen | undefined
    readonly light: StatusLight | undefined
    readonly buzzer: Buzzer | undefined
    readonly #variant: PanelVariant | undefined
    readonly #parts: BoardParts
    readonly #problems = new ProblemLog()
    readonly #modes = new Map<string, number>()
    readonly #pressed = new Set<string>()

    constructor(board: Board, { variant, turned = 0 }: VirtualPanelOptions = {}) {
        this.#parts = boardParts(board)
        const { buttons, light, hasBuzzer } = this.#parts
        this.buttons = buttons
        this.light = light && new StatusLight(light)
        this.buzzer = hasBuzzer ? new Buzzer(this.#problems) : undefined
        const parts = screens[board.id]
        if (!parts) return
        this.#variant = parts.variants[variant ?? parts.usual]
        if (!this.#variant) throw new RangeError(`the screen of ${board.id} has no variant "${variant}"`)
        this.screen = new VirtualScreen(parts, this.#variant, turned, this.#parts.gpios, this.#problems)
        this.#settle(-Infinity)
    }

    /** the first 1,000, oldest first */
    get problems(): readonly Problem[] {
        return this.#problems.all
    }

    gpioOf(label: string): number | undefined {
        return this.#parts.gpios.get(label)
    }

    /** Presses a button or lets it go. */
    press(label: string, down: boolean): void {
        if (!this.buttons.includes(label)) throw new RangeError(`there is no button ${label}`)
        if (down) this.#pressed.add(label)
        else this.#pressed.delete(label)
    }

    setPin(label: string, mode: number, atMs: number): void {
        this.#modes.set(label, mode)
        if (drivenLevel(mode) !== undefined && this.buttons.includes(label))
            this.#problems.add("pin-conflict", `${label} is a button, and driven as an output`, atMs)
        this.#apply(label, atMs)
    }

    readPin(label: string, _atMs: number): Level {
        return this.#level(label)
    }

    configureSpi(config: SpiConfig): void {
        this.screen?.configureSpi(config)
    }

    transferSpi(bytes: Uint8Array, atMs: number): void {
        this.screen?.transfer(bytes, atMs)
    }

    /** To be called after each round of the chip's main loop: light and buzzer are on its Jacdac bus. */
    afterRound(machine: Machine, nowMs: number): void {
        this.light?.round(machine.frames, nowMs)
        this.buzzer?.round(machine, nowMs)
    }

    /** The chip has lost its power or was reset: it drives no pin any more. The screen keeps its power. */
    chipStopped(atMs: number): void {
        this.#modes.clear()
        this.screen?.configureSpi(undefined)
        this.light?.stopped(atMs)
        this.buzzer?.stopped(atMs)
        this.#settle(atMs)
    }

    #settle(atMs: number): void {
        for (const label of this.#parts.gpios.keys()) this.#apply(label, atMs)
    }

    /** Level of the line, by whatever holds it. */
    #level(label: string): Level {
        const mode = this.#modes.get(label) ?? GPIO_MODE.off
        const driven = drivenLevel(mode)
        if (driven !== undefined) return driven
        if (this.buttons.includes(label)) return this.#pressed.has(label) ? 0 : 1
        if (label === this.screen?.parts.reset && this.#variant && this.#variant.resetRests !== "floating")
            return this.#variant.resetRests
        return pulledLevel(mode)
    }

    #apply(label: string, atMs: number): void {
        const { screen } = this
        if (!screen) return
        const level = this.#level(label)
        screen.level(label, level)
        if (label === screen.parts.reset) screen.reset(level === 0, atMs)
        else if (label === screen.parts.backlight) screen.light(level === 1)
    }
}

/**
 * What a person sees of a device, hears and presses: the parts on a board's pins, for a `Machine`
 * (`devs/vm/machine.ts`). Pin by pin they do what their datasheets say, and record what those forbid.
 */
import type { Board } from "../../image/boards.ts"
import type { Machine } from "../../vm/machine.ts"
import type { Peripherals, SpiConfig } from "../../vm/peripherals.ts"
import { type BoardParts, boardParts } from "./board-parts.ts"
import { type ScreenParts, type ScreenVariant, type Source, screens } from "./boards.ts"
import { Buzzer } from "./buzzer.ts"
import type { QuarterTurn } from "./lcd.ts"
import { StatusLight } from "./light.ts"
import { drivenLevel, GPIO_MODE, type Level, pulledLevel } from "./pin-levels.ts"
import { I2cWires } from "./power/i2c-wires.ts"
import type { PowerChip } from "./power/power-chip.ts"
import { type Problem, ProblemLog } from "./problems.ts"
import { VirtualScreen } from "./virtual-screen.ts"

export interface VirtualPanelOptions {
    /** kind of screen, by its name in `boards.ts`; the usual one if absent */
    variant?: string
    /** how far the device is turned from its usual position, clockwise; 0 if absent */
    turned?: QuarterTurn
}

/** Below it a supply or a level counts as off, mV. */
const MIN_ON_MV = 2300
/** Voltage of a backlight at full brightness, mV. */
const FULL_BACKLIGHT_MV = 3300
const DARK_BACKLIGHT_MV = 2200

interface ScreenLines extends ScreenParts {
    variant: ScreenVariant
}

export class VirtualPanel implements Peripherals {
    /** labels of the buttons */
    readonly buttons: readonly string[]
    /** undefined if the board has none */
    readonly screen: VirtualScreen | undefined
    readonly light: StatusLight | undefined
    readonly buzzer: Buzzer | undefined
    readonly #lines: ScreenLines | undefined
    readonly #chips: readonly PowerChip[] = []
    readonly #wires: I2cWires | undefined
    readonly #parts: BoardParts
    readonly #problems = new ProblemLog()
    /** by GPIO */
    readonly #modes = new Map<number, number>()
    /** GPIOs of buttons */
    readonly #pressed = new Set<number>()

    /** @throws RangeError if the board's screen has no such variant */
    constructor(board: Board, { variant, turned = 0 }: VirtualPanelOptions = {}) {
        this.#parts = boardParts(board)
        const { buttons, light, hasBuzzer } = this.#parts
        this.buttons = [...buttons.keys()]
        this.light = light && new StatusLight(light)
        this.buzzer = hasBuzzer ? new Buzzer(this.#problems) : undefined
        const parts = screens[board.id]
        if (!parts) return
        const lines = { ...parts, variant: variantOf(parts, variant ?? parts.usual) }
        const { glass, power } = lines.variant
        this.#lines = lines
        this.screen = new VirtualScreen(parts, { ...glass, turned: sum(glass.turned, turned) }, this.#problems)
        if (power) {
            this.#chips = power.chips.map(PowerChipClass => new PowerChipClass(this.#problems))
            this.#wires = new I2cWires(this.#chips, this.#problems)
        }
        this.#settle(-Infinity)
    }

    /** the first 1,000, oldest first */
    get problems(): readonly Problem[] {
        return this.#problems.all
    }

    /** True while the Grove port has its 5 V; on boards without a switch for it always. */
    get portHas5V(): boolean {
        return (this.#lines?.variant.power?.port5V ?? []).every(source => this.#isOn(source))
    }

    gpioOf(label: string): number | undefined {
        return this.#parts.gpios.get(label)
    }

    /** Presses a button or lets it go. @throws RangeError if there is none of this label */
    press(label: string, down: boolean): void {
        const gpio = this.#parts.buttons.get(label)
        if (gpio === undefined) throw new RangeError(`there is no button ${label}`)
        if (down) this.#pressed.add(gpio)
        else this.#pressed.delete(gpio)
    }

    setPin(label: string, mode: number, atMs: number): void {
        const gpio = this.gpioOf(label)
        if (gpio === undefined) return
        this.#modes.set(gpio, mode)
        if (drivenLevel(mode) !== undefined && this.#parts.buttons.has(label))
            this.#problems.add("pin-conflict", `${label} is a button, and driven as an output`, atMs)
        const line = this.#i2cLine(gpio)
        if (line) this.#wires?.setPin(line, mode, atMs)
        this.#settle(atMs)
    }

    readPin(label: string, _atMs: number): Level {
        const gpio = this.gpioOf(label)
        return gpio === undefined ? 0 : this.#level(gpio)
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

    /** The chip has lost its power or was reset: it drives no pin any more. Screen and power chips keep their state. */
    chipStopped(atMs: number): void {
        this.#modes.clear()
        this.#wires?.interrupt()
        this.#wires?.setPin("sda", GPIO_MODE.off, atMs)
        this.#wires?.setPin("scl", GPIO_MODE.off, atMs)
        this.screen?.configureSpi(undefined)
        this.light?.stopped(atMs)
        this.buzzer?.stopped(atMs)
        this.#settle(atMs)
    }

    #i2cLine(gpio: number): "sda" | "scl" | undefined {
        const power = this.#lines?.variant.power
        if (gpio === power?.sda) return "sda"
        return gpio === power?.scl ? "scl" : undefined
    }

    #drivenLevel(gpio: number): Level | undefined {
        return drivenLevel(this.#modes.get(gpio) ?? GPIO_MODE.off)
    }

    /** Level of a line, by whatever holds it. */
    #level(gpio: number): Level {
        const line = this.#i2cLine(gpio)
        if (line && this.#wires) return this.#wires.level(line)
        const driven = this.#drivenLevel(gpio)
        if (driven !== undefined) return driven
        if (this.#parts.buttonGpios.has(gpio)) return this.#pressed.has(gpio) ? 0 : 1
        const { reset, resetPulledUp } = this.#lines?.variant ?? {}
        return gpio === reset && resetPulledUp ? 1 : pulledLevel(this.#modes.get(gpio) ?? GPIO_MODE.off)
    }

    #millivolts(source: Source): number {
        if (typeof source === "number") return this.#level(source) === 1 ? FULL_BACKLIGHT_MV : 0
        return this.#chips.find(({ name }) => name === source.chip)?.millivolts(source.output) ?? 0
    }

    #isOn(source: Source): boolean {
        return this.#millivolts(source) >= MIN_ON_MV
    }

    /** Passes the levels of all lines on to the screen. */
    #settle(atMs: number): void {
        if (!this.#lines || !this.screen) return
        const { variant, select, dataMode } = this.#lines
        const { controller } = this.screen
        controller.power(!variant.power || this.#isOn(variant.power.screen), atMs)
        controller.reset(!this.#isOn(variant.reset), atMs)
        controller.select(this.#drivenLevel(select) === 0)
        controller.dataMode(this.#level(dataMode) === 1)
        this.screen.light(brightness(this.#millivolts(variant.backlight)))
    }
}

function variantOf({ variants }: ScreenParts, name: string): ScreenVariant {
    const variant = variants[name]
    if (!variant) throw new RangeError(`there is no variant "${name}", but ${Object.keys(variants).join(", ")}`)
    return variant
}

/** 0 to 1; not photometric. */
function brightness(millivolts: number): number {
    if (millivolts < MIN_ON_MV) return 0
    return Math.min(1, (millivolts - DARK_BACKLIGHT_MV) / (FULL_BACKLIGHT_MV - DARK_BACKLIGHT_MV))
}

function sum(first: QuarterTurn, second: QuarterTurn): QuarterTurn {
    const turns: QuarterTurn[] = [0, 90, 180, 270]
    return turns[((first + second) / 90) % 4] ?? 0
}

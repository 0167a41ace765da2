/** A board's screen: controller, glass and backlight on the chip's pins and SPI bus. */
import type { SpiConfig } from "../../vm/peripherals.ts"
import type { PanelVariant, ScreenParts } from "./boards.ts"
import { blackPixels, DcsController } from "./dcs-controller.ts"
import type { QuarterTurn, SpiBytes } from "./lcd.ts"
import type { ProblemLog } from "./problems.ts"

/** The controller takes a bit at the rising edge: clock polarity and phase 0 0 or 1 1. */
const USABLE_SPI_MODES = [0, 3]

export class VirtualScreen {
    readonly parts: ScreenParts
    readonly #controller: DcsController
    readonly #gpios: ReadonlyMap<string, number>
    readonly #problems: ProblemLog
    #spi: SpiConfig | undefined
    #lit = false
    #lightChanges = 0

    /** @param turned how far the device is turned from its usual position, clockwise */
    constructor(
        parts: ScreenParts,
        { glass }: PanelVariant,
        turned: QuarterTurn,
        gpios: ReadonlyMap<string, number>,
        problems: ProblemLog,
    ) {
        this.parts = parts
        this.#gpios = gpios
        this.#problems = problems
        this.#controller = new DcsController(
            parts.controller,
            { ...glass, turned: sum(glass.turned, turned) },
            problems,
        )
    }

    /** of the picture as a person sees it */
    get width(): number {
        return this.#controller.width
    }

    get height(): number {
        return this.#controller.height
    }

    /** What a person sees: RGBA, row by row; black without backlight. */
    pixels(): Uint8Array {
        return this.#lit ? this.#controller.pixels() : blackPixels(this.width, this.height)
    }

    /** goes up when the picture may have changed */
    get revision(): number {
        return this.#controller.revision + this.#lightChanges
    }

    /** bytes that the controller took */
    get received(): SpiBytes {
        return this.#controller.received
    }

    get lit(): boolean {
        return this.#lit
    }

    light(on: boolean): void {
        if (on !== this.#lit) this.#lightChanges++
        this.#lit = on
    }

    reset(low: boolean, atMs: number): void {
        this.#controller.reset(low, atMs)
    }

    power(on: boolean, atMs: number): void {
        this.#controller.power(on, atMs)
    }

    /** A pin of the chip has this level now. */
    level(label: string, level: 0 | 1): void {
        if (label === this.parts.select) this.#controller.select(level === 0)
        else if (label === this.parts.dataMode) this.#controller.dataMode(level === 1)
    }

    /** @param config undefined: the chip has stopped */
    configureSpi(config: SpiConfig | undefined): void {
        this.#spi = config
    }

    transfer(bytes: Uint8Array, atMs: number): void {
        if (this.#reaches(atMs)) this.#controller.transfer(bytes, atMs)
    }

    /** False if the bytes do not come out at the controller's pins as it reads them. */
    #reaches(atMs: number): boolean {
        const config = this.#spi
        const { controller, mosi, clock } = this.parts
        const problem = (kind: "spi-pins" | "spi-mode" | "spi-clock" | "spi-not-configured", detail: string) =>
            this.#problems.add(kind, detail, atMs)
        if (!config) {
            problem("spi-not-configured", "a transfer before the bus is configured")
            return false
        }
        const { mosiGpio, sckGpio, mode, hz } = config
        if (mosiGpio !== this.#gpios.get(mosi) || sckGpio !== this.#gpios.get(clock)) {
            const pins = `MOSI ${this.#gpios.get(mosi)}, SCK ${this.#gpios.get(clock)}`
            problem("spi-pins", `MOSI ${mosiGpio}, SCK ${sckGpio}; the screen is at ${pins}`)
            return false
        }
        if (hz > controller.maxWriteHz)
            problem("spi-clock", `${hz / 1e6} MHz; ${controller.name} takes ${controller.maxWriteHz / 1e6} MHz`)
        if (USABLE_SPI_MODES.includes(mode)) return true
        problem("spi-mode", `mode ${mode}; ${controller.name} takes ${USABLE_SPI_MODES.join(" or ")}`)
        return false
    }
}

function sum(first: QuarterTurn, second: QuarterTurn): QuarterTurn {
    const turns: QuarterTurn[] = [0, 90, 180, 270]
    return turns[((first + second) / 90) % 4] ?? 0
}

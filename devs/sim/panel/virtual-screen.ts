/** A board's screen: controller, glass and backlight on the chip's pins and SPI bus. */
import type { SpiConfig } from "../../vm/peripherals.ts"
import type { ScreenParts } from "./boards.ts"
import { blackPixels, DcsController } from "./dcs-controller.ts"
import type { Glass, SpiBytes } from "./lcd.ts"
import type { ProblemKind, ProblemLog } from "./problems.ts"

/** The controller takes a bit at the rising edge: clock polarity and phase 0 0 or 1 1. */
const USABLE_SPI_MODES = [0, 3]

export class VirtualScreen {
    readonly controller: DcsController
    readonly #parts: ScreenParts
    readonly #problems: ProblemLog
    #spi: SpiConfig | undefined
    #brightness = 0
    #brightnessChanges = 0

    constructor(parts: ScreenParts, glass: Glass, problems: ProblemLog) {
        this.#parts = parts
        this.#problems = problems
        this.controller = new DcsController(parts.controller, glass, problems)
    }

    /** of the picture as a person sees it */
    get width(): number {
        return this.controller.width
    }

    get height(): number {
        return this.controller.height
    }

    /** What a person sees: RGBA, row by row; black without backlight, not dimmed by it otherwise. */
    pixels(): Uint8Array {
        return this.#brightness > 0 ? this.controller.pixels() : blackPixels(this.width, this.height)
    }

    /** goes up when the picture may have changed */
    get revision(): number {
        return this.controller.revision + this.#brightnessChanges
    }

    /** bytes that the controller took */
    get received(): SpiBytes {
        return this.controller.received
    }

    /** of the backlight: 0 off, 1 full */
    get brightness(): number {
        return this.#brightness
    }

    light(brightness: number): void {
        if (brightness !== this.#brightness) this.#brightnessChanges++
        this.#brightness = brightness
    }

    /** @param config undefined: the chip has stopped */
    configureSpi(config: SpiConfig | undefined): void {
        this.#spi = config
    }

    transfer(bytes: Uint8Array, atMs: number): void {
        if (this.#reaches(atMs)) this.controller.transfer(bytes, atMs)
    }

    /** False if the bytes do not come out at the controller's pins as it reads them. */
    #reaches(atMs: number): boolean {
        const config = this.#spi
        const { controller, mosi, clock } = this.#parts
        const fails = (kind: ProblemKind, detail: string) => {
            this.#problems.add(kind, detail, atMs)
            return false
        }
        if (!config) return fails("spi-not-configured", "a transfer before the bus is configured")
        const { mosiGpio, sckGpio, mode, hz } = config
        if (mosiGpio !== mosi || sckGpio !== clock)
            return fails("spi-pins", `MOSI ${mosiGpio}, SCK ${sckGpio}; the screen is at ${mosi} and ${clock}`)
        if (hz > controller.maxWriteHz)
            fails("spi-clock", `${hz / 1e6} MHz; ${controller.name} takes ${controller.maxWriteHz / 1e6} MHz`)
        if (USABLE_SPI_MODES.includes(mode)) return true
        return fails("spi-mode", `mode ${mode}; ${controller.name} takes ${USABLE_SPI_MODES.join(" or ")}`)
    }
}

/** Drives an LCD controller as a chip does: chip select, data/command, bytes. */
import type { LcdController } from "../../../devs/sim/panel/lcd.ts"

export const RED = 0xf800
export const GREEN = 0x07e0
export const BLUE = 0x001f
export const WHITE = 0xffff
export const BLACK = 0x0000

export class LcdHost {
    readonly lcd: LcdController
    nowMs = 0

    constructor(lcd: LcdController) {
        this.lcd = lcd
    }

    command(code: number, ...parameters: number[]): void {
        this.lcd.select(true)
        this.lcd.dataMode(false)
        this.lcd.transfer(Uint8Array.of(code), this.nowMs)
        if (parameters.length > 0) this.data(...parameters)
        this.lcd.select(false)
    }

    data(...bytes: number[]): void {
        this.lcd.select(true)
        this.lcd.dataMode(true)
        this.lcd.transfer(Uint8Array.from(bytes), this.nowMs)
        this.lcd.select(false)
    }

    wait(ms: number): void {
        this.nowMs += ms
    }

    /** Reset, sleep out, 16 bits, display on, with the waiting times of the datasheet. */
    start(madctl = 0): void {
        this.lcd.reset(true, this.nowMs)
        this.wait(1)
        this.lcd.reset(false, this.nowMs)
        this.wait(120)
        this.command(0x11)
        this.wait(120)
        this.command(0x3a, 0x55)
        this.command(0x36, madctl)
        this.command(0x29)
    }

    /** Writes pixels, one word each, into a window of the host's addresses. */
    draw(x: number, y: number, width: number, height: number, words: number[]): void {
        const ends = (from: number, size: number) => [
            from >> 8,
            from & 255,
            (from + size - 1) >> 8,
            (from + size - 1) & 255,
        ]
        this.command(0x2a, ...ends(x, width))
        this.command(0x2b, ...ends(y, height))
        this.command(0x2c, ...words.flatMap(word => [word >> 8, word & 255]))
    }

    /** Kinds of the problems so far. */
    get kinds(): string[] {
        return this.lcd.problems.map(({ kind }) => kind)
    }

    /** Colour that a person sees at a place, as six hex digits. */
    seen(x: number, y: number): string {
        const at = 4 * (y * this.lcd.width + x)
        return Buffer.from(this.lcd.pixels().subarray(at, at + 3)).toString("hex")
    }
}

/**
 * The ST7789V of the StickC Plus: a memory of 240 × 320, of which the panel shows 135 × 240 at column 52, row 40
 * (M5GFX `Panel_M5StickCPlus`).
 *
 * Version 1.3 of its datasheet gives a write cycle of 66 ns (15 MHz), later ones 16 ns (62 MHz); M5Stack runs it at
 * 40 MHz (M5GFX `freq_write`), which is the limit here.
 */
import type { ControllerModel } from "./lcd.ts"

export const ST7789V: ControllerModel = { name: "ST7789V", columns: 240, rows: 320, maxWriteHz: 40e6 }

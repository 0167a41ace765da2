/**
 * The ILI9342C: 320 × 240, landscape by itself.
 *
 * Its datasheet gives a write cycle of 100 ns (10 MHz); M5Stack runs it at 40 MHz (M5GFX `freq_write`), which is
 * also the most that an ESP32 puts out through its pin matrix, so that is the limit here.
 */
import type { ControllerModel } from "./lcd.ts"

export const ILI9342C: ControllerModel = { name: "ILI9342C", columns: 320, rows: 240, maxWriteHz: 40e6 }

/**
 * The screens of the boards: which parts are on which pins. Everything else of a board (buttons, light, buzzer)
 * is in its board file. Sources: M5GFX 7614fa3 `src/M5GFX.cpp`.
 */
import { ILI9342C } from "./ili9342c.ts"
import type { ControllerModel, Glass } from "./lcd.ts"

/** A level at which a line stays when the chip does not drive it, whatever the chip's own weak pull-up or -down. */
export type RestingLevel = 0 | 1 | "floating"

export interface PanelVariant {
    glass: Glass
    /** of the reset line: M5GFX tells the two glasses of the Core by it */
    resetRests: RestingLevel
}

/** Labels are those of the board file. */
export interface ScreenParts {
    controller: ControllerModel
    /** the first is the usual one */
    variants: Record<string, PanelVariant> & { [first: string]: PanelVariant }
    usual: string
    select: string
    dataMode: string
    mosi: string
    clock: string
    reset: string
    backlight: string
}

/** 320 × 240 as it lies in front of a person: MADCTL 0x08 is upright (M5GFX: rotation 1, `offset_rotation` 3). */
const core320x240 = {
    firstColumn: 0,
    firstRow: 0,
    columns: 320,
    rows: 240,
    subpixels: "BGR",
    turned: 0,
} as const

const core: ScreenParts = {
    controller: ILI9342C,
    variants: {
        /** newer; its reset line has a pull-up (`Panel_M5Stack::init`: high by itself means inverted) */
        ips: { glass: { ...core320x240, inverts: true }, resetRests: 1 },
        /** older */
        tn: { glass: { ...core320x240, inverts: false }, resetRests: "floating" },
    },
    usual: "ips",
    select: "LCD_CS",
    dataMode: "LCD_DC",
    mosi: "LCD_MOSI",
    clock: "LCD_SCK",
    reset: "LCD_RST",
    backlight: "LCD_BL",
}

/** By board id. */
export const screens: Record<string, ScreenParts> = {
    m5stack_core: core,
    m5stack_fire: core,
}

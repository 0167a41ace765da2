/**
 * The screens of the boards: which parts are on which GPIOs. Everything else of a board (buttons, light, buzzer) is in
 * its board file. Sources: M5GFX 7614fa3 `src/M5GFX.cpp`, M5Unified 002b75f `src/utility/Power_Class.cpp`; CoreS3:
 * LCD reset at P1_1 of the AW9523B (crate core-s3 `aw9523b.rs`, esp-bsp).
 */
import { ILI9342C } from "./ili9342c.ts"
import type { ControllerModel, Glass } from "./lcd.ts"
import { Aw9523 } from "./power/aw9523.ts"
import { Axp192 } from "./power/axp192.ts"
import { Axp2101 } from "./power/axp2101.ts"
import type { PowerChip } from "./power/power-chip.ts"
import type { ProblemLog } from "./problems.ts"
import { ST7789V } from "./st7789.ts"

/** What holds a line of the screen: a GPIO of the chip, or an output of a power chip. */
export type Source = number | { chip: string; output: string }

/** Parts on the inner I2C bus, which the program drives pin by pin. */
export interface PowerParts {
    sda: number
    scl: number
    chips: readonly (new (problems: ProblemLog) => PowerChip)[]
    /** supply of the screen's controller */
    screen: Source
    /** all of them on: the Grove port has its 5 V */
    port5V: readonly Source[]
}

/** A kind of a board's screen: boards of one name were sold with several. */
export interface ScreenVariant {
    glass: Glass
    reset: Source
    /** level of the reset line while nothing drives it, whatever the chip's own weak pull-down; else that decides */
    resetPulledUp: boolean
    backlight: Source
    /** undefined: screen and port have power whenever the board has */
    power?: PowerParts
}

export interface ScreenParts {
    controller: ControllerModel
    variants: Readonly<Record<string, ScreenVariant>>
    /** name of the variant that is sold now */
    usual: string
    /** GPIOs */
    select: number
    dataMode: number
    mosi: number
    clock: number
}

/** 320 × 240 as it lies in front of a person: MADCTL 0x08 is upright (M5GFX: rotation 1, `offset_rotation` 3). */
const glass320x240 = {
    firstColumn: 0,
    firstRow: 0,
    columns: 320,
    rows: 240,
    subpixels: "BGR",
    turned: 0,
} as const
const ips320x240: Glass = { ...glass320x240, inverts: true }

const coreLines = { reset: 33, backlight: 32 }

const core: ScreenParts = {
    controller: ILI9342C,
    variants: {
        /** its reset line has a pull-up (`Panel_M5Stack::init`: high by itself means inverted) */
        ips: { glass: ips320x240, resetPulledUp: true, ...coreLines },
        /** the first years */
        tn: { glass: { ...glass320x240, inverts: false }, resetPulledUp: false, ...coreLines },
    },
    usual: "ips",
    select: 14,
    dataMode: 27,
    mosi: 23,
    clock: 18,
}

const core2: ScreenParts = {
    controller: ILI9342C,
    variants: {
        axp192: {
            glass: ips320x240,
            reset: { chip: "AXP192", output: "GPIO4" },
            resetPulledUp: true,
            backlight: { chip: "AXP192", output: "DCDC3" },
            power: {
                sda: 21,
                scl: 22,
                chips: [Axp192],
                screen: { chip: "AXP192", output: "LDO2" },
                port5V: [{ chip: "AXP192", output: "EXTEN" }],
            },
        },
        /** version 1.1 */
        axp2101: {
            glass: ips320x240,
            reset: { chip: "AXP2101", output: "ALDO2" },
            resetPulledUp: false,
            backlight: { chip: "AXP2101", output: "BLDO1" },
            power: {
                sda: 21,
                scl: 22,
                chips: [Axp2101],
                screen: { chip: "AXP2101", output: "ALDO4" },
                port5V: [{ chip: "AXP2101", output: "BLDO2" }],
            },
        },
    },
    usual: "axp192",
    select: 5,
    dataMode: 15,
    mosi: 23,
    clock: 18,
}

const coreS3: ScreenParts = {
    controller: ILI9342C,
    variants: {
        ips: {
            glass: ips320x240,
            reset: { chip: "AW9523B", output: "P1_1" },
            resetPulledUp: false,
            backlight: { chip: "AXP2101", output: "DLDO1" },
            power: {
                sda: 12,
                scl: 11,
                chips: [Axp2101, Aw9523],
                screen: { chip: "AXP2101", output: "DCDC1" },
                port5V: [
                    { chip: "AW9523B", output: "P0_1" },
                    { chip: "AW9523B", output: "P1_7" },
                ],
            },
        },
    },
    usual: "ips",
    select: 3,
    dataMode: 35,
    mosi: 37,
    clock: 36,
}

const stickCPlus: ScreenParts = {
    controller: ST7789V,
    variants: {
        ips: {
            /** held with button A at the right: MADCTL 0x68 is upright (M5GFX: rotation 1) */
            glass: {
                firstColumn: 52,
                firstRow: 40,
                columns: 135,
                rows: 240,
                subpixels: "BGR",
                inverts: true,
                turned: 270,
            },
            reset: 18,
            resetPulledUp: false,
            backlight: { chip: "AXP192", output: "LDO2" },
            power: {
                sda: 21,
                scl: 22,
                chips: [Axp192],
                screen: { chip: "AXP192", output: "LDO3" },
                port5V: [{ chip: "AXP192", output: "EXTEN" }],
            },
        },
    },
    usual: "ips",
    select: 5,
    dataMode: 23,
    mosi: 15,
    clock: 13,
}

/** By board id. */
export const screens: Readonly<Record<string, ScreenParts>> = {
    m5stack_core: core,
    m5stack_fire: core,
    m5stack_core2: core2,
    m5stack_cores3: coreS3,
    m5stick_c_plus: stickCPlus,
}

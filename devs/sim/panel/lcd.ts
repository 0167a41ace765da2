/** An LCD module as seen from outside: the controller's wires, and the glass. */
import type { Problem } from "./problems.ts"

/** Driven by the wires; every call is one change of a level or one transfer. */
export interface LcdController {
    /** chip select; the controller listens while it is low */
    select(low: boolean): void
    /** data/command: high for parameters and pixels */
    dataMode(high: boolean): void
    reset(low: boolean, atMs: number): void
    /** supply of the controller; without it, memory and settings are lost */
    power(on: boolean, atMs: number): void
    transfer(bytes: Uint8Array, atMs: number): void
    /** pixels of the picture, as a person sees it */
    readonly width: number
    readonly height: number
    /** what a person sees with the backlight on: RGBA, row by row; black while asleep or switched off */
    pixels(): Uint8Array
    readonly problems: readonly Problem[]
    /** bytes received while selected */
    readonly received: SpiBytes
    /** goes up when the picture may have changed */
    readonly revision: number
}

export interface SpiBytes {
    commands: number
    parameters: number
    pixels: number
}

/** What the controller's datasheet says of it. */
export interface ControllerModel {
    name: string
    /** size of the frame memory: columns (source lines) and rows (gate lines) */
    columns: number
    rows: number
    /** highest SPI clock for writing */
    maxWriteHz: number
}

/** Facts of a panel that the controller does not know: a wrong setting is seen, not reported. */
export interface Glass {
    /** the part of the frame memory that is visible */
    firstColumn: number
    firstRow: number
    columns: number
    rows: number
    /** order of the colours in the glass's stripes; BGR glass needs the BGR bit of MADCTL */
    subpixels: "RGB" | "BGR"
    /** the glass shows the complement, and needs INVON */
    inverts: boolean
    /** how far the memory's picture is turned clockwise as the device is held, in degrees */
    turned: QuarterTurn
}

export type QuarterTurn = 0 | 90 | 180 | 270

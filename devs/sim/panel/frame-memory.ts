/** The frame memory of an LCD controller, and how addresses of the host reach it. */
import type { Glass } from "./lcd.ts"

/** Bits of MADCTL (0x36). ML (0x10) and MH (0x04) turn the refresh only, which nobody sees. */
export const MADCTL = { MY: 0x80, MX: 0x40, MV: 0x20, BGR: 0x08 } as const

/** Where a pixel (x, y) is in the memory: `base + x * perX + y * perY`. */
interface Addressing {
    base: number
    perX: number
    perY: number
}

/** 16 bits per pixel: red, green, blue from the top, as they were sent. */
export class FrameMemory {
    readonly #columns: number
    readonly #rows: number
    readonly #words: Uint16Array
    #addressing: Addressing
    /** range of the host's addresses */
    width: number
    height: number

    constructor(columns: number, rows: number) {
        this.#columns = columns
        this.#rows = rows
        this.#words = new Uint16Array(columns * rows)
        this.width = columns
        this.height = rows
        this.#addressing = { base: 0, perX: 1, perY: columns }
        this.scramble()
    }

    /** Contents after power-up: not defined, the same noise each time here. */
    scramble(): void {
        let state = 0x2545f491
        for (let at = 0; at < this.#words.length; at++) {
            state ^= state << 13
            state ^= state >>> 17
            state ^= state << 5
            this.#words[at] = state
        }
    }

    /**
     * Sets the direction of the host's accesses; what is stored already stays where it is. MX mirrors the columns
     * of the memory, MY its rows, MV gives the host's x to the rows ("MCU to memory write direction").
     */
    orient(madctl: number): void {
        const mirrorsColumns = (madctl & MADCTL.MX) !== 0
        const mirrorsRows = (madctl & MADCTL.MY) !== 0
        const perColumn = mirrorsColumns ? -1 : 1
        const perRow = mirrorsRows ? -this.#columns : this.#columns
        const base = (mirrorsColumns ? this.#columns - 1 : 0) + (mirrorsRows ? (this.#rows - 1) * this.#columns : 0)
        const exchanged = (madctl & MADCTL.MV) !== 0
        this.#addressing = exchanged ? { base, perX: perRow, perY: perColumn } : { base, perX: perColumn, perY: perRow }
        this.width = exchanged ? this.#rows : this.#columns
        this.height = exchanged ? this.#columns : this.#rows
    }

    /** Stores a pixel; outside the memory it is dropped. */
    write(x: number, y: number, color: number): void {
        if (x >= this.width || y >= this.height) return
        const { base, perX, perY } = this.#addressing
        this.#words[base + x * perX + y * perY] = color
    }

    /**
     * The picture on the glass, held as `glass.turned` says.
     *
     * @param swapsRedAndBlue and `complements`: what MADCTL and INVON make of this glass
     */
    picture(glass: Glass, swapsRedAndBlue: boolean, complements: boolean): Uint8Array {
        const { width, height } = viewedSize(glass)
        const { base, perX, perY } = viewAddressing(glass, this.#columns)
        const pixels = new Uint8Array(4 * width * height)
        const flip = complements ? 0xff : 0
        const redAt = swapsRedAndBlue ? 0 : 11
        const blueAt = 11 - redAt
        for (let y = 0, at = 0; y < height; y++)
            for (let x = 0; x < width; x++, at += 4) {
                const word = this.#words[base + x * perX + y * perY] ?? 0
                pixels[at] = fiveBits(word >> redAt) ^ flip
                pixels[at + 1] = sixBits(word >> 5) ^ flip
                pixels[at + 2] = fiveBits(word >> blueAt) ^ flip
                pixels[at + 3] = 0xff
            }
        return pixels
    }
}

/** Width and height of the picture as a person sees it. */
export function viewedSize({ columns, rows, turned }: Glass): { width: number; height: number } {
    return turned % 180 === 0 ? { width: columns, height: rows } : { width: rows, height: columns }
}

/** Where in the memory a person sees the pixel (x, y). */
function viewAddressing(glass: Glass, memoryColumns: number): Addressing {
    const { firstColumn, firstRow, columns, rows, turned } = glass
    const first = firstRow * memoryColumns + firstColumn
    const lastColumn = columns - 1
    const lastRow = (rows - 1) * memoryColumns
    switch (turned) {
        case 0:
            return { base: first, perX: 1, perY: memoryColumns }
        case 90:
            return { base: first + lastRow, perX: -memoryColumns, perY: 1 }
        case 180:
            return { base: first + lastRow + lastColumn, perX: -1, perY: -memoryColumns }
        case 270:
            return { base: first + lastColumn, perX: memoryColumns, perY: -1 }
    }
}

/** 0 to 255 from the lowest five bits. */
const fiveBits = (value: number): number => ((value & 31) << 3) | ((value & 31) >> 2)
const sixBits = (value: number): number => ((value & 63) << 2) | ((value & 63) >> 4)

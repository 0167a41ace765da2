/** Codes of the MIPI Display Command Set that the ILI9342C and the ST7789V share (ILI9341 V1.11 8.2; ST7789V V1.3 9.1). */

export const SWRESET = 0x01
export const SLPIN = 0x10
export const SLPOUT = 0x11
export const INVOFF = 0x20
export const INVON = 0x21
export const DISPOFF = 0x28
export const DISPON = 0x29
export const CASET = 0x2a
export const PASET = 0x2b
export const RAMWR = 0x2c
export const MADCTL_COMMAND = 0x36
export const COLMOD = 0x3a
export const RAMWRC = 0x3c

/** Number of parameters. Reading commands have none; nothing answers them, as MISO is not modelled. */
export const parameterCounts: Record<number, number> = {
    0: 0, // NOP
    [SWRESET]: 0,
    4: 0, // RDDID
    9: 0, // RDDST
    10: 0, // RDDPM
    11: 0, // RDDMADCTL
    12: 0, // RDDCOLMOD
    15: 0, // RDDSDR
    [SLPIN]: 0,
    [SLPOUT]: 0,
    19: 0, // NORON
    [INVOFF]: 0,
    [INVON]: 0,
    38: 1, // GAMSET
    [DISPOFF]: 0,
    [DISPON]: 0,
    [CASET]: 4,
    [PASET]: 4,
    52: 0, // TEOFF
    53: 1, // TEON
    [MADCTL_COMMAND]: 1,
    56: 0, // IDMOFF
    [COLMOD]: 1,
    68: 2, // TESCAN
    81: 1, // WRDISBV
    83: 1, // WRCTRLD
    85: 1, // WRCACE
    94: 1, // WRCABCMB
}

/** Partial mode, memory read, scrolling, idle mode with 8 colours. */
export const notModelled: Record<number, string> = {
    18: "PTLON",
    46: "RAMRD",
    48: "PLTAR",
    51: "VSCRDEF",
    55: "VSCRSADD",
    57: "IDMON",
    62: "RAMRDC",
}

/** Commands from here on are the maker's own: any number of parameters, no effect here. */
export const FIRST_VENDOR_COMMAND = 0xb0

export const isMemoryWrite = (code: number | undefined): boolean => code === RAMWR || code === RAMWRC

/**
 * The screen's controller: ILI9342C with 320 × 240, or ST7789V with 240 × 135. Commands: datasheets of both, section
 * 8; the makers' values for power and gamma, and where the ST7789V's glass begins in its memory: M5GFX 7614fa3.
 */
import * as ds from "@devicescript/core"
import { boardPin, drivePin, Pin, pinLevel, setPinMode } from "../../pins"
import { configureSpi, sendBytes } from "../spi"

const SPI_MODE = 0
const SPI_HZ = 40000000
/** Length of the reset pulse and the pause until the controller takes commands, and until it may leave sleep. */
const RESET_MS = 10
const AFTER_RESET_MS = 120
/** From the end of sleep until the supply is steady (SLPOUT). */
const AFTER_SLEEP_MS = 120

const SLEEP_OUT = 0x11
const INVERSION_OFF = 0x20
const DISPLAY_ON = 0x29
const COLUMNS = 0x2a
const ROWS = 0x2b
const MEMORY_WRITE = 0x2c
const MEMORY_ACCESS = 0x36
/** Memory access: blue first, as the makers' glasses have it. */
const BLUE_FIRST = 0x08

/*
 * A screen: memory access, first column and first row of the glass as it stands; the same upside down; inversion, or
 * 2 if it is found by the reset line, and without one if it is on. Then commands: command, number of parameters, parameters. 3a 55: 16 bits per
 * pixel.
 */
const UPSIDE_DOWN_AT = 3
const INVERSION_AT = 6
const COMMANDS_AT = 7

const ILI9342C = hex`08 00 00 c8 00 00 02
c8 03 ff9342
c0 02 1212
c1 01 03
c5 01 f2
b0 01 e0
f6 03 010000
e0 0f 000c1104110837894c060c0a2e340f
e1 0f 000b11051309336748070e0b2e330f
b6 04 08821d04
3a 01 55`

/** On its side: rows and columns are exchanged. */
const ST7789V = hex`68 28 35 a8 28 34 01
b2 05 0c0c003333
b7 01 35
bb 01 28
c0 01 0c
c2 02 01ff
c3 01 10
c4 01 20
c6 01 0f
d0 02 a4a1
b0 02 00c0
e0 0e d00002070a283244420e06121417
e1 0e d00002070a283154470e1c171b1e
3a 01 55`

let screen = ILI9342C
/** of the glass in the controller's memory */
let firstColumn: number
let firstRow: number

/** The value of SCREEN_BGR and SCREEN_INVERT with which the panel's own is used. */
const BY_ITSELF = 2

let chipSelect: Pin
let dataMode: Pin
let backlight: Pin
/** switches the backlight where no pin does */
let lightSwitch: (on: boolean) => void
const code = Buffer.alloc(1)
const edges = Buffer.alloc(4)

/** The board's controller is the ST7789V. */
export function useSt7789v() {
    screen = ST7789V
}

/** The board has no pin for the backlight. */
export function useLightSwitch(by: (on: boolean) => void) {
    lightSwitch = by
}

/**
 * Starts the controller; the backlight stays off.
 *
 * @param upsideDown true if the screen is mounted so
 * @param bgr 1: the glass has blue first; 0: red; 2: as the maker's
 * @param invert 1: the glass shows inverse colours; 0: not; 2: found by the level at which the reset line rests,
 *     by which M5GFX tells the two glasses of the Core (`Panel_M5Stack::init`)
 */
export async function startLcd(upsideDown: boolean, bgr: number, invert: number): Promise<void> {
    chipSelect = boardPin("LCD_CS")
    dataMode = boardPin("LCD_DC")
    backlight = boardPin("LCD_BL")
    const reset = boardPin("LCD_RST")
    setBacklight(false)
    drivePin(chipSelect, 1)
    configureSpi(boardPin("LCD_MOSI").gpio, boardPin("LCD_SCK").gpio, SPI_MODE, SPI_HZ)
    let inverts = invert === BY_ITSELF ? screen[INVERSION_AT] : invert
    if (reset) {
        drivePin(reset, 0)
        await ds.sleep(RESET_MS)
        setPinMode(reset, ds.GPIOMode.InputPullDown)
        await ds.sleep(1)
        if (inverts === BY_ITSELF) inverts = pinLevel(reset)
        drivePin(reset, 1)
    }
    await ds.sleep(AFTER_RESET_MS)
    const at = upsideDown ? UPSIDE_DOWN_AT : 0
    firstColumn = screen[at + 1]
    firstRow = screen[at + 2]
    drivePin(chipSelect, 0)
    await sendSettings()
    await command(MEMORY_ACCESS, bgr === 0 ? screen[at] - BLUE_FIRST : screen[at])
    await command(INVERSION_OFF + ((inverts + 1) >> 1))
    await command(SLEEP_OUT)
    await ds.sleep(AFTER_SLEEP_MS)
    await command(DISPLAY_ON)
    drivePin(chipSelect, 1)
}

async function sendSettings(): Promise<void> {
    for (let at = COMMANDS_AT; at < screen.length; at += 2 + screen[at + 1]) {
        await command(screen[at])
        await sendBytes(screen.slice(at + 2, at + 2 + screen[at + 1]))
    }
}

/** Sends a command, and its only parameter if it has one. */
async function command(value: number, parameter?: number): Promise<void> {
    drivePin(dataMode, 0)
    code[0] = value
    await sendBytes(code)
    drivePin(dataMode, 1)
    if (parameter === undefined) return
    code[0] = parameter
    await sendBytes(code)
}

/** Begins to write this rectangle, row by row; the pixels follow. */
export async function beginWindow(x: number, y: number, width: number, height: number): Promise<void> {
    drivePin(chipSelect, 0)
    await sendEdges(COLUMNS, firstColumn + x, width)
    await sendEdges(ROWS, firstRow + y, height)
    await command(MEMORY_WRITE)
}

async function sendEdges(value: number, first: number, length: number): Promise<void> {
    const last = first + length - 1
    await command(value)
    edges[0] = first >> 8
    edges[1] = first
    edges[2] = last >> 8
    edges[3] = last
    await sendBytes(edges)
}

export function endWindow() {
    drivePin(chipSelect, 1)
}

export function setBacklight(on: boolean) {
    if (backlight) drivePin(backlight, on ? 1 : 0)
    else if (lightSwitch) lightSwitch(on)
}

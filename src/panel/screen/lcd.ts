/**
 * The screen's controller: ILI9342C, 320 × 240. Commands: ILI9342C datasheet 8; the makers' values for power
 * and gamma: M5GFX 7614fa3 `Panel_ILI9342.hpp`.
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
/** Memory access: rows and columns from the other end; blue first. */
const UPSIDE_DOWN = 0xc0
const BLUE_FIRST = 0x08

/** Command, number of its parameters, parameters; the next command. 0x3a 0x55: 16 bits per pixel. */
const SETTINGS = hex`c8 03 ff9342
c0 02 1212
c1 01 03
c5 01 f2
b0 01 e0
f6 03 010000
e0 0f 000c1104110837894c060c0a2e340f
e1 0f 000b11051309336748070e0b2e330f
b6 04 08821d04
3a 01 55`

/** The value of SCREEN_BGR and SCREEN_INVERT with which the panel's own is used. */
const BY_ITSELF = 2

let chipSelect: Pin
let dataMode: Pin
let backlight: Pin
const code = Buffer.alloc(1)
const edges = Buffer.alloc(4)

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
    drivePin(reset, 0)
    await ds.sleep(RESET_MS)
    setPinMode(reset, ds.GPIOMode.InputPullDown)
    await ds.sleep(1)
    const inverts = invert === BY_ITSELF ? pinLevel(reset) : invert
    drivePin(reset, 1)
    await ds.sleep(AFTER_RESET_MS)
    drivePin(chipSelect, 0)
    await sendSettings()
    await command(MEMORY_ACCESS, (upsideDown ? UPSIDE_DOWN : 0) | (bgr === 0 ? 0 : BLUE_FIRST))
    await command(INVERSION_OFF + inverts)
    await command(SLEEP_OUT)
    await ds.sleep(AFTER_SLEEP_MS)
    await command(DISPLAY_ON)
    drivePin(chipSelect, 1)
}

async function sendSettings(): Promise<void> {
    for (let at = 0; at < SETTINGS.length; at += 2 + SETTINGS[at + 1]) {
        await command(SETTINGS[at])
        await sendBytes(SETTINGS.slice(at + 2, at + 2 + SETTINGS[at + 1]))
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
    await sendEdges(COLUMNS, x, x + width - 1)
    await sendEdges(ROWS, y, y + height - 1)
    await command(MEMORY_WRITE)
}

async function sendEdges(value: number, first: number, last: number): Promise<void> {
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
}

/**
 * Draws areas of the screen. Each area remembers by a key what it shows, and is drawn only when that changes:
 * in tiles, each complete before it is sent, so that nothing flickers. Other fibers run between two tiles.
 *
 * State is in module variables: an object takes 84 bytes of the chip's heap.
 */
import { drawGlyph, drawText, lineHeight, textWidth } from "../font/font"
import { Image, sendImage } from "../spi"
import { beginWindow, endWindow } from "./lcd"

const TILE_BYTES = 2048
/** Widest tile: 24 rows of it fit into the buffer. */
const MAX_TILE_WIDTH = 160
const SHADES = 16
const PALETTE_BYTES = 3 * SHADES

/** The tile that is being drawn, and where its top left corner lies in the area. */
let tile: Image
export let tileX = 0
export let tileWidth = 0
let tileY = 0
const pixels = Buffer.alloc(TILE_BYTES)
const palette = Buffer.alloc(PALETTE_BYTES)

/** The area that is drawn next. */
let areaX = 0
let areaY = 0
let areaWidth = 0
let areaHeight = 0
/** number of areas since `beginPicture` */
let count = 0
/** what each of them shows, with its place and colours */
const keys: string[] = []

/** Begins to draw all areas of the picture, in the same order as the last time. */
export function beginPicture() {
    count = 0
}

/** Everything is drawn again. */
export function forgetPicture() {
    for (let i = 0; i < keys.length; i++) keys[i] = undefined
}

/** Sets where the next area lies; width and height must be even. */
export function area(x: number, y: number, width: number, height: number) {
    areaX = x
    areaY = y
    areaWidth = width
    areaHeight = height
}

/** Draws the area in the shades between two colours: 0 is the background, 15 the foreground. */
export async function paint(key: string, background: number, foreground: number, draw: () => void): Promise<void> {
    if (isShown(`${key} ${background} ${foreground}`)) return
    for (let i = 0; i < SHADES; i++)
        for (let c = 0; c < 3; c++) {
            const from = (background >> (16 - 8 * c)) & 0xff
            const to = (foreground >> (16 - 8 * c)) & 0xff
            palette[3 * i + c] = from + ((to - from) * i) / (SHADES - 1)
        }
    await paintTiles(draw)
}

/** Draws the area in 16 colours of three bytes. */
export async function paintColors(key: string, colors: Buffer, draw: () => void): Promise<void> {
    if (isShown(key)) return
    palette.blitAt(0, colors, 0, PALETTE_BYTES)
    await paintTiles(draw)
}

/** True if the area shows this already; otherwise notes that it will. */
function isShown(key: string): boolean {
    const full = `${areaX} ${areaY} ${areaWidth} ${key}`
    if (keys[count++] === full) return true
    keys[count - 1] = full
    return false
}

async function paintTiles(draw: () => void): Promise<void> {
    tileWidth = areaWidth > MAX_TILE_WIDTH ? areaWidth / 2 : areaWidth
    const rows = 2 * (Math.floor(TILE_BYTES / tileWidth) & ~3)
    for (tileX = 0; tileX < areaWidth; tileX += tileWidth) {
        await beginWindow(areaX + tileX, areaY, tileWidth, areaHeight)
        for (tileY = 0; tileY < areaHeight; tileY += rows) {
            tile = Image.alloc(tileWidth, Math.min(rows, areaHeight - tileY), 4, pixels)
            tile.fill(0)
            draw()
            await sendImage(tile, palette)
        }
        endWindow()
    }
}

/** Fills a rectangle; coordinates, like those of the following functions, are from the area's top left corner. */
export function rect(x: number, y: number, width: number, height: number, color: number) {
    tile.fillRect(x - tileX, y - tileY, width, height, color)
}

/** Text of the next label: a line break begins a new line. */
let labelText: string
let labelFace: Buffer
let labelX = 0
let labelY = 0

/**
 * Draws the area with text in it.
 *
 * @param x of its left end; negative: of its right end, from the area's right
 * @param y top of the first line
 */
export async function label(
    face: Buffer,
    text: string,
    x: number,
    y: number,
    background: number,
    foreground: number,
): Promise<void> {
    labelText = text
    labelFace = face
    labelX = x
    labelY = y
    await paint(text, background, foreground, drawLabel)
}

function drawLabel() {
    if (labelText === "") return
    const lines = labelText.split("\n")
    for (let i = 0; i < lines.length; i++) put(labelFace, lines[i], labelX, labelY + i * lineHeight(labelFace))
}

/** Draws text; `x` as of `label`. @returns where it ends */
export function put(face: Buffer, text: string, x: number, y: number): number {
    const left = x < 0 ? areaWidth + x - textWidth(face, text) : x
    return drawText(tile, face, text, left - tileX, y - tileY) + tileX
}

/** Draws one glyph; 0 is none. */
export function putGlyph(face: Buffer, codePoint: number, x: number, y: number) {
    if (codePoint !== 0) drawGlyph(tile, face, codePoint, x - tileX, y - tileY)
}

let glyph = 0

/** Draws the area with an icon in its middle; 0 is none. */
export async function icon(face: Buffer, codePoint: number, background: number, foreground: number): Promise<void> {
    glyph = codePoint
    labelFace = face
    await paint(`${codePoint}`, background, foreground, drawIcon)
}

function drawIcon() {
    const size = lineHeight(labelFace)
    putGlyph(labelFace, glyph, (areaWidth - size) >> 1, (areaHeight - size) >> 1)
}

/**
 * Draws areas of the screen. Each area remembers by a key what it shows, and is drawn only when that changes:
 * in tiles, each complete before it is sent, so that nothing flickers. Other fibers run between two tiles.
 *
 * State is in module variables: an object takes 84 bytes of the chip's heap.
 */
import { drawGlyph, drawText, fitted, lineHeight, textWidth } from "../font/font"
import { Image, sendImage } from "../spi"
import { beginWindow, endWindow } from "./lcd"

const TILE_BYTES = 2048
/** Widest tile: 24 rows of it fit into the buffer. */
const MAX_TILE_WIDTH = 160
const SHADES = 16
const PALETTE_BYTES = 3 * SHADES

/** The tile that is being drawn, and where its top left corner lies in the area. */
let tile: Image
export let tileX: number
export let tileWidth: number
let tileY: number
const pixels = Buffer.alloc(TILE_BYTES)
const palette = Buffer.alloc(PALETTE_BYTES)

/** The area that is drawn next. */
let areaX: number
let areaY: number
let areaWidth: number
let areaHeight: number
/** number of areas since `beginPicture` */
let count: number
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

/**
 * Draws the area, unless it shows this already.
 *
 * @param key of what it shows
 * @param draw draws the whole area in colours 0 to 15: the shades from the background to the foreground, or `colors`
 * @param colors 16 of three bytes
 */
export async function paint(
    key: string | number,
    background: number,
    foreground: number,
    draw: () => void,
    colors?: Buffer,
): Promise<void> {
    const shows = `${areaX} ${areaY} ${areaWidth} ${background} ${foreground} ${key}`
    if (keys[count++] === shows) return
    keys[count - 1] = shows
    for (let i = 0; i < PALETTE_BYTES; i++) {
        const shift = 16 - 8 * (i % 3)
        const from = (background >> shift) & 0xff
        const to = (foreground >> shift) & 0xff
        palette[i] = colors ? colors[i] : from + ((to - from) * Math.floor(i / 3)) / (SHADES - 1)
    }
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
let labelX: number
let labelY: number

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
    for (let i = 0; i < lines.length; i++) {
        const line = fitted(labelFace, lines[i], areaWidth - Math.abs(labelX))
        put(labelFace, line, labelX, labelY + i * lineHeight(labelFace))
    }
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

let glyph: number

/** Draws the area with an icon in its middle; 0 is none. */
export async function icon(face: Buffer, codePoint: number, background: number, foreground: number): Promise<void> {
    glyph = codePoint
    labelFace = face
    await paint(codePoint, background, foreground, drawIcon)
}

function drawIcon() {
    const size = lineHeight(labelFace)
    putGlyph(labelFace, glyph, (areaWidth - size) >> 1, (areaHeight - size) >> 1)
}

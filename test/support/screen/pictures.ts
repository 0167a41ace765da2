/** Pictures: their PNG files, and what differs between two. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { convertIndexedToRgb, decode, encode, type IndexedColors } from "fast-png"
import pixelmatch from "pixelmatch"

/** RGBA, row by row. */
export interface Picture {
    width: number
    height: number
    pixels: Uint8Array
}

/** PNG's palette has at most 256 colours. */
const MAX_COLORS = 256
const SMALLEST = { zlib: { level: 9 } } as const

/**
 * How many pixels differ, and a picture that shows them; all of them, without a picture, if the sizes do.
 *
 * @param options of pixelmatch: how much a pixel's colour may differ, 0 to 1, and whether antialiased ones count
 */
export function differenceOf(
    expected: Picture | undefined,
    actual: Picture,
    options: { threshold: number; includeAA: boolean },
): { count: number; difference?: Picture } {
    const { width, height } = actual
    if (expected?.width !== width || expected.height !== height) return { count: width * height }
    const pixels = new Uint8Array(actual.pixels.length)
    const count = pixelmatch(expected.pixels, actual.pixels, pixels, width, height, options)
    return { count, difference: { width, height, pixels } }
}

/** @returns undefined if there is no such file */
export async function readPng(file: string): Promise<Picture | undefined> {
    const bytes = await readFile(file).catch(() => undefined)
    return bytes && decodePng(bytes)
}

export function decodePng(bytes: Uint8Array): Picture {
    const png = decode(bytes)
    const { width, height } = png
    const data = png.palette ? convertIndexedToRgb(png) : png.data
    const channels = png.palette ? 3 : png.channels
    const pixels = new Uint8Array(width * height * 4)
    for (let at = 0; at < width * height; at++) {
        pixels.set(data.subarray(at * channels, at * channels + 3), 4 * at)
        pixels[4 * at + 3] = 0xff
    }
    return { width, height, pixels }
}

/** Without the transparency that no screen has, which makes the file smaller. */
export async function writePng(file: string, { width, height, pixels }: Picture): Promise<void> {
    const rgb = new Uint8Array(width * height * 3)
    for (let at = 0; at < width * height; at++) rgb.set(pixels.subarray(4 * at, 4 * at + 3), 3 * at)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, encode({ width, height, data: rgb, channels: 3 }))
}

/** With a palette of the most frequent colours: a third of the bytes, and no difference that the eye sees on a page. */
export async function writePalettePng(file: string, picture: Picture): Promise<void> {
    const { width, height } = picture
    const { palette, indexes } = withPalette(picture)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, encode({ width, height, data: indexes, channels: 1, depth: 8, palette }, SMALLEST))
}

/**
 * A page has few colours, and blends of two at the edges of its letters. So the palette has the most frequent colour of
 * each of the most frequent cells of 8 × 8 × 8, and every other colour takes the nearest of them.
 */
export function withPalette({ pixels }: Picture): { palette: IndexedColors; indexes: Uint8Array } {
    const counts = new Map<number, number>()
    for (let at = 0; at < pixels.length; at += 4) {
        const color = colorAt(pixels, at)
        counts.set(color, (counts.get(color) ?? 0) + 1)
    }
    const cells = new Map<number, { color: number; count: number }>()
    for (const [color, count] of [...counts].sort(([, one], [, other]) => other - one)) {
        const cell = cells.get(color & 0xf8f8f8)
        if (cell) cell.count += count
        else cells.set(color & 0xf8f8f8, { color, count })
    }
    const kept = [...cells.values()].sort((one, other) => other.count - one.count).slice(0, MAX_COLORS)
    const palette = kept.map(({ color }) => [color >> 16, (color >> 8) & 0xff, color & 0xff])
    const nearest = new Map([...counts.keys()].map(color => [color, nearestIn(palette, color)]))
    const indexes = new Uint8Array(pixels.length / 4)
    for (let at = 0; at < indexes.length; at++) indexes[at] = nearest.get(colorAt(pixels, 4 * at)) ?? 0
    return { palette, indexes }
}

function colorAt(pixels: Uint8Array, at: number): number {
    return ((pixels[at] as number) << 16) | ((pixels[at + 1] as number) << 8) | (pixels[at + 2] as number)
}

function nearestIn(palette: number[][], color: number): number {
    let best = { index: 0, distance: Infinity }
    palette.forEach(([red = 0, green = 0, blue = 0], index) => {
        const distance =
            (red - (color >> 16)) ** 2 + (green - ((color >> 8) & 0xff)) ** 2 + (blue - (color & 0xff)) ** 2
        if (distance < best.distance) best = { index, distance }
    })
    return best.index
}

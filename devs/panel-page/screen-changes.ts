/** What changed on a screen, as a PNG of the smallest rectangle that holds all of it. */
import { encode } from "fast-png"
import type { VirtualScreen } from "../sim/panel/virtual-screen.ts"

/** What is shown of a screen. */
export type Picture = Pick<VirtualScreen, "width" | "height" | "revision" | "pixels">

const RGBA = 4

export interface ScreenPart {
    x: number
    y: number
    width: number
    height: number
    png: Uint8Array
}

/** The whole picture, each pixel drawn as `scale` × `scale`. */
export function screenPng(screen: Picture, scale = 1): Uint8Array {
    const { width, height } = screen
    return pngOf(enlarged(screen.pixels(), width, height, scale), width * scale, height * scale)
}

export class ScreenChanges {
    #revision = -1
    #shown: Uint8Array | undefined

    /** What changed since the last call, the whole picture at first; undefined if nothing did. */
    next(screen: Picture): ScreenPart | undefined {
        if (screen.revision === this.#revision) return undefined
        this.#revision = screen.revision
        const pixels = screen.pixels()
        const part = changedPart(this.#shown, pixels, screen.width, screen.height)
        this.#shown = pixels.slice()
        return part && { ...part, png: pngOf(cropped(pixels, screen.width, part), part.width, part.height) }
    }
}

type Rectangle = Omit<ScreenPart, "png">

function changedPart(
    before: Uint8Array | undefined,
    after: Uint8Array,
    width: number,
    height: number,
): Rectangle | undefined {
    if (before?.length !== after.length) return { x: 0, y: 0, width, height }
    let [left, right, top, bottom] = [width, -1, height, -1]
    const [old, now] = [words(before), words(after)]
    for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
            if (old[at] === now[at]) continue
            left = Math.min(left, x)
            right = Math.max(right, x)
            top = Math.min(top, y)
            bottom = y
        }
    return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** One number per pixel. */
function words(pixels: Uint8Array): Uint32Array {
    const aligned = pixels.byteOffset % RGBA === 0 ? pixels : pixels.slice()
    return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / RGBA)
}

function cropped(pixels: Uint8Array, rowPixels: number, { x, y, width, height }: Rectangle): Uint8Array {
    const part = new Uint8Array(width * height * RGBA)
    for (let row = 0; row < height; row++) {
        const from = ((y + row) * rowPixels + x) * RGBA
        part.set(pixels.subarray(from, from + width * RGBA), row * width * RGBA)
    }
    return part
}

function enlarged(pixels: Uint8Array, width: number, height: number, scale: number): Uint8Array {
    if (scale === 1) return pixels
    const from = words(pixels)
    const large = new Uint32Array(from.length * scale * scale)
    for (let y = 0, at = 0; y < height * scale; y++)
        for (let x = 0; x < width * scale; x++, at++)
            large[at] = from[Math.floor(y / scale) * width + Math.floor(x / scale)] ?? 0
    return new Uint8Array(large.buffer)
}

/** Without the alpha channel: a screen is opaque. */
function pngOf(rgba: Uint8Array, width: number, height: number): Uint8Array {
    const data = new Uint8Array(width * height * 3)
    for (let from = 0, to = 0; from < rgba.length; from += RGBA, to += 3) data.set(rgba.subarray(from, from + 3), to)
    return encode({ width, height, data, channels: 3, depth: 8 })
}

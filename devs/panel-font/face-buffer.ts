/**
 * A face as one buffer, read by `src/panel/font/font.ts`. Numbers are little-endian.
 *
 *     header, 4 bytes:  number of glyphs (2), height of a line (1), 0
 *     glyphs, 9 each:   code point (2), place of its pixels in 4-byte words from the buffer's beginning (2), advance,
 *                       left, top, columns, rows; ascending by code point; the last stands for what is missing
 *     padding to a multiple of 4
 *     pixels:           as in the runtime's Image of 4 bits per pixel (DeviceScript `impl_image.c`): columns from left to
 *                       right, each padded to 32 bits, the upper of two rows in the low bits of a byte
 */
import type { Face, Glyph } from "./faces.ts"
import type { Bitmap } from "./raster.ts"

const HEADER_BYTES = 4
const GLYPH_BYTES = 9
const WORD_BYTES = 4
const PIXELS_PER_WORD = 8

/** Header and glyphs, then the pixels of each glyph: together they are the buffer. */
export function facePieces(face: Face): Buffer[] {
    const pixels = face.glyphs.map(({ ink }) => pixelsOf(ink))
    const index = Buffer.alloc(roundUp(HEADER_BYTES + GLYPH_BYTES * face.glyphs.length, WORD_BYTES))
    index.writeUInt16LE(face.glyphs.length, 0)
    index.writeUInt8(face.height, 2)
    let words = index.length / WORD_BYTES
    for (const [place, glyph] of face.glyphs.entries()) {
        writeGlyph(index, HEADER_BYTES + GLYPH_BYTES * place, glyph, words)
        words += (pixels[place]?.length ?? 0) / WORD_BYTES
    }
    return [index, ...pixels]
}

function writeGlyph(index: Buffer, at: number, { codePoint, advance, left, top, ink }: Glyph, words: number): void {
    index.writeUInt16LE(codePoint, at)
    index.writeUInt16LE(words, at + 2)
    for (const [offset, value] of [advance, left, top, ink.width, ink.height].entries())
        index.writeUInt8(value, at + 4 + offset)
}

/** The bitmap as the runtime's Image keeps it. */
export function pixelsOf({ width, height, levels }: Bitmap): Buffer {
    const columnBytes = WORD_BYTES * Math.ceil(height / PIXELS_PER_WORD)
    const pixels = Buffer.alloc(width * columnBytes)
    for (let x = 0; x < width; x++)
        for (let y = 0; y < height; y++) {
            const at = x * columnBytes + (y >> 1)
            pixels[at] = (pixels[at] ?? 0) | ((levels[y * width + x] ?? 0) << (4 * (y % 2)))
        }
    return pixels
}

const roundUp = (bytes: number, multiple: number) => Math.ceil(bytes / multiple) * multiple

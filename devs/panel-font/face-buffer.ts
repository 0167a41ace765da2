/**
 * A face as one buffer, read by `src/panel/font/font.ts`. Numbers are little-endian.
 *
 *     header, 4 bytes:  number of glyphs (2), height of a line (1), 0
 *     glyphs, 9 each:   code point (2), place of its pixels in 4-byte words from the buffer's beginning (2), advance,
 *                       left, top, columns, rows; ascending by code point; the last stands for what is missing.
 *                       A letter with an accent above: code point (2), that of the letter (2), advance, left of the
 *                       letter, left of the accent, 0, number of the accent from 1 (code point 0xe0ff + number)
 *     padding to a multiple of 4
 *     pixels:           as in the runtime's Image of 4 bits per pixel (DeviceScript `impl_image.c`): columns from left to
 *                       right, each padded to 32 bits, the upper of two rows in the low bits of a byte
 */
import { FIRST_ACCENT } from "./accents.ts"
import type { Face } from "./faces.ts"
import type { Glyph } from "./glyph.ts"
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
        index.set(entryOf(glyph, words), HEADER_BYTES + GLYPH_BYTES * place)
        words += (pixels[place]?.length ?? 0) / WORD_BYTES
    }
    return [index, ...pixels]
}

/** @param words where its pixels begin */
function entryOf({ codePoint, advance, left, top, ink, parts }: Glyph, words: number): Buffer {
    const entry = Buffer.alloc(GLYPH_BYTES)
    entry.writeUInt16LE(codePoint, 0)
    entry.writeUInt16LE(parts ? parts.letter : words, 2)
    const bytes = parts
        ? [advance, parts.letterLeft, parts.accentLeft, 0, parts.accent - FIRST_ACCENT + 1]
        : [advance, left, top, ink.width, ink.height]
    for (const [offset, value] of bytes.entries()) entry.writeUInt8(value, 4 + offset)
    return entry
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

/**
 * Writes text into images. A face is a literal buffer, so it stays in flash: `devs/panel-font/face-buffer.ts` has its
 * layout.
 */
import { Image } from "../spi"

const HEADER_BYTES = 4
const GLYPH_BYTES = 9
const HEIGHT_AT = 2
const BEFORE_FIRST_ACCENT = 0xe0ff

/** Height of a line, px. */
export function lineHeight(face: Buffer): number {
    return face[HEIGHT_AT]
}

/** Where a face has its entry for a character: bytes from the buffer's beginning. */
function glyphOf(face: Buffer, codePoint: number): number {
    const last = face.getAt(0, "u16") - 1
    // the first ones follow each other: ASCII, digits, icons
    let low = codePoint - face.getAt(HEADER_BYTES, "u16")
    let high = low
    if (low < 0 || low > last || face.getAt(HEADER_BYTES + GLYPH_BYTES * low, "u16") !== codePoint) {
        low = 0
        high = last
    }
    while (low < high) {
        const middle = (low + high) >> 1
        if (face.getAt(HEADER_BYTES + GLYPH_BYTES * middle, "u16") < codePoint) low = middle + 1
        else high = middle
    }
    const at = HEADER_BYTES + GLYPH_BYTES * low
    return face.getAt(at, "u16") === codePoint ? at : HEADER_BYTES + GLYPH_BYTES * last
}

/**
 * Draws one glyph, without its background; returns where the next one begins.
 *
 * @param image undefined: draws nothing
 * @param x left end, px; the glyph may lie partly or wholly outside of the image
 * @param y top of the line, px
 */
export function drawGlyph(image: Image, face: Buffer, codePoint: number, x: number, y: number): number {
    const at = glyphOf(face, codePoint)
    const place = face.getAt(at + 2, "u16")
    const left = x + face[at + 5]
    const top = face[at + 6]
    const width = face[at + 7]
    const height = face[at + 8]
    if (image && width > 0) {
        const ink = Image.alloc(width, height, 4, face, 4 * place)
        image.blit(left, y + top, width, height, ink, 0, 0, width, height, ...[true])
    } else if (image && height > 0) {
        drawGlyph(image, face, place, left, y)
        drawGlyph(image, face, BEFORE_FIRST_ACCENT + height, x + top, y)
    }
    return x + face[at + 4]
}

/**
 * Draws text, without its background; returns where it ends. Parameters as of `drawGlyph`. A letter takes about 200
 * steps of the 131,072 that the runtime allows between two yields.
 */
export function drawText(image: Image, face: Buffer, text: string, x: number, y: number): number {
    for (let i = 0; i < text.length; i++) x = drawGlyph(image, face, text.charCodeAt(i), x, y)
    return x
}

/** The text; one that is wider than `width`, px, ends with "…". */
export function fitted(face: Buffer, text: string, width: number): string {
    const room = width - textWidth(face, "…")
    let x = 0
    let fitting = 0
    for (let i = 0; i < text.length; i++) {
        x = drawGlyph(undefined, face, text.charCodeAt(i), x, 0)
        if (x <= room) fitting = i + 1
    }
    return x > width ? text.slice(0, fitting) + "…" : text
}

/** Width of a text, px. */
export function textWidth(face: Buffer, text: string): number {
    return drawText(undefined, face, text, 0, 0)
}

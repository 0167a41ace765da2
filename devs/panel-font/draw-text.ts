/** Draws text on this computer, as `src/panel/font/font.ts` does on the chip. */
import type { Face, Glyph } from "./faces.ts"
import type { Bitmap } from "./raster.ts"

/** The glyph of a code point, or the one that stands for those that are missing. */
export function glyphOf(face: Face, codePoint: number): Glyph {
    const glyph = face.glyphs.find(glyph => glyph.codePoint === codePoint) ?? face.glyphs.at(-1)
    if (!glyph) throw new RangeError(`the face ${face.name} is empty`)
    return glyph
}

/** Draws ink over what is there; returns where the next glyph begins. */
export function drawText(onto: Bitmap, face: Face, text: string, x: number, y: number): number {
    let at = x
    for (const character of text) {
        const glyph = glyphOf(face, character.codePointAt(0) ?? 0)
        drawInk(onto, glyph.ink, at + glyph.left, y + glyph.top)
        at += glyph.advance
    }
    return at
}

function drawInk(onto: Bitmap, ink: Bitmap, left: number, top: number): void {
    for (let y = 0; y < ink.height; y++)
        for (let x = 0; x < ink.width; x++) {
            const level = ink.levels[y * ink.width + x] ?? 0
            const isInside = left + x >= 0 && left + x < onto.width && top + y >= 0 && top + y < onto.height
            if (level > 0 && isInside) onto.levels[(top + y) * onto.width + left + x] = level
        }
}

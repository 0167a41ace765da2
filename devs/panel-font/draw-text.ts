/** Draws text on this computer, as `src/panel/font/font.ts` does on the chip. */
import type { Face } from "./faces.ts"
import type { Bitmap } from "./raster.ts"

/** Draws a glyph's ink over what is there; returns where the next glyph begins. */
export function drawGlyph(onto: Bitmap, face: Face, codePoint: number, x: number, y: number): number {
    const glyph = face.glyphs.find(glyph => glyph.codePoint === codePoint) ?? face.glyphs.at(-1)
    if (!glyph) throw new RangeError(`the face ${face.name} is empty`)
    const { parts } = glyph
    if (parts) {
        drawGlyph(onto, face, parts.letter, x + parts.letterLeft, y)
        drawGlyph(onto, face, parts.accent, x + parts.accentLeft, y)
    }
    drawInk(onto, glyph.ink, x + glyph.left, y + glyph.top)
    return x + glyph.advance
}

/** Draws text; returns where it ends. */
export function drawText(onto: Bitmap, face: Face, text: string, x: number, y: number): number {
    return [...text].reduce((at, character) => drawGlyph(onto, face, character.codePointAt(0) ?? 0, at, y), x)
}

function drawInk(onto: Bitmap, ink: Bitmap, left: number, top: number): void {
    for (let y = 0; y < ink.height; y++)
        for (let x = 0; x < ink.width; x++) {
            const level = ink.levels[y * ink.width + x] ?? 0
            const isInside = left + x >= 0 && left + x < onto.width && top + y >= 0 && top + y < onto.height
            if (level > 0 && isInside) onto.levels[(top + y) * onto.width + left + x] = level
        }
}

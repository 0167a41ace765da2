/** A sheet with all that the panel can write. */
import { drawText } from "./draw-text.ts"
import type { Face } from "./faces.ts"
import { iconCodePoints } from "./icons.ts"
import { type Bitmap, MAX_LEVEL } from "./raster.ts"

const LINES: Record<string, string[]> = {
    digits: ["0123456789–", "1274689017"],
    heading: [
        "Frische Luft: gut, mäßig, schlecht",
        "Fresh air: good, fair, poor",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "abcdefghijklmnopqrstuvwxyz ß ẞ",
        "0123456789 +±×=% 21,4 °C 46 % CO₂",
        "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛÜÝŸ",
        "àáâãäåæçèéêëìíîïñòóôõøœùúûüýÿ",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿µ·→…–",
    ],
    text: [
        "Fenster öffnen: die Luft ist schlecht seit 14:32. Keine Verbindung zum Server.",
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.",
        "The quick brown fox jumps over the lazy dog. Il1 O0 rn m api.example.org:8443",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789",
        "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛÜÝŸẞ àáâãäåæçèéêëìíîïñòóôõøœùúûüýÿß",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ¡¿±µ·×→…– CO₂ 21,4 °C 46 %",
        "Où est l'air ? ¿Dónde está el señor? È così. Één ijsje.",
        "Œuvre, façade, naïve, Ærø, Århus, ISRG Root X1 2035-06, −3 °C",
    ],
}

const ICONS = String.fromCodePoint(...iconCodePoints.map(({ codePoint }) => codePoint))
const SHEET_WIDTH = 660
const BORDER = 12

/** The sheet, light on dark. */
export function specimen(faces: Face[]): Bitmap {
    const rows = faces.flatMap(face => (LINES[face.name] ?? [ICONS]).map(line => ({ face, line })))
    const heightOf = (face: Face) => face.height + Math.ceil(face.height / 6)
    const height = rows.reduce((sum, { face }) => sum + heightOf(face), 2 * BORDER)
    const sheet = { width: SHEET_WIDTH, height, levels: new Uint8Array(SHEET_WIDTH * height) }
    let y = BORDER
    for (const { face, line } of rows) {
        drawText(sheet, face, line, BORDER, y)
        y += heightOf(face)
    }
    return sheet
}

/** 8-bit grey, white ink on black, or the reverse; each pixel `scale` × `scale`. */
export function greyOf(
    { width, height, levels }: Bitmap,
    scale = 1,
): { width: number; height: number; data: Uint8Array } {
    const data = new Uint8Array(width * scale * height * scale)
    for (let y = 0; y < height * scale; y++)
        for (let x = 0; x < width * scale; x++) {
            const level = levels[Math.floor(y / scale) * width + Math.floor(x / scale)] ?? 0
            data[y * width * scale + x] = Math.round((255 * level) / MAX_LEVEL)
        }
    return { width: width * scale, height: height * scale, data }
}

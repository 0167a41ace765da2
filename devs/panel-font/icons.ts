/** The icons' glyphs. */
import { type Glyph, inkOf } from "./glyph.ts"
import { ICON_HEIGHT, ICON_STEPS } from "./shapes/icons.ts"
import { strokesOf } from "./skeleton.ts"

/** Code point of the first icon, in a private area. */
const FIRST_ICON = 0xe000
const PEN = 2
const DOT = 3

/** Name and code point of each icon. */
export const iconCodePoints = Object.keys(ICON_STEPS).map((name, index) => ({ name, codePoint: FIRST_ICON + index }))

export function iconGlyphs(): Glyph[] {
    return Object.values(ICON_STEPS).map((steps, index) => {
        const layers = steps.map(({ path, pen = PEN, fills = false, level }) => ({
            strokes: strokesOf(path, { pen, dot: DOT, x: x => x, y: y => ICON_HEIGHT - y }),
            isFilled: fills,
            level,
        }))
        return { codePoint: FIRST_ICON + index, advance: ICON_HEIGHT, ...inkOf(layers, ICON_HEIGHT, ICON_HEIGHT) }
    })
}

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

/**
 * @param size of an icon, px
 * @param names of some icons; all if absent
 */
export function iconGlyphs(size: number, names = Object.keys(ICON_STEPS)): Glyph[] {
    const scale = size / ICON_HEIGHT
    return iconCodePoints
        .filter(({ name }) => names.includes(name))
        .map(({ name, codePoint }) => {
            const layers = (ICON_STEPS[name] ?? []).map(({ path, pen = PEN, fills = false, level }) => ({
                strokes: strokesOf(path, {
                    pen: pen * scale,
                    dot: DOT * scale,
                    x: x => x * scale,
                    y: y => size - y * scale,
                }),
                isFilled: fills,
                level,
            }))
            return { codePoint, advance: size, ...inkOf(layers, size, size) }
        })
}

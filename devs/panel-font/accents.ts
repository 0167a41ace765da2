/** Letters with an accent above: two glyphs that are drawn over each other. */
import { type Glyph, inkOf } from "./glyph.ts"
import type { Metrics } from "./metrics.ts"
import { ACCENT_HEIGHT, ACCENTS, COMPOSED } from "./shapes/accents.ts"
import { strokesOf } from "./skeleton.ts"

/** Code points that the accents have in a face: the first of a private area. */
export const FIRST_ACCENT = 0xe100

/**
 * Letters with accents, and the accents that they need. An accent is drawn once for small letters and once for
 * capitals, where it is lower; and once more for letters whose middle is in the middle of a pixel.
 *
 * @param letters glyphs of the letters without accents
 */
export function composedLetters(letters: Glyph[], metrics: Metrics): Glyph[] {
    const accents = new Map<string, Accent>()
    const composed = COMPOSED.map(({ composed, letter, accent }) => {
        const base = letters.find(glyph => glyph.codePoint === codePointOf(letter))
        if (!base) throw new RangeError(`no letter ${letter}`)
        const isCapital = letter === letter.toUpperCase() && letter !== "ı"
        const middle = base.left + base.ink.width / 2
        const key = [accent, isCapital, middle % 1].join()
        const drawn = accents.get(key) ?? accentGlyph(accent, isCapital, middle % 1, accents.size, metrics)
        accents.set(key, drawn)
        return compose(codePointOf(composed), base, drawn, Math.floor(middle))
    })
    return [...composed, ...[...accents.values()].map(({ glyph }) => glyph)]
}

interface Accent {
    glyph: Glyph
    /** where its ink begins, from the middle of the letter */
    fromMiddle: number
}

/** An accent in the middle of x = 0, or of half a pixel right of it. */
function accentGlyph(accent: string, isCapital: boolean, middle: number, index: number, metrics: Metrics): Accent {
    const path = ACCENTS[accent]
    if (!path) throw new RangeError(`no accent ${accent}`)
    const room = metrics.baseline - metrics.capital - metrics.pen / 2
    const step = isCapital ? Math.min(metrics.accentUnit, room / ACCENT_HEIGHT) : metrics.accentUnit
    const foot = metrics.baseline - (isCapital ? metrics.capital : metrics.smallLetter)
    const strokes = strokesOf(path, {
        pen: metrics.accentPen,
        dot: metrics.dot,
        x: units => middle + units * metrics.accentUnit,
        y: units => foot - units * step,
    })
    const { left, top, ink } = inkOf([{ strokes }], 0, metrics.height)
    return { glyph: { codePoint: FIRST_ACCENT + index, advance: 0, left: 0, top, ink }, fromMiddle: left }
}

/** A wide accent makes room for itself. */
function compose(codePoint: number, letter: Glyph, { glyph, fromMiddle }: Accent, middle: number): Glyph {
    const accentLeft = middle + fromMiddle
    const letterLeft = Math.max(0, -accentLeft)
    return {
        codePoint,
        advance: letterLeft + Math.max(letter.advance, accentLeft + glyph.ink.width + 1),
        left: 0,
        top: 0,
        ink: { width: 0, height: 0, levels: new Uint8Array() },
        parts: {
            letter: letter.codePoint,
            letterLeft,
            accent: glyph.codePoint,
            accentLeft: letterLeft + accentLeft,
        },
    }
}

const codePointOf = (character: string) => character.codePointAt(0) ?? 0

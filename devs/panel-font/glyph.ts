/** Draws a skeleton at the size of a face. */
import type { Metrics } from "./metrics.ts"
import { type Bitmap, type Layer, rasterise, trimmed } from "./raster.ts"
import { DIGIT_WIDTH } from "./shapes/digits.ts"
import type { Shape } from "./shapes/shape.ts"
import type { Fit, Stroke } from "./skeleton.ts"

/** A glyph as it is drawn: its ink, and where that is in the line. */
export interface Glyph {
    codePoint: number
    /** to the beginning of the next glyph */
    advance: number
    /** where the ink begins, from the left and from the top of the line */
    left: number
    top: number
    /** without empty columns and rows outside; 0 wide for a space, and for a letter that has parts */
    ink: Bitmap
    /** what a letter with an accent is made of */
    parts?: GlyphParts
}

/** Two other glyphs, and where each begins. */
export interface GlyphParts {
    letter: number
    letterLeft: number
    accent: number
    accentLeft: number
}

/** How a shape is fitted to the pixels of a face. */
export type MakeFit = (shape: Shape, metrics: Metrics) => Fit

/** A capital's foot and top lie between two rows of pixels. */
export const capitalFit: MakeFit = (shape, metrics) =>
    fitOf(shape, metrics, units => (units / 14) * (metrics.capital - penOf(shape, metrics)))

/** So do a small letter's foot, its top, and the tops of its ascenders. */
export const smallFit: MakeFit = (shape, metrics) => {
    const { smallLetter, capital } = metrics
    const pen = penOf(shape, metrics)
    return fitOf(shape, metrics, units =>
        units <= 10
            ? (units / 10) * (smallLetter - pen)
            : smallLetter - pen + ((units - 10) / 4) * (capital - smallLetter),
    )
}

function fitOf(shape: Shape, metrics: Metrics, y: (units: number) => number): Fit {
    const { dot, baseline, descender } = metrics
    const pen = penOf(shape, metrics)
    const width = inkWidth(shape, metrics)
    return {
        pen,
        dot,
        x: units => pen / 2 + (shape.width === 0 ? 0 : (units / shape.width) * (width - pen)),
        y: units => baseline - pen / 2 - (units < 0 ? (units / 4) * descender : y(units)),
    }
}

const penOf = ({ pen = 1 }: Shape, metrics: Metrics) => pen * metrics.pen

/** Width of the ink between the outer sides of the outermost upright lines, px. */
function inkWidth(shape: Shape, metrics: Metrics): number {
    const isDigit = shape.width === DIGIT_WIDTH
    return isDigit ? metrics.digit : Math.round(shape.width * metrics.unit + penOf(shape, metrics))
}

/** Room around the place of a glyph, for what reaches beyond it, px. */
const MARGIN = 8

/** Draws the strokes of a shape; the spaces beside it are those of its sides. */
export function glyphOf(codePoint: number, shape: Shape, metrics: Metrics, strokes: Stroke[]): Glyph {
    const width = inkWidth(shape, metrics)
    const [leftSide, rightSide] = spaceBeside(shape, metrics)
    const drawn = inkOf([{ strokes }], width, metrics.height)
    const left = Math.floor(leftSide)
    return {
        codePoint,
        advance: left + width + Math.ceil(rightSide),
        left: left + drawn.left,
        top: drawn.top,
        ink: drawn.ink,
    }
}

function spaceBeside({ sides, width }: Shape, { beside, besideDigit }: Metrics): [left: number, right: number] {
    if (width === DIGIT_WIDTH) return [besideDigit, besideDigit]
    const [left = 0, right = 0] = [...sides].map(side => beside[side === "n" || side === "o" ? side : "v"])
    return [left, right]
}

/** The ink of what is drawn on and around a place of this size, and where it begins. */
export function inkOf(layers: Layer[], width: number, height: number): Pick<Glyph, "left" | "top" | "ink"> {
    const moved = layers.map(layer => ({
        ...layer,
        strokes: layer.strokes.map(stroke => ({
            ...stroke,
            points: stroke.points.map(({ x, y }) => ({ x: x + MARGIN, y: y + MARGIN })),
        })),
    }))
    const { ink, column, row } = trimmed(rasterise(width + 2 * MARGIN, height + 2 * MARGIN, moved))
    return ink.width === 0 ? { ink, left: 0, top: 0 } : { ink, left: column - MARGIN, top: row - MARGIN }
}

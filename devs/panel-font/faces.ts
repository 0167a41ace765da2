/** The faces of the panel: which characters they have, and the pixels of each. */
import { HEADING, LARGE_DIGITS, type Metrics, TEXT } from "./metrics.ts"
import { type Bitmap, rasterise } from "./raster.ts"
import { ACCENT_HEIGHT, ACCENTS, CEDILLA, COMPOSED, WITH_CEDILLA } from "./shapes/accents.ts"
import { CAPITALS } from "./shapes/capitals.ts"
import { DIGIT_WIDTH, DIGITS, LARGE_DASH } from "./shapes/digits.ts"
import type { Shape, ShapeTable } from "./shapes/shape.ts"
import { SIGNS } from "./shapes/signs.ts"
import { SMALL_LETTERS } from "./shapes/small-letters.ts"
import { type Fit, type Stroke, strokesOf } from "./skeleton.ts"

/** A glyph as it is drawn: its ink, and where that is in the line. */
export interface Glyph {
    codePoint: number
    /** to the beginning of the next glyph */
    advance: number
    /** where the ink begins, from the left and from the top of the line */
    left: number
    top: number
    /** without empty columns and rows outside; 0 wide for a space */
    ink: Bitmap
}

export interface Face {
    name: string
    /** of a line, px */
    height: number
    /** by code point; the last one stands for what the face does not have */
    glyphs: Glyph[]
}

/** The faces with letters and digits, the largest first. */
export function panelFaces(): Face[] {
    return [
        faceOf("digits", LARGE_DIGITS, drawTable({ ...DIGITS, ...LARGE_DASH }, LARGE_DIGITS, capitalFit)),
        letterFace("heading", HEADING),
        letterFace("text", TEXT),
    ]
}

function faceOf(name: string, { height }: Metrics, glyphs: Glyph[]): Face {
    return { name, height, glyphs: glyphs.sort((a, b) => a.codePoint - b.codePoint) }
}

function letterFace(name: string, metrics: Metrics): Face {
    return faceOf(name, metrics, [
        ...drawTable({ ...CAPITALS, ...DIGITS, ...SIGNS }, metrics, capitalFit),
        ...drawTable(SMALL_LETTERS, metrics, smallFit),
        ...COMPOSED.map(letter => composedLetter(letter, metrics)),
        ...Object.entries(WITH_CEDILLA).map(([composed, letter]) => letterWithCedilla(composed, letter, metrics)),
        ...[" ", NO_BREAK_SPACE].map(character => ({
            ...glyphOf(character, { sides: "vv", width: 0, path: "" }, metrics, []),
            advance: metrics.space,
        })),
    ])
}

const NO_BREAK_SPACE = "\u00a0"

type MakeFit = (shape: Shape, metrics: Metrics) => Fit

function drawTable(table: ShapeTable, metrics: Metrics, makeFit: MakeFit): Glyph[] {
    return Object.entries(table).map(([character, row]) => {
        const shape = shapeOf(row)
        return glyphOf(character, shape, metrics, strokesOf(shape.path, makeFit(shape, metrics)))
    })
}

function shapeOf([sides, width, path]: ShapeTable[string]): Shape {
    return { sides, width, path }
}

/** A letter that others are made of, with its own strokes. */
function baseLetter(letter: string, metrics: Metrics) {
    const isCapital = letter in CAPITALS
    const row = CAPITALS[letter] ?? SMALL_LETTERS[letter]
    if (!row) throw new RangeError(`no letter ${letter}`)
    const shape = shapeOf(row)
    const fit = (isCapital ? capitalFit : smallFit)(shape, metrics)
    return {
        shape,
        strokes: strokesOf(shape.path, fit),
        middle: fit.x(shape.width / 2),
        top: metrics.baseline - (isCapital ? metrics.capital : metrics.smallLetter),
        // above a capital there is less room
        accentStep: isCapital
            ? Math.min(metrics.accentUnit, (metrics.baseline - metrics.capital - metrics.pen / 2) / ACCENT_HEIGHT)
            : metrics.accentUnit,
    }
}

function composedLetter({ composed, letter, accent }: (typeof COMPOSED)[number], metrics: Metrics): Glyph {
    const { shape, strokes, middle, top, accentStep } = baseLetter(letter, metrics)
    const path = ACCENTS[accent]
    if (!path) throw new RangeError(`no accent ${accent}`)
    return glyphOf(composed, shape, metrics, [
        ...strokes,
        ...strokesOf(path, {
            x: units => middle + units * metrics.accentUnit,
            y: units => top - units * accentStep,
            pen: metrics.pen,
            dot: metrics.dot,
        }),
    ])
}

function letterWithCedilla(composed: string, letter: string, metrics: Metrics): Glyph {
    const { shape, strokes, middle } = baseLetter(letter, metrics)
    return glyphOf(composed, shape, metrics, [
        ...strokes,
        ...strokesOf(CEDILLA, {
            ...smallFit(shape, metrics),
            x: units => middle + units * metrics.accentUnit,
        }),
    ])
}

/** Width of the ink between the outer sides of the outermost upright lines, px. */
function inkWidth({ width }: Shape, { pen, unit, digit }: Metrics): number {
    return width === DIGIT_WIDTH ? digit : Math.round(width * unit + pen)
}

function fitOf(shape: Shape, metrics: Metrics, y: (units: number) => number): Fit {
    const { pen, dot, baseline, descender } = metrics
    const width = inkWidth(shape, metrics)
    return {
        pen,
        dot,
        x: units => pen / 2 + (shape.width === 0 ? 0 : (units / shape.width) * (width - pen)),
        y: units => baseline - pen / 2 - (units < 0 ? (units / 4) * descender : y(units)),
    }
}

/** A capital's foot and top lie between two rows of pixels. */
const capitalFit: MakeFit = (shape, metrics) =>
    fitOf(shape, metrics, units => (units / 14) * (metrics.capital - metrics.pen))

/** So do a small letter's foot, its top, and the tops of its ascenders. */
const smallFit: MakeFit = (shape, metrics) => {
    const { smallLetter, capital, pen } = metrics
    return fitOf(shape, metrics, units =>
        units <= 10
            ? (units / 10) * (smallLetter - pen)
            : smallLetter - pen + ((units - 10) / 4) * (capital - smallLetter),
    )
}

/** Room around the place of a glyph, for what reaches beyond it; an even number of px. */
const MARGIN = 8

function glyphOf(character: string, shape: Shape, metrics: Metrics, strokes: Stroke[]): Glyph {
    const width = inkWidth(shape, metrics)
    const [leftSide, rightSide] = [...shape.sides].map(side =>
        shape.width === DIGIT_WIDTH ? metrics.besideDigit : metrics.beside[side as "n"],
    )
    const left = Math.floor(leftSide ?? 0)
    const moved = strokes.map(stroke => ({
        ...stroke,
        points: stroke.points.map(({ x, y }) => ({ x: x + MARGIN, y: y + MARGIN })),
    }))
    const drawn = rasterise(width + 2 * MARGIN, metrics.height + 2 * MARGIN, [{ strokes: moved }])
    const { ink, column, row } = trimmed(drawn)
    // wide accents make room for themselves
    const start = left + column - MARGIN
    const moreRoom = Math.max(0, -start)
    return {
        codePoint: character.codePointAt(0) ?? 0,
        advance: Math.max(left + width + Math.ceil(rightSide ?? 0), start + ink.width) + moreRoom,
        left: start + moreRoom,
        top: row - MARGIN,
        ink,
    }
}

/** The part of a bitmap that has ink, and where it begins. */
export function trimmed({ width, levels }: Bitmap): { ink: Bitmap; column: number; row: number } {
    const inked = [...levels.keys()].filter(index => levels[index])
    const columns = inked.map(index => index % width)
    const rows = inked.map(index => Math.floor(index / width))
    if (inked.length === 0)
        return { ink: { width: 0, height: 0, levels: new Uint8Array() }, column: MARGIN, row: MARGIN }
    const [column, row] = [Math.min(...columns), Math.min(...rows)]
    const ink = { width: Math.max(...columns) + 1 - column, height: Math.max(...rows) + 1 - row }
    const inside = new Uint8Array(ink.width * ink.height)
    for (let y = 0; y < ink.height; y++) {
        const from = (row + y) * width + column
        inside.set(levels.subarray(from, from + ink.width), y * ink.width)
    }
    return { ink: { ...ink, levels: inside }, column, row }
}

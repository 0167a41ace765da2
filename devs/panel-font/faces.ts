/** The faces of the panel: which characters they have. */
import { composedLetters } from "./accents.ts"
import { capitalFit, type Glyph, glyphOf, type MakeFit, smallFit } from "./glyph.ts"
import { iconGlyphs } from "./icons.ts"
import { HEADING, LARGE_DIGITS, type Metrics, TEXT } from "./metrics.ts"
import { CEDILLA, WITH_CEDILLA } from "./shapes/accents.ts"
import { CAPITALS } from "./shapes/capitals.ts"
import { DIGITS, LARGE_DASH } from "./shapes/digits.ts"
import { ICON_HEIGHT } from "./shapes/icons.ts"
import type { Shape, ShapeTable } from "./shapes/shape.ts"
import { SIGNS } from "./shapes/signs.ts"
import { SMALL_LETTERS } from "./shapes/small-letters.ts"
import { strokesOf } from "./skeleton.ts"

export interface Face {
    name: string
    /** of a line, px */
    height: number
    /** by code point; the last one stands for what the face does not have */
    glyphs: Glyph[]
}

/** Beside the large digits and the level's word. */
const SIGN_HEIGHT = 32
const SIGN_NAMES = ["RISING", "FALLING", "STEADY", "GOOD", "FAIR", "POOR"]
/** Those of the first minutes. */
const PICTURE_HEIGHT = 80
const PICTURE_NAMES = [
    "WIFI_OFF",
    "WIFI_STRONG",
    "SERVER_AWAY",
    "CERTIFICATE_REFUSED",
    "SENSOR_MISSING",
    "HOURGLASS",
    "SERVER_CALLED",
]

/** The faces with letters, digits and icons. */
export function panelFaces(): Face[] {
    return [
        faceOf("digits", LARGE_DIGITS, drawTable({ ...DIGITS, ...LARGE_DASH }, LARGE_DIGITS, capitalFit)),
        letterFace("heading", HEADING),
        letterFace("text", TEXT),
        faceOf("icons", { height: ICON_HEIGHT }, iconGlyphs(ICON_HEIGHT)),
        faceOf("signs", { height: SIGN_HEIGHT }, iconGlyphs(SIGN_HEIGHT, SIGN_NAMES)),
        faceOf("pictures", { height: PICTURE_HEIGHT }, iconGlyphs(PICTURE_HEIGHT, PICTURE_NAMES)),
    ]
}

function faceOf(name: string, { height }: Pick<Metrics, "height">, glyphs: Glyph[]): Face {
    return { name, height, glyphs: glyphs.sort((a, b) => a.codePoint - b.codePoint) }
}

function letterFace(name: string, metrics: Metrics): Face {
    const letters = [
        ...drawTable({ ...CAPITALS, ...DIGITS, ...SIGNS }, metrics, capitalFit),
        ...drawTable(SMALL_LETTERS, metrics, smallFit),
    ]
    return faceOf(name, metrics, [
        ...letters,
        ...composedLetters(letters, metrics),
        ...Object.entries(WITH_CEDILLA).map(([composed, letter]) => letterWithCedilla(composed, letter, metrics)),
        ...[" ", NO_BREAK_SPACE].map(character => ({
            ...glyphOf(codePointOf(character), NOTHING, metrics, []),
            advance: metrics.space,
        })),
    ])
}

const NO_BREAK_SPACE = "\u00a0"
const NOTHING: Shape = { sides: "vv", width: 0, path: "" }

const codePointOf = (character: string) => character.codePointAt(0) ?? 0

function drawTable(table: ShapeTable, metrics: Metrics, makeFit: MakeFit): Glyph[] {
    return Object.entries(table).map(([character, row]) => {
        const shape = shapeOf(row)
        return glyphOf(codePointOf(character), shape, metrics, strokesOf(shape.path, makeFit(shape, metrics)))
    })
}

function shapeOf([sides, width, path, pen = 1]: ShapeTable[string]): Shape {
    return { sides, width, path, pen }
}

function letterWithCedilla(composed: string, letter: string, metrics: Metrics): Glyph {
    const row = CAPITALS[letter] ?? SMALL_LETTERS[letter]
    if (!row) throw new RangeError(`no letter ${letter}`)
    const shape = shapeOf(row)
    const fit = (letter in CAPITALS ? capitalFit : smallFit)(shape, metrics)
    const middle = fit.x(shape.width / 2)
    const cedilla = strokesOf(CEDILLA, {
        ...fit,
        pen: metrics.accentPen,
        x: units => middle + units * metrics.accentUnit,
    })
    return glyphOf(codePointOf(composed), shape, metrics, [...strokesOf(shape.path, fit), ...cedilla])
}

/**
 * What is beside a glyph: `n` an upright stem, `o` a round, `v` a slope or an open side. The rounder or steeper a side
 * is, the closer its neighbour may come.
 */
export type Side = "n" | "o" | "v"

/** The skeleton of a glyph. */
export interface Shape {
    /** its left and its right side */
    sides: `${Side}${Side}`
    /** of the skeleton, from the middle of the leftmost line to that of the rightmost, in units */
    width: number
    /** commands of `skeleton.ts` */
    path: string
    /** its pen, compared with that of the face: thinner where many lines meet */
    pen?: number
}

/** Sides, width, path and pen of each character. */
export type ShapeTable = Record<string, [sides: Shape["sides"], width: number, path: string, pen?: number]>

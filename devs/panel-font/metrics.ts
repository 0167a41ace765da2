/** Sizes of the faces. */
import type { Side } from "./shapes/shape.ts"

/** Sizes, px. */
export interface Metrics {
    /** of a line */
    height: number
    /** row below the foot of a letter */
    baseline: number
    capital: number
    smallLetter: number
    /** how far g and p reach below the baseline */
    descender: number
    pen: number
    dot: number
    /** width of a unit of the skeletons */
    unit: number
    /** a unit of the accents */
    accentUnit: number
    accentPen: number
    /** width of a digit, and the space on each side of it */
    digit: number
    besideDigit: number
    space: number
    /** beside a letter's side of each kind; of half a pixel, the larger part is on the right */
    beside: Record<Side, number>
}

export const TEXT: Metrics = {
    height: 20,
    baseline: 16,
    capital: 12,
    smallLetter: 9,
    descender: 4,
    pen: 1.7,
    dot: 2.3,
    unit: 0.8,
    accentUnit: 1,
    accentPen: 1.5,
    digit: 7,
    besideDigit: 1,
    space: 4,
    beside: { n: 1.5, o: 1, v: 0.5 },
}

export const HEADING: Metrics = {
    height: 32,
    baseline: 26,
    capital: 20,
    smallLetter: 15,
    descender: 6,
    pen: 3,
    dot: 3.6,
    unit: 1.25,
    accentUnit: 1.6,
    accentPen: 2.7,
    digit: 12,
    besideDigit: 1,
    space: 7,
    beside: { n: 2, o: 1.5, v: 0.5 },
}

/** Only digits: 92 px are 11.7 mm on a panel of 2 inches (0.1275 mm per pixel). */
export const LARGE_DIGITS: Metrics = {
    ...HEADING,
    height: 92,
    baseline: 92,
    capital: 92,
    pen: 13,
    digit: 48,
    besideDigit: 4,
}

/** Digits, 14 high and all of one width. */
import type { ShapeTable } from "./shape.ts"

export const DIGIT_WIDTH = 8

export const DIGITS: ShapeTable = {
    "0": ["oo", 8, "M0 9 U4 14 R8 9 V5 U4 0 R0 5 V9"],
    "1": ["oo", 8, "M1.2 10.8 L4.8 14 V0"],
    "2": ["oo", 8, "M.2 10.7 C.6 12.7 2 14 4 14 R7.7 10.5 C7.7 8.8 6.8 7.6 5.6 6.4 L0 0 H8"],
    "3": ["oo", 8, "M.5 12 C1.3 13.3 2.5 14 4 14 R7.5 10.8 U4.2 7.6 H2.8 M4.2 7.6 R8 3.8 U4 0 C2.2 0 .9 .8 .2 2.2"],
    "4": ["oo", 8, "M5.8 0 V14 L0 4 H8"],
    "5": ["oo", 8, "M7.3 14 H1 L.6 7.3 C1.5 8.2 2.6 8.7 4 8.7 R8 4.4 U4 0 C2.2 0 .7 1 0 2.7"],
    "6": ["oo", 8, "M7.4 11.7 C6.8 13.2 5.7 14 4.2 14 R0 8.6 V4.6 U4 0 R8 4.5 U4 8.9 R0 4.6"],
    "7": ["oo", 8, "M0 14 H8 L2.8 0"],
    "8": ["oo", 8, "O.4 7.5 7.6 14 O0 0 8 7.5"],
    "9": ["oo", 8, "M.6 2.3 C1.2 .8 2.3 0 3.8 0 R8 5.4 V9.4 U4 14 R0 9.5 U4 5.1 R8 9.4"],
}

/** Stands for "no value" among the large digits, as wide as they are. */
export const LARGE_DASH: ShapeTable = { "–": ["oo", DIGIT_WIDTH, "M1 7 H7"] }

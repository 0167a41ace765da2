/** Where everything is on the screen, px. The places are those of 320 × 240, unless another table is set. */
import { area } from "./canvas"

export let screenWidth = 320
/** that has room for its digits; a larger one is shown as this one */
export let largestNumber = 99999

/** Rows of the table. */
export enum Place {
    time,
    sensor,
    mute,
    waitingIcon,
    waiting,
    server,
    wifi,
    digits,
    word,
    line,
    scale,
    hour,
    temperature,
    humidity,
    title,
    dayScale,
    day,
    dayHours,
    pictureIcon,
    pictureTitle,
    pictureText,
    testArrow,
    testText,
}

/** Left, top, width, height of each place in units of 2 px, so that they fit into bytes. */
const PLACES_320 = hex`
00 00 4c 0d
4c 00 0d 0d
59 00 0d 0d
66 00 0d 0d
73 00 13 0d
86 00 0d 0d
93 00 0d 0d
00 0d a0 32
00 3f a0 11
00 50 a0 0a
00 5a 17 1e
17 5a 5a 1e
71 5a 2f 0f
71 69 2f 0f
00 0d a0 13
00 20 a0 17
00 37 a0 36
00 6d a0 0b
00 0d a0 33
00 40 a0 13
00 53 a0 25
00 00 a0 16
00 52 a0 26
`

let places = PLACES_320

/** Sets the table of a screen of another size; a row of zeros is a place that it does not have. */
export function usePlaces(table: Buffer, width: number, largest: number) {
    places = table
    screenWidth = width
    largestNumber = largest
}

/** The next area to draw is this place. */
export function place(row: number) {
    const at = 4 * row
    area(2 * places[at], 2 * places[at + 1], 2 * places[at + 2], 2 * places[at + 3])
}

const DIGIT_MARGIN = 4
const DIGIT_WIDTH = 56
const UNIT_WIDTH = 36
const FIELD_TOP = 26
const FIELD_HEIGHT = 100
/** From the top of the cell. */
export const DIGIT_TOP = 4

/** Space before a large digit in its cell: the first cell has the margin too. */
export function digitMargin(index: number): number {
    return index === 0 ? DIGIT_MARGIN : 0
}

/** The next area to draw is the cell of one large digit. */
export function placeDigit(index: number) {
    const margin = DIGIT_MARGIN - digitMargin(index)
    area(margin + DIGIT_WIDTH * index, FIELD_TOP, DIGIT_WIDTH + digitMargin(index), FIELD_HEIGHT)
}

/** The next area to draw is what is left beside so many digits. @returns false if no unit has room there */
export function placeUnit(digits: number): boolean {
    const left = DIGIT_MARGIN + DIGIT_WIDTH * digits
    area(left, FIELD_TOP, screenWidth - left, FIELD_HEIGHT)
    return screenWidth - left >= UNIT_WIDTH
}

/** Height of the charts, px, and the margin of the second. */
export const HOUR_HEIGHT = 60
export const DAY_HEIGHT = 108
export const DAY_MARGIN = 10

/** Lines of text on a page, below its title. */
export const PAGE_LINES = 8
const LINE_HEIGHT = 22

export function placeLine(index: number) {
    area(0, 64 + LINE_HEIGHT * index, screenWidth, LINE_HEIGHT)
}

/** Bars of the test card. */
export function placeBar(index: number) {
    area(0, 44 + 24 * index, screenWidth, 24)
}

/** Where everything is on a screen of 240 × 135 px; heights of areas are even, so the last one overlaps. */
import { area } from "../screen/canvas"
import { usePlaces } from "../screen/layout"

const WIDTH = 240
/** Four digits have room. */
const LARGEST_NUMBER = 9999

/** Rows as in `screen/layout.ts`, from `time` to `humidity`: left, top, width, height in units of 2 px. */
const PLACES_240 = hex`
00 00 24 0d
24 00 0d 0d
31 00 0d 0d
3e 00 0d 0d
4b 00 13 0d
5e 00 0d 0d
6b 00 0d 0d
00 00 00 00
00 00 00 00
00 1b 78 0a
00 25 1e 1e
1e 25 5a 1e
00 00 3c 12
3c 00 3c 12
`

export function useStickPlaces() {
    usePlaces(PLACES_240, WIDTH, LARGEST_NUMBER)
}

/** The lowest rows of the screen: to be drawn before or after what they overlap, in its colour. */
export function placeFoot() {
    area(0, 125, WIDTH, 10)
}

/** What the number means, above the curve. */
export function placeWord() {
    area(0, 36, WIDTH, 18)
}

export const LINES = 6

/** Lines of text, which fill the screen but for its foot. */
export function placeLine(index: number) {
    area(0, 22 * index, WIDTH, 22)
}

/** Title and text of a picture, below the status bar. */
export function placePictureTitle() {
    area(0, 26, WIDTH, 26)
}

export function placePictureText() {
    area(0, 52, WIDTH, 82)
}

/** Width of a line of text with its margins. */
export const TEXT_WIDTH = WIDTH - 12

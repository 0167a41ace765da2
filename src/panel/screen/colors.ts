/**
 * Colours, 0xRRGGBB. The levels': digits on them have a contrast of 7 or more, and the three are told apart with
 * each of the common deficiencies of colour vision; `test/src/panel/colors.test.ts` computes both.
 */
export const BLACK = 0x000000
/** All bits of 0xffffff, in one byte of bytecode. */
export const WHITE = -1
/** Words of less weight. */
export const DIM = 0x98a4b0
export const WARNING = 0xffc000
export const ALARM = 0xff5c5c
/** Behind a number that is not current, and behind a picture of a normal start. */
export const OLD = 0x303840
export const CALM = 0x143c5c

export const GOOD_COLOR = 0x006058
export const FAIR_COLOR = 0xffc000
export const POOR_COLOR = 0xa80010

/** @param level 0 good, 1 fair, 2 poor */
export function levelColor(level: number): number {
    return level === 0 ? GOOD_COLOR : level === 1 ? FAIR_COLOR : POOR_COLOR
}

/** Of digits and words on a level's colour. */
export function inkOn(level: number): number {
    return level === 1 ? BLACK : WHITE
}

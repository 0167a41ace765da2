/** Shows whether colour order, inversion and rotation of this panel are as configured, and what to set if not. */
import { HEADING } from "../font/heading"
import { RISING } from "../font/icons"
import { SIGNS } from "../font/signs"
import { TEXT } from "../font/text"
import { label, paint, put, putGlyph } from "./canvas"
import { BLACK, WHITE } from "./colors"
import { Place, place, placeBar } from "./layout"
import { state } from "./screen-state"
import { say, sayOne } from "./words"

/** Red, green, blue, white, black: u32, 0xRRGGBB. Those with odd numbers are bright. */
const bars = hex`0000ff00 00ff0000 ff000000 ffffff00 00000000`
const BARS = 5

export async function drawTestCard(): Promise<void> {
    place(Place.testArrow)
    await paint("", BLACK, WHITE, drawArrows)
    for (let i = 0; i < BARS; i++) {
        placeBar(i)
        const name = sayOne(i, "RED|GREEN|BLUE|WHITE|BLACK", "ROT|GRÜN|BLAU|WEISS|SCHWARZ")
        await label(TEXT, name, 10, 2, bars.getAt(4 * i, "u32"), i & 1 ? BLACK : WHITE)
    }
    const { screenBgr, screenInvert, upsideDown } = state.settings
    place(Place.testText)
    await label(
        TEXT,
        `${say("Red is blue", "Rot ist blau")}: SCREEN_BGR=${screenBgr === 0 ? 1 : 0}
${say("White is black", "Weiß ist schwarz")}: SCREEN_INVERT=${screenInvert === 0 ? 1 : 0}
${say("Upside down", "Kopfüber")}: SCREEN_ROTATION=${upsideDown ? 0 : 180}`,
        10,
        0,
        BLACK,
        WHITE,
    )
}

function drawArrows() {
    putGlyph(SIGNS, RISING, 10, 6)
    put(HEADING, say("this side up", "hier ist oben"), 52, 5)
    putGlyph(SIGNS, RISING, 278, 6)
}

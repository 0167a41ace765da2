import assert from "node:assert/strict"
import { inkOn, levelColor } from "../../../src/panel/screen/colors.ts"
import { contrast, distance, linear, type Rgb, seen, visions } from "../../support/color-vision.ts"

const levels = { good: 0, fair: 1, poor: 2 }

/** Linear light of a colour as the panel shows it, with 5, 6 and 5 bits. */
const shown = (color: number): Rgb =>
    linear([((color >> 19) & 0x1f) / 31, ((color >> 10) & 0x3f) / 63, ((color >> 3) & 0x1f) / 31])

describe("the colours of the levels", () => {
    for (const [name, level] of Object.entries(levels))
        it(`${name}: the number has a contrast of at least 7`, () => {
            const ratio = contrast(shown(levelColor(level)), shown(inkOn(level)))
            assert.ok(ratio >= 7, `${ratio}`)
        })

    for (const [name, vision] of Object.entries(visions))
        it(`are told apart with ${name}`, () => {
            const [good, fair, poor] = [0, 1, 2].map(level => seen(shown(levelColor(level)), vision))
            for (const pair of [distance(good!, fair!), distance(fair!, poor!), distance(good!, poor!)])
                assert.ok(pair >= 25, `${pair}`)
        })
})

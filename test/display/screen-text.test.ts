import assert from "node:assert/strict"
import { screenLines } from "../../devs/display/screen-text.ts"

/** A screen of one colour, with another one from row `top` on. */
function screen(width: number, height: number, top: number) {
    const pixels = new Uint8Array(4 * width * height).fill(255)
    for (let at = 4 * width * top; at < pixels.length; at += 4) pixels.set([255, 51, 0], at)
    return { width, height, pixels: () => pixels }
}

describe("a screen as text", () => {
    it("is 64 half blocks wide and 24 lines high for 320 × 240, upright otherwise", () => {
        const sizeOf = (lines: string[]) => [lines[0]?.match(/▀/g)?.length, lines.length]
        assert.deepEqual(sizeOf(screenLines(screen(320, 240, 0), "16 million")), [64, 24])
        assert.deepEqual(sizeOf(screenLines(screen(240, 135, 0), "16 million")), [64, 18])
        assert.deepEqual(sizeOf(screenLines(screen(135, 240, 0), "16 million")), [27, 24])
    })

    it("has the upper pixel as colour of the text and the lower one as its background, each code once per run", () => {
        const [line] = screenLines(screen(320, 240, 5), "16 million")
        assert.equal(line, `\x1b[38;2;255;255;255;48;2;255;51;0m${"▀".repeat(64)}\x1b[0m`)
    })

    it("takes the nearest of 216 colours where a terminal has 256", () => {
        const [line] = screenLines(screen(320, 240, 5), "256")
        assert.equal(line, `\x1b[38;5;231;48;5;202m${"▀".repeat(64)}\x1b[0m`)
    })
})

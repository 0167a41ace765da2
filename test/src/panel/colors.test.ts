import assert from "node:assert/strict"
import { inkOn, levelColor } from "../../../src/panel/screen/colors.ts"

type Rgb = [number, number, number]

const levels = { good: 0, fair: 1, poor: 2 }

/** Linear light of a colour as the panel shows it, with 5, 6 and 5 bits. */
function linear(color: number): Rgb {
    const levelsOf = [((color >> 19) & 0x1f) / 31, ((color >> 10) & 0x3f) / 63, ((color >> 3) & 0x1f) / 31]
    const [red = 0, green = 0, blue = 0] = levelsOf.map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    return [red, green, blue]
}

const luminance = ([red, green, blue]: Rgb) => 0.2126 * red + 0.7152 * green + 0.0722 * blue

/** Machado, Oliveira, Fernandes 2009: complete deficiency. */
const deficiencies: Record<string, Rgb[]> = {
    none: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ],
    protanopia: [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia: [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    tritanopia: [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}

function seen(color: number, matrix: Rgb[]): Rgb {
    const light = linear(color)
    const [red = 0, green = 0, blue = 0] = matrix.map(row =>
        Math.min(
            1,
            Math.max(
                0,
                row.reduce((sum, weight, at) => sum + weight * light[at]!, 0),
            ),
        ),
    )
    return [red, green, blue]
}

/** CIE 1976 L*a*b*, white D65. */
function lab([red, green, blue]: Rgb): Rgb {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
    const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const distance = (a: Rgb, b: Rgb) => Math.hypot(...a.map((value, at) => value - b[at]!))

describe("the colours of the levels", () => {
    for (const [name, level] of Object.entries(levels))
        it(`${name}: the number has a contrast of at least 7`, () => {
            const [a, b] = [levelColor(level), inkOn(level)].map(color => luminance(linear(color)) + 0.05)
            const contrast = Math.max(a!, b!) / Math.min(a!, b!)
            assert.ok(contrast >= 7, `${contrast}`)
        })

    for (const [name, matrix] of Object.entries(deficiencies))
        it(`are told apart with ${name === "none" ? "full colour vision" : name}`, () => {
            const [good, fair, poor] = [0, 1, 2].map(level => lab(seen(levelColor(level), matrix)))
            // 2.3 is just noticeable
            for (const pair of [distance(good!, fair!), distance(fair!, poor!), distance(good!, poor!)])
                assert.ok(pair >= 25, `${pair}`)
        })
})

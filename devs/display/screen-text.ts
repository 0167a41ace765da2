/** A screen as text: each character is two pixels, one above the other. */
import type { VirtualScreen } from "../sim/panel/virtual-screen.ts"
import type { Colors } from "./terminal.ts"

const MAX_COLUMNS = 64
const MAX_ROWS = 24
/** its upper half has the colour of the text, its lower half that of the background */
const HALF_BLOCK = "▀"
const RESET = "\x1b[0m"
const RGBA = 4

type Rgb = [red: number, green: number, blue: number]

/** The lines, at most 64 characters wide and 24 high; each pixel is the mean of those it stands for. */
export function screenLines(screen: Pick<VirtualScreen, "width" | "height" | "pixels">, colors: Colors): string[] {
    const { width, height } = screen
    const step = Math.max(width / MAX_COLUMNS, height / (2 * MAX_ROWS))
    const [columns, rows] = [Math.floor(width / step), Math.floor(height / step / 2)]
    const pixels = screen.pixels()
    const mean = (column: number, row: number) => meanOf(pixels, width, column * step, row * step, step)
    return Array.from({ length: rows }, (_, row) => {
        let [line, before] = ["", ""]
        for (let column = 0; column < columns; column++) {
            const code = `\x1b[38;${colorCode(mean(column, 2 * row), colors)};48;${colorCode(mean(column, 2 * row + 1), colors)}m`
            line += (code === before ? "" : code) + HALF_BLOCK
            before = code
        }
        return line + RESET
    })
}

function meanOf(pixels: Uint8Array, width: number, left: number, top: number, step: number): Rgb {
    const sum: Rgb = [0, 0, 0]
    let count = 0
    for (let y = Math.floor(top); y < Math.floor(top + step); y++)
        for (let x = Math.floor(left); x < Math.floor(left + step); x++, count++)
            for (const channel of [0, 1, 2] as const) sum[channel] += pixels[(y * width + x) * RGBA + channel] ?? 0
    return sum.map(value => Math.round(value / count)) as Rgb
}

/** ISO 8613-6: 2;r;g;b, or 5;n with n of the 6 × 6 × 6 colours of xterm. */
function colorCode([red, green, blue]: Rgb, colors: Colors): string {
    if (colors === "16 million") return `2;${red};${green};${blue}`
    const [r = 0, g = 0, b = 0] = [red, green, blue].map(value => Math.round(value / 51))
    return `5;${16 + 36 * r + 6 * g + b}`
}

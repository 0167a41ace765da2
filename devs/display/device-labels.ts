/** Labels for the devices of a class set, as SVG: sheets of A4 with 3 × 7 labels of 70 × 42.3 mm, a common size. */
import qrcode from "qrcode-generator"
import { shorten, text, wrap } from "./svg-text.ts"

export interface Label {
    /** the room's */
    name: string
    /** "Building A / Floor 1"; "" for none */
    group: string
    /** the board's name for people */
    board: string
    /** of the device at the server */
    id: string
    /** of the room's page: what the code contains */
    url: string
}

/** Millimetres, as everything here. */
const SHEET = { width: 210, height: 297 }
const COLUMNS = 3
const ROWS = 7
const LABEL = { width: SHEET.width / COLUMNS, height: SHEET.height / ROWS }
/** Printers leave up to 5 mm at the edges of a sheet white. */
const PADDING = 6
const CODE = 26
/** Quiet zone around a QR code, modules (ISO/IEC 18004). */
const MARGIN = 4
const TEXT_X = PADDING + CODE + 2
/** characters that fit beside the code: bold of 4.4 mm, normal of 2.9 mm */
const NAME_COLUMNS = 12
const NAME_LINES = 3
const SMALL_COLUMNS = 19

export const LABELS_PER_SHEET = COLUMNS * ROWS

const STYLE = `text { font: 2.9px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #000 }
.name { font-size: 4.4px; font-weight: 700 } .cut { fill: none; stroke: #bbb; stroke-width: .1; stroke-dasharray: 1 1 }`

/** The sheets, each an SVG of A4. */
export function drawLabels(labels: Label[]): string[] {
    const sheets: string[] = []
    for (let at = 0; at < labels.length; at += LABELS_PER_SHEET)
        sheets.push(drawSheet(labels.slice(at, at + LABELS_PER_SHEET)))
    return sheets
}

function drawSheet(labels: Label[]): string {
    const { width, height } = SHEET
    const drawn = labels.map((label, at) => {
        const [x, y] = [(at % COLUMNS) * LABEL.width, Math.floor(at / COLUMNS) * LABEL.height]
        return `<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)})">${drawLabel(label)}</g>`
    })
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">`,
        `<style>${STYLE}</style><rect width="${width}" height="${height}" fill="#fff"/>`,
        ...drawn,
        "</svg>\n",
    ].join("\n")
}

function drawLabel({ name, group, board, id, url }: Label): string {
    const nameLines = wrap(name, NAME_COLUMNS)
    if (nameLines.length > NAME_LINES)
        nameLines.splice(NAME_LINES - 1, Infinity, shorten(nameLines.slice(NAME_LINES - 1).join(" "), NAME_COLUMNS))
    const small = [...group.split(" / "), board.replace(/ \(.*/, ""), id === name ? "" : id].filter(line => line !== "")
    const smallY = PADDING + 5 + nameLines.length * 5
    return [
        `<rect class="cut" width="${LABEL.width.toFixed(2)}" height="${LABEL.height.toFixed(2)}"/>`,
        drawCode(url),
        ...nameLines.map((line, at) => text(TEXT_X, PADDING + 5 + at * 5, "name", line)),
        ...small.map((line, at) => text(TEXT_X, smallY + at * 3.8, "small", shorten(line, SMALL_COLUMNS))),
    ].join("")
}

function drawCode(url: string): string {
    const code = qrcode(0, "M")
    code.addData(url)
    code.make()
    const modules = code.getModuleCount()
    const size = CODE / (modules + 2 * MARGIN)
    const dark: string[] = []
    for (let row = 0; row < modules; row++)
        for (let column = 0; column < modules; column++)
            if (code.isDark(row, column)) dark.push(`M${column + MARGIN} ${row + MARGIN}h1v1h-1z`)
    const y = (LABEL.height - CODE) / 2
    return `<path transform="translate(${PADDING - 2} ${y.toFixed(2)}) scale(${size.toFixed(4)})" d="${dark.join("")}"/>`
}
